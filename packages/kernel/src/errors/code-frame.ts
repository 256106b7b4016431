/**
 * The lines around a problem, with a mark under the column. A frame quotes the file as it is written, so values
 * of keys that sound secret are masked here: a file that does not parse has no schema to ask.
 */
import { REDACTED } from '../config/secret.ts';

const LONGEST_LINE = 160;
const SECRET_KEY =
  /api[_-]?key|token|secret|password|passwd|authorization|credential|license_?key|agent_?key|private_?key|cookie/
    .source;
/** Key, then a value in double quotes, in single quotes, or plain up to the end of a flow item; quotes may not close. */
const SECRET_VALUE = new RegExp(
  `((?:${SECRET_KEY})[\\w-]*["']?\\s*[:=]\\s*)(?:"([^"]*)("?)|'([^']*)('?)|((?:\\$\\{[^}]*\\}|[^\\s,}"'])(?:\\$\\{[^}]*\\}|[^,}])*))`,
  'gi',
);
const ONLY_REFERENCE = /^(?:\w+ )?\$\{(?:(?:env:)?\w+(?::\?[^}]*)?|file:[^}]*)\}\s*$/;

/** At most two lines of context before the marked one. */
export function codeFrame(source: string, line: number, column: number): string {
  const lines = source.split('\n');
  if (line < 1 || line > lines.length) return '';
  const from = Math.max(1, line - 2);
  const width = String(line).length;
  const out: string[] = [];
  for (let number = from; number <= line; number++) {
    const whole = (lines[number - 1] ?? '').replace(/\r$/, '').replaceAll('\t', ' ');
    const text = maskSecrets(whole.slice(0, 4 * LONGEST_LINE));
    const marker = number === line ? '>' : ' ';
    const shown = text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text;
    out.push(`  ${marker} ${String(number).padStart(width)} | ${shown}`);
  }
  if (column <= LONGEST_LINE) out.push(`    ${' '.repeat(width)} | ${' '.repeat(Math.max(0, column - 1))}^`);
  return out.join('\n');
}

/** Replaces what follows a key that sounds secret; references such as `${TOKEN}` stay readable. */
function maskSecrets(line: string): string {
  return line.replaceAll(SECRET_VALUE, (whole: string, key: string, ...groups: readonly (string | undefined)[]) => {
    const [double, doubleEnd = '', single, singleEnd = '', plain] = groups;
    const value = double ?? single ?? plain ?? '';
    if (value === '' || ONLY_REFERENCE.test(value)) return whole;
    if (double !== undefined) return `${key}"${REDACTED}${doubleEnd}`;
    return single === undefined ? key + REDACTED : `${key}'${REDACTED}${singleEnd}`;
  });
}
