/**
 * The lines around a problem, with a mark under the column. A frame quotes the file as it is written, so values
 * of keys that sound secret are masked here: a file that does not parse has no schema to ask.
 */
import { REDACTED } from '../config/secret.ts';

const LONGEST_LINE = 160;
const SECRET_VALUE =
  /((?:api_?key|token|secret|password|passwd|authorization|credential|license_?key|agent_?key|private_?key|cookie)[\w-]*["']?\s*[:=]\s*)(?!\s*["']?\$\{[^}]*\}["']?\s*(?:$|[,}#]))(["']?)([^\s"',}][^"'}]*)/gi;

/** At most two lines of context before the marked one. */
export function codeFrame(source: string, line: number, column: number): string {
  const lines = source.split('\n');
  if (line < 1 || line > lines.length) return '';
  const from = Math.max(1, line - 2);
  const width = String(line).length;
  const out: string[] = [];
  for (let number = from; number <= line; number++) {
    const text = maskSecrets((lines[number - 1] ?? '').replace(/\r$/, '').replaceAll('\t', ' '));
    const marker = number === line ? '>' : ' ';
    const shown = text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text;
    out.push(`  ${marker} ${String(number).padStart(width)} | ${shown}`);
  }
  if (column <= LONGEST_LINE) out.push(`    ${' '.repeat(width)} | ${' '.repeat(Math.max(0, column - 1))}^`);
  return out.join('\n');
}

/** Replaces what follows a key that sounds secret; references such as `${TOKEN}` stay readable. */
function maskSecrets(line: string): string {
  return line.replaceAll(SECRET_VALUE, (_whole, key: string, quote: string) => `${key}${quote}${REDACTED}`);
}
