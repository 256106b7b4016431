/** The field `_metric_names_hash`, a dimension that tells apart documents of the same attributes and time. */

/** Hex FNV-1a of 32 bits over the names, sorted and joined, in UTF-8. */
export function namesHash(names: readonly string[]): string {
  let sum = 0x811c9dc5;
  for (const byte of Buffer.from([...names].sort().join(''), 'utf8')) sum = Math.imul(sum ^ byte, 0x01000193) >>> 0;
  return sum.toString(16);
}
