/** Which partition a record goes to. The exporter chooses, whatever the driver: it can then check the answer. */
import type { PartitionerName } from './config.ts';

/** Chooses partitions for the records of one batch, in order. */
export type Partitioner = (key: Uint8Array | null) => number;

/**
 * A partitioner for a topic of `count` partitions. Records without a key stay together: `id`, the id of the batch,
 * chooses their partition, so that a batch encoded again goes where it went before.
 */
export function partitioner(name: PartitionerName, count: number, id: string): Partitioner {
  const sticky = fnv1a(Buffer.from(id)) % count;
  switch (name) {
    case 'murmur2':
      return (key) => (key === null ? sticky : (murmur2(key) & 0x7fffffff) % count);
    case 'fnv1a':
      // As sarama: the hash as a signed integer, and the sign of the remainder dropped.
      return (key) => (key === null ? sticky : Math.abs((fnv1a(key) | 0) % count));
    case 'sticky':
      return () => sticky;
    case 'round_robin': {
      let next = sticky;
      return () => {
        const partition = next;
        next = (next + 1) % count;
        return partition;
      };
    }
  }
}

/** 32-bit murmur2 with Kafka's seed, as the Java client computes it: a signed integer. */
export function murmur2(key: Uint8Array): number {
  const { length } = key;
  const m = 0x5bd1e995;
  let h = 0x9747b28c ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let k =
      (key[at] as number) |
      ((key[at + 1] as number) << 8) |
      ((key[at + 2] as number) << 16) |
      ((key[at + 3] as number) << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    h = Math.imul(h, m) ^ Math.imul(k, m);
  }
  const rest = length - at;
  if (rest === 3) h ^= (key[at + 2] as number) << 16;
  if (rest >= 2) h ^= (key[at + 1] as number) << 8;
  if (rest >= 1) h = Math.imul(h ^ (key[at] as number), m);
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return h ^ (h >>> 15);
}

/** 32-bit FNV-1a, as an unsigned integer. */
export function fnv1a(key: Uint8Array): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ (key[i] as number), 0x01000193);
  return h >>> 0;
}
