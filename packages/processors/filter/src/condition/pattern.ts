/** Regular expressions as Collector configurations write them (Go's RE2), run by JavaScript. */

/**
 * The expression. Leading flags (`(?i)`, `(?s)`, `(?m)`) and `(?P<name>` are translated; what JavaScript lacks
 * (`\z`, POSIX classes) throws.
 */
export function pattern(source: string): RegExp {
  const leading = /^\(\?([ims]+)\)/.exec(source);
  const flags = new Set(leading?.[1] ?? '');
  const rest = source.slice(leading?.[0].length ?? 0).replaceAll('(?P<', '(?<');
  if (/\[:\^?[a-z]+:\]/.test(rest)) throw new Error('POSIX classes are not supported: write \\d, \\w, \\s or a range');
  return new RegExp(rest, ['u', ...flags].join(''));
}
