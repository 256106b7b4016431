/**
 * The driver over kafkajs 2.2.4, with every guard that it needs to lose nothing: no retries inside (an inner retry
 * forgets records whose leader has moved), one partition per send, no idempotence (sequence numbers are reused after
 * a failure), short-lived metadata, and connections that can be cut. Deadlines and checks of answers are the
 * exporter's.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka, KafkaConfig, logLevel, Message, Producer, SASLOptions } from 'kafkajs';
import type { CompressionName } from '../config.ts';
import { loadCodec } from './codecs.ts';
import { kafkajsFailure } from './kafkajs-failure.ts';
import { mendTimer } from './kafkajs-timer.ts';
import {
  type ConnectOptions,
  type Driver,
  METADATA_MAX_AGE_MS,
  type ProducedPartition,
  type ProduceRequest,
  type ProducerDriver,
  type SaslOptions,
  type TopicMetadata,
} from './port.ts';
import { Sockets } from './sockets.ts';

export const kafkajs: Driver = { connect, failureOf: kafkajsFailure };

type Library = typeof import('kafkajs');

/** Numbers of kafkajs' CompressionTypes, which are those of the protocol. */
const COMPRESSION_TYPES: Readonly<Record<CompressionName, number>> = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };
/** An orderly goodbye may take this long. */
const DISCONNECT_MS = 250;
/** See guard 2 in the README: on the client as well as on the producer, or the client retries by itself. */
const NO_RETRY = { retries: 0 };

async function connect(options: ConnectOptions, signal: AbortSignal): Promise<ProducerDriver> {
  const library = (await import('kafkajs')).default as unknown as Library;
  await Promise.all([register(library, options.compression), mendTimer()]);
  const sockets = new Sockets();
  const client = new library.Kafka(clientConfig(library, options, sockets));
  const counts = new Map<string, number>();
  const producer = client.producer({
    retry: NO_RETRY,
    idempotent: false,
    allowAutoTopicCreation: options.createTopics,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    createPartitioner: () => (args) => {
      counts.set(args.topic, args.partitionMetadata.length);
      return args.message.partition ?? 0;
    },
  });
  const cut = (): void => void sockets.destroy();
  signal.addEventListener('abort', cut, { once: true });
  try {
    signal.throwIfAborted();
    await connectToAny(producer, options.brokers.length);
  } catch (error) {
    await sockets.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', cut);
  }
  return new KafkajsDriver(client, producer, sockets, counts, options, library);
}

/** Without retries inside, kafkajs asks one of the brokers, the next one at each call. */
async function connectToAny(producer: Producer, brokers: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await producer.connect();
    } catch (error) {
      if (attempt >= brokers || kafkajsFailure(error).kind !== 'connection') throw error;
    }
  }
}

class KafkajsDriver implements ProducerDriver {
  readonly #client: Kafka;
  readonly #producer: Producer;
  readonly #sockets: Sockets;
  readonly #counts: ReadonlyMap<string, number>;
  readonly #options: ConnectOptions;
  readonly #library: Library;

  constructor(
    client: Kafka,
    producer: Producer,
    sockets: Sockets,
    counts: ReadonlyMap<string, number>,
    options: ConnectOptions,
    library: Library,
  ) {
    this.#client = client;
    this.#producer = producer;
    this.#sockets = sockets;
    this.#counts = counts;
    this.#options = options;
    this.#library = library;
  }

  get broken(): boolean {
    return this.#sockets.broken;
  }

  async metadata(topic: string): Promise<TopicMetadata> {
    // Sending nothing makes the producer ask for the topic, which is what lets brokers create it.
    await this.#producer.send({ topic, messages: [] });
    const admin = this.#client.admin({ retry: NO_RETRY });
    try {
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const { brokers } = await admin.describeCluster();
      const partitions = topics[0]?.partitions ?? [];
      const leaders = new Set(partitions.map(({ leader }) => leader));
      return {
        partitions: partitions.length,
        leaders: brokers.filter(({ nodeId }) => leaders.has(nodeId)).map(({ host, port }) => `${host}:${port}`),
      };
    } finally {
      await Promise.race([admin.disconnect().catch(() => undefined), delay(DISCONNECT_MS, undefined, { ref: false })]);
    }
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
    await register(this.#library, compression);
    const time = String(timestamp);
    const messages: Message[] = records.map(({ key, value }) => ({ key, value, partition, headers, timestamp: time }));
    const answer = await this.#producer.send({
      topic,
      acks: this.#options.acks,
      timeout: this.#options.requestTimeout,
      compression: COMPRESSION_TYPES[compression],
      messages,
    });
    return answer.map((entry) => ({
      topic: entry.topicName,
      partition: entry.partition,
      errorCode: entry.errorCode,
    }));
  }

  async close(): Promise<void> {
    await Promise.race([
      this.#producer.disconnect().catch(() => undefined),
      delay(DISCONNECT_MS, undefined, { ref: false }),
    ]);
    await this.#sockets.destroy();
  }
}

function clientConfig(library: Library, options: ConnectOptions, sockets: Sockets): KafkaConfig {
  const { logger, sasl, tls } = options;
  return {
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: options.connectionTimeout,
    authenticationTimeout: options.connectionTimeout,
    requestTimeout: options.requestTimeout,
    retry: NO_RETRY,
    ssl: tls ?? false,
    ...(sasl !== undefined && { sasl: saslOptions(sasl) }),
    socketFactory: sockets.factory,
    logLevel: library.logLevel.DEBUG,
    // What matters is in the errors that reach the exporter; the rest is for those who look for it.
    logCreator: () => (entry: { level: logLevel; log: { message: string } }) => {
      if (entry.level <= library.logLevel.WARN) logger.debug(`kafkajs: ${entry.log.message}`);
    },
  };
}

function saslOptions({ mechanism, username, password }: SaslOptions): SASLOptions {
  switch (mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password };
    case 'OAUTHBEARER':
      return { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: password }) };
  }
}

const registered = new Set<CompressionName>();

/** The registry is one per process: a codec that is there by then is left alone. */
async function register({ CompressionCodecs }: Library, name: CompressionName): Promise<void> {
  if (registered.has(name)) return;
  const compress = await loadCodec(name);
  registered.add(name);
  const type = COMPRESSION_TYPES[name];
  const codecs = CompressionCodecs as unknown as Record<number, () => unknown>;
  if (compress === undefined || works(codecs[type])) return;
  codecs[type] = () => ({
    compress: async ({ buffer }: { readonly buffer: Buffer }) => compress(buffer),
    decompress: async (_bytes: Buffer): Promise<Buffer> => {
      throw new Error(`this process can only produce ${name}`);
    },
  });
}

/** The placeholders of kafkajs throw. */
function works(codec: (() => unknown) | undefined): boolean {
  try {
    return codec?.() !== undefined;
  } catch {
    return false;
  }
}
