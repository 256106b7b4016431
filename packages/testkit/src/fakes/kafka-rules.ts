/** What a Kafka broker refuses to store, and with which error code. */
import type { ReadBatch } from './kafka-batch.ts';

/** One produce request for one partition. */
export interface Produced extends ReadBatch {
  readonly topic: string;
  readonly partition: number;
  readonly acks: number;
  readonly clientId: string;
  /** What is wrong with the batch, where it could not be read. */
  readonly corrupt?: string;
}

/** How the broker and its topics are configured. */
export interface KafkaRules {
  /** Topics that exist; default: every one with a legal name. */
  readonly topics?: readonly string[];
  /** Of a batch after compression. Default 1,048,588, as the broker's. */
  readonly maxMessageBytes?: number;
  /** A compacted topic takes no record without key. Default false. */
  readonly compacted?: boolean;
  /** The broker's clock in ms since the epoch, for records of more than an hour ahead. Default: no such check. */
  readonly now?: () => number;
}

const UNKNOWN_TOPIC = 3;
const CORRUPT_MESSAGE = 2;
/** Error code: a batch is larger than the topic takes. */
export const MESSAGE_TOO_LARGE = 10;
const INVALID_TOPIC = 17;
const INVALID_REQUIRED_ACKS = 21;
const INVALID_TIMESTAMP = 32;
/** Error code: a record breaks a rule of its topic. */
export const INVALID_RECORD = 87;
const HOUR_MS = 3_600_000;

/**
 * The error code by which a broker refuses a produce request; 0 when it stores it.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { FAKE_EPOCH, judgeProduce, type KafkaRules, type Produced } from '@telemetryflow/testkit';
 *
 * const record = { key: null, value: Buffer.from('{}'), headers: {}, timestamp: FAKE_EPOCH };
 * const batch = { codec: 0, bytes: 100, producerId: -1n, records: [record] };
 * const produced: Produced = { ...batch, topic: 'logs', partition: 0, acks: -1, clientId: 'shop' };
 * const rules: KafkaRules = { topics: ['logs'], compacted: true };
 * assert.equal(judgeProduce(produced), 0);
 * assert.equal(judgeProduce({ ...produced, topic: 'spans' }, rules), 3); // UNKNOWN_TOPIC_OR_PARTITION
 * assert.equal(judgeProduce(produced, rules), 87); // INVALID_RECORD, for it has no key
 * ```
 */
export function judgeProduce({ topic, acks, bytes, records, corrupt }: Produced, rules: KafkaRules = {}): number {
  if (acks < -1 || acks > 1) return INVALID_REQUIRED_ACKS;
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(topic) || topic === '.' || topic === '..') return INVALID_TOPIC;
  if (rules.topics?.includes(topic) === false) return UNKNOWN_TOPIC;
  if (bytes > (rules.maxMessageBytes ?? 1_048_588)) return MESSAGE_TOO_LARGE;
  if (corrupt !== undefined || records.length === 0) return CORRUPT_MESSAGE;
  if (rules.compacted === true && records.some(({ key }) => key === null)) return INVALID_RECORD;
  const latest = rules.now === undefined ? Number.POSITIVE_INFINITY : rules.now() + HOUR_MS;
  return records.some(({ timestamp }) => timestamp > latest) ? INVALID_TIMESTAMP : 0;
}
