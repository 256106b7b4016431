/** Which partition a record goes to. The exporter chooses, whatever the driver: it can then check the answer. */
import type { PartitionerName } from './config.ts';
import { fnv1a, murmur2 } from './murmur2.ts';

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
