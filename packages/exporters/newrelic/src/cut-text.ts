/** Texts that are cut to what New Relic keeps. */

/** The first `length` characters, and never half of one. */
export function cut(text: string, length: number): string {
  const code = text.charCodeAt(length - 1);
  const half = code >= 0xd800 && code < 0xdc00;
  return text.slice(0, half ? length - 1 : length).toWellFormed();
}
