import { randomBytes } from 'node:crypto';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { compress } from '../src/compress.ts';

const text = (n: number): Buffer => Buffer.from(`a line of body ${n}\n`.repeat(2000 + n));

/** What a reader makes of it that knows of one gzip member, and of nothing behind that. */
function gunzipped(pieces: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(pieces);
  const read = gunzipSync(bytes);
  // The end of a member: the length of what is in it.
  expect(bytes.readUInt32LE(bytes.length - 4)).toBe(read.length);
  return read;
}

test('bodies one after the other are compressed each for itself', async () => {
  for (let n = 0; n < 20; n++) {
    const body = n % 5 === 0 ? randomBytes(n * 70_000) : text(n);
    expect(gunzipped(await compress([body], 'gzip')).equals(body)).toBe(true);
  }
});

test('bodies at the same time do not mix', async () => {
  for (let round = 0; round < 3; round++) {
    const bodies = Array.from({ length: 9 }, (_, n) => (n % 4 === 0 ? randomBytes(500_000) : text(n)));
    const all = await Promise.all(bodies.map((body) => compress([body], 'gzip')));
    all.forEach((pieces, n) => {
      expect(gunzipped(pieces).equals(bodies[n] as Buffer)).toBe(true);
    });
  }
});

test('the same body gives the same bytes, whatever was compressed before', async () => {
  const first = Buffer.concat(await compress([text(1)], 'gzip'));
  await compress([randomBytes(300_000)], 'gzip');
  expect(Buffer.concat(await compress([text(1)], 'gzip')).equals(first)).toBe(true);
});

test.each(['gzip', 'zstd'] as const)('pieces become one %s body', async (compression) => {
  const pieces = [text(1), randomBytes(200_000), text(2)];
  const compressed = Buffer.concat(await compress(pieces, compression));
  const read = compression === 'gzip' ? gunzipped([compressed]) : zstdDecompressSync(compressed);
  expect(read.equals(Buffer.concat(pieces))).toBe(true);
});
