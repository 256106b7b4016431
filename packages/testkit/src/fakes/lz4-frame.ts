/** Decompresses LZ4 frames; their check sums are skipped, not verified. */

const MAGIC = 0x184d2204;
const UNCOMPRESSED = 0x80000000;

/** The content of one frame; throws for what is none. */
export function lz4Frame(frame: Buffer): Buffer {
  if (frame.length < 7 || frame.readUInt32LE(0) !== MAGIC) throw new RangeError('lz4: no frame');
  const flags = frame.readUInt8(4);
  if (flags >> 6 !== 1) throw new RangeError(`lz4: version ${flags >> 6}`);
  const hasBlockSums = (flags & 0x10) !== 0;
  let at = 7 + ((flags & 0x08) !== 0 ? 8 : 0) + ((flags & 0x01) !== 0 ? 4 : 0);
  const out: number[] = [];
  for (;;) {
    const size = frame.readUInt32LE(at);
    at += 4;
    if (size === 0) return Buffer.from(out);
    const length = size & ~UNCOMPRESSED;
    const block = frame.subarray(at, at + length);
    if (block.length !== length) throw new RangeError('lz4: cut off');
    if ((size & UNCOMPRESSED) !== 0) out.push(...block);
    else decompressBlock(block, out);
    at += length + (hasBlockSums ? 4 : 0);
  }
}

/** Literals and matches; a match may reach back into earlier blocks. */
function decompressBlock(block: Buffer, out: number[]): void {
  let at = 0;
  const next = (): number => {
    const byte = block[at++];
    if (byte === undefined) throw new RangeError('lz4: cut off');
    return byte;
  };
  const extended = (start: number): number => {
    let length = start;
    if (start < 15) return length;
    for (;;) {
      const byte = next();
      length += byte;
      if (byte < 255) return length;
    }
  };
  while (at < block.length) {
    const token = next();
    for (let left = extended(token >> 4); left > 0; left--) out.push(next());
    if (at === block.length) return;
    const offset = next() + next() * 256;
    if (offset === 0 || offset > out.length) throw new RangeError('lz4: a match before the beginning');
    for (let left = extended(token & 15) + 4; left > 0; left--) out.push(out[out.length - offset] ?? 0);
  }
}
