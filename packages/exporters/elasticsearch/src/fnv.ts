/** FNV-1a of 32 bits over the UTF-8 of a text. */
export function fnv1a(text: string): number {
  let sum = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) sum = Math.imul(sum ^ byte, 0x01000193) >>> 0;
  return sum;
}
