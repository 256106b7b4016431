/**
 * The decision of the Collector's hash_seed mode, bit for bit, so that mixed fleets keep the same traces: FNV-1a of the
 * seed (4 bytes, little-endian) and the id, its low 14 bits against the percentage.
 */
const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
const BUCKETS = 0x4000;

/** The hash over the seed alone, from which the ids go on. */
export function seedHash(seed: number): number {
  let hash = OFFSET_BASIS;
  for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ ((seed >>> shift) & 0xff), PRIME);
  return hash;
}

/** The bucket, 0 to 16383, of the bytes from `start` to `end`. */
export function bucketOf(seeded: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = seeded;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), PRIME);
  return hash & (BUCKETS - 1);
}

/** Buckets below this are kept. The Collector calculates with 32-bit floats, which shows in the last bucket. */
export function threshold(percentage: number): number {
  return Math.trunc(Math.fround(Math.fround(percentage) * Math.fround(BUCKETS / 100)));
}
