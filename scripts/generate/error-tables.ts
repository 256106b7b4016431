/** The error codes of the kernel as Markdown tables. */
import { ERRORS, type ErrorEntry, LIFECYCLE_ERRORS } from '@telemetryflow/kernel';

/** Codes of configuration problems that begin with `prefix`; placeholders stand in italics. */
export function configErrorTable(prefix: string): string {
  const entries: readonly (readonly [string, ErrorEntry])[] = Object.entries(ERRORS);
  const rows = entries
    .filter(([code]) => code.startsWith(prefix))
    .map(([code, { message, hint, about }]) => {
      const todo = hint === '{todo}' ? 'the message says' : cell(hint);
      return `| \`${code}\` | ${cell(about ?? message)} | ${todo} |`;
    });
  return ['| Code | What happened | What to do |', '| --- | --- | --- |', ...rows].join('\n');
}

/** Codes of lifecycle errors. */
export function lifecycleErrorTable(): string {
  const rows = Object.entries(LIFECYCLE_ERRORS).map(([code, meaning]) => `| \`${code}\` | ${cell(meaning)} |`);
  return ['| Code | What happened |', '| --- | --- |', ...rows].join('\n');
}

/** `$` and braces of the reference syntax stay code; `{name}` of a template becomes *name*. */
function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll(/\$\{\{(\w+)\}([^}]*)\}/g, '`${$1$2}`')
    .replaceAll(/\$\{[^}]*\}|\$\$/g, '`$&`')
    .replaceAll('``', '`')
    .replaceAll(/(?<![`$\w])\{([a-z]+)\}/g, '*$1*');
}
