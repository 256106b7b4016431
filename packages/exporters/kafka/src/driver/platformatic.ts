/** The driver over @platformatic/kafka, an optional peer: idempotent producing, and every codec built in. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Producer } from '@platformatic/kafka';
import { platformaticFailure } from './platformatic-failure.ts';
import {
  type ConnectOptions,
  type Driver,
  METADATA_MAX_AGE_MS,
  type ProducedPartition,
  type ProduceRequest,
  type ProducerDriver,
  type TopicMetadata,
} from './port.ts';

export const platformatic: Driver = { connect, failureOf: platformaticFailure };

const CLOSE_MS = 2000;

async function connect(options: ConnectOptions): Promise<ProducerDriver> {
  const { Producer } = await import('@platformatic/kafka');
  const { sasl, tls } = options;
  const producer = new Producer({
    clientId: options.clientId,
    bootstrapBrokers: [...options.brokers],
    connectTimeout: options.connectionTimeout,
    timeout: options.requestTimeout,
    requestTimeout: options.requestTimeout,
    // Idempotent producers keep their order only with retries of their own.
    ...(options.idempotent ? { idempotent: true } : { retries: 0 }),
    acks: options.acks,
    autocreateTopics: options.createTopics,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    repeatOnStaleMetadata: false,
    ...(tls !== undefined && { tls, ...(tls.servername === undefined && { tlsServerName: true }) }),
    ...(sasl !== undefined && {
      sasl:
        sasl.mechanism === 'OAUTHBEARER'
          ? { mechanism: sasl.mechanism, token: sasl.password }
          : { mechanism: sasl.mechanism, username: sasl.username, password: sasl.password },
    }),
  });
  return new PlatformaticDriver(producer, options);
}

class PlatformaticDriver implements ProducerDriver {
  readonly broken = false;
  readonly #producer: Producer;
  readonly #options: ConnectOptions;
  readonly #counts = new Map<string, number>();

  constructor(producer: Producer, options: ConnectOptions) {
    this.#producer = producer;
    this.#options = options;
    producer.on('client:broker:failed', () => undefined);
  }

  async metadata(topic: string): Promise<TopicMetadata> {
    const { topics, brokers } = await this.#producer.metadata({
      topics: [topic],
      autocreateTopics: this.#options.createTopics,
      forceUpdate: true,
    });
    const found = topics.get(topic);
    const leaders = new Set<number>();
    for (const partition of found?.partitions ?? []) if (partition !== undefined) leaders.add(partition.leader);
    const addresses = [...leaders].flatMap((id) => {
      const broker = brokers.get(id);
      return broker === undefined ? [] : [`${broker.host}:${broker.port}`];
    });
    const partitions = found?.partitionsCount ?? 0;
    this.#counts.set(topic, partitions);
    return { partitions, leaders: addresses };
  }

  knownPartitions(topic: string): number | undefined {
    return this.#counts.get(topic);
  }

  async send({
    topic,
    partition,
    records,
    headers,
    timestamp,
    compression,
  }: ProduceRequest): Promise<readonly ProducedPartition[]> {
    // From the client's own cache unless that is too old. It would write a partition it does not know elsewhere.
    const { topics } = await this.#producer.metadata({ topics: [topic], autocreateTopics: this.#options.createTopics });
    const count = topics.get(topic)?.partitionsCount ?? 0;
    this.#counts.set(topic, count);
    if (partition >= count) return [];
    const time = BigInt(timestamp);
    const named = new Map(Object.entries(headers).map(([name, value]) => [Buffer.from(name), Buffer.from(value)]));
    const { offsets = [] } = await this.#producer.send({
      messages: records.map(({ key, value }) => ({
        topic,
        partition,
        value,
        headers: named,
        timestamp: time,
        ...(key !== null && { key }),
      })),
      acks: this.#options.acks,
      compression,
    });
    return offsets.map((entry) => ({ topic: entry.topic, partition: entry.partition, errorCode: 0 }));
  }

  async close(): Promise<void> {
    await Promise.race([this.#producer.close(true).catch(() => undefined), delay(CLOSE_MS, undefined, { ref: false })]);
  }
}
