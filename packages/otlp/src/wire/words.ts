/** Text four bytes at a time. Words are little-endian wherever they are read or written. */

/**
 * True when one of the four bytes is a quote, a backslash or a control character: what ends a JSON string or must be
 * escaped in one. May be true for a few others, never false for these.
 */
export function isSpecialWord(word: number): boolean {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  // (x - 0x01…) & ~x has the high bit of every zero byte of x; (x - 0x20…) & ~x that of every byte below 0x20.
  const hits =
    ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash) | ((word - 0x20202020) & ~word);
  return (hits & 0x80808080) !== 0;
}

/** The text's bytes as words, the last one filled up with zeros. */
export function wordsOf(text: string): Int32Array {
  const bytes = Buffer.alloc((Buffer.byteLength(text) + 3) & ~3);
  bytes.write(text);
  return Int32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readInt32LE(index * 4));
}

/** A mask for the bytes of the last word that belong to a text of this length. */
export function lastWordMask(length: number): number {
  const rest = length & 3;
  return rest === 0 ? -1 : (1 << (rest * 8)) - 1;
}

/** Copies bytes, four at a time while they last; `to` must have room for three more. */
export function copyShort(
  from: DataView,
  start: number,
  end: number,
  source: Uint8Array,
  to: DataView,
  out: Uint8Array,
  at: number,
): void {
  let pos = at;
  let i = start;
  for (; i + 4 <= end; i += 4, pos += 4) to.setInt32(pos, from.getInt32(i, true), true);
  for (; i < end; i++, pos++) out[pos] = source[i] as number;
}
