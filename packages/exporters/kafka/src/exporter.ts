/** One exporter for one signal: it learns the layout of its topic, writes one request per send, and judges answers. */
import os from 'node:os';
import {
  delivered,
  drop,
  type Exporter,
  type ExporterContext,
  type Outcome,
  type Payload,
  retry,
  type SendOptions,
} from '@telemetryflow/kernel';
import { CONFIG_PROBE_MS, classifyFailure, describe } from './classify.ts';
import { acksOf, compressionOf, type KafkaConfig, signalEncoding, topicOf } from './config.ts';
import { connectOptions } from './connect-options.ts';
import { Connection } from './connection.ts';
import type { KafkaFailure } from './driver/failure.ts';
import type { Driver, ProducedPartition, ProducerDriver } from './driver/port.ts';
import { type Chunk, type EncodeOptions, encodeBatch, type LayoutWanted, recordHeaders } from './encode.ts';
import { identify } from './group.ts';
import { BATCH_OVERHEAD, type Layout } from './layout.ts';
import { keyRule } from './partition-key.ts';

/** The topic may be about to be created; after this long it is a mistake in the configuration. */
const UNKNOWN_TOPIC_MS = 30_000;
/** Starting does not wait longer than this for brokers: what they miss then comes with the first send. */
const START_MS = 5000;

const UNKNOWN_TOPIC = 3;
const UNSUPPORTED_COMPRESSION = 76;
const SPLIT_CODES: ReadonlySet<number> = new Set([10, 18]);
/** The producer's state on the brokers is gone. */
const RESET_CODES: ReadonlySet<number> = new Set([45, 46, 47, 59]);

type Body = Chunk | LayoutWanted;

/** `driver` loads its package at the first start. */
export function createKafkaExporter(config: KafkaConfig, context: ExporterContext, driver: Driver): Exporter {
  const exporter = new KafkaExporter(config, context, driver);
  return {
    encode: (batch, encodeContext) =>
      encodeBatch(
        batch,
        encodeContext,
        exporter.encoding,
        (encodeContext.mode as Layout | undefined) ?? exporter.initial,
      ),
    send: (payload, options) => exporter.send(payload as Payload<Body>, options),
    start: () => exporter.start(),
    stop: () => exporter.stop(),
  };
}

class KafkaExporter {
  readonly encoding: EncodeOptions;
  /** The layout found at start; every later one is handed on as mode. */
  initial: Layout | undefined;
  readonly #config: KafkaConfig;
  readonly #context: ExporterContext;
  readonly #driver: Driver;
  readonly #connection: Connection;
  readonly #acks: number;
  #layout: Layout | undefined;
  /** Monotonic milliseconds since when the topic has been unknown. */
  #unknownSince: number | undefined;

  constructor(config: KafkaConfig, context: ExporterContext, driver: Driver) {
    const signal = context.dataSignal;
    const own = Object.entries(config.headers).map(([name, value]) => [name, value.reveal()] as const);
    const encoding = signalEncoding(config, signal);
    this.encoding = {
      topic: topicOf(config, signal),
      encoding,
      rule: keyRule(config.partition_key) ?? { by: 'none' },
      partitioner: config.partitioner,
      headers: recordHeaders(encoding, signal, Object.fromEntries(own)),
      maxMessageBytes: config.max_message_bytes,
      host: os.hostname(),
    };
    this.#config = config;
    this.#context = context;
    this.#driver = driver;
    this.#acks = acksOf(config);
    this.#connection = new Connection((signal) => driver.connect(connectOptions(config, context.logger), signal));
  }

  async start(): Promise<void> {
    const { logger, id } = this.#context;
    const { topic } = this.encoding;
    try {
      this.initial = await this.#learn(AbortSignal.timeout(Math.min(START_MS, this.#config.connection_timeout)));
    } catch (error) {
      const failure = this.#driver.failureOf(error);
      logger.warn(`${id} is not connected yet, and goes on trying: ${describe(failure, topic)}`);
    }
  }

  async stop(): Promise<void> {
    await this.#connection.close();
  }

  async send({ body }: Payload<Body>, { signal, attempt }: SendOptions): Promise<Outcome> {
    let used: ProducerDriver | undefined;
    try {
      if (body.layout === undefined)
        return again(await this.#learn(signal), 'the partitions of the topic were asked for');
      const answer = await this.#connection.use((driver) => {
        used = driver;
        return driver.send({
          topic: body.topic,
          partition: body.partition,
          records: body.records,
          headers: this.encoding.headers,
          timestamp: body.timestamp,
          compression: body.layout.compression,
        });
      }, signal);
      this.#unknownSince = undefined;
      return await this.#judge(body, answer, used, { signal, attempt });
    } catch (error) {
      if (signal.aborted) return retry('timeout', { detail: `${body.topic}: no answer in time` });
      return await this.#failed(body, this.#driver.failureOf(error), used, { signal, attempt });
    }
  }

  /** Clients resolve although nothing was sent, or something was sent elsewhere: only this very answer counts. */
  async #judge(
    chunk: Chunk,
    answer: readonly ProducedPartition[],
    driver: ProducerDriver | undefined,
    options: SendOptions,
  ): Promise<Outcome> {
    const [entry] = answer;
    const right =
      this.#acks === 0 || (answer.length === 1 && entry?.topic === chunk.topic && entry.partition === chunk.partition);
    if (!right) {
      if (driver !== undefined) this.#connection.renew(driver);
      const detail = `${targetOf(chunk)}: the client answered without having written there; its metadata is old`;
      const layout = await this.#learn(options.signal);
      return layout === chunk.layout ? retry('unavailable', { detail }) : again(layout, detail);
    }
    if (entry !== undefined && entry.errorCode !== 0) {
      const failure = { kind: 'protocol', code: entry.errorCode, message: 'the broker refused the records' } as const;
      return this.#failed(chunk, failure, driver, options);
    }
    const partitions = driver?.knownPartitions(chunk.topic) ?? chunk.layout.partitions;
    const layout = this.#changed({ partitions });
    return delivered(layout === chunk.layout ? undefined : { mode: layout });
  }

  async #failed(
    body: Body,
    failure: KafkaFailure,
    driver: ProducerDriver | undefined,
    options: SendOptions,
  ): Promise<Outcome> {
    const { code } = failure;
    const target = body.layout === undefined ? body.topic : targetOf(body);
    if (code === UNKNOWN_TOPIC) return this.#unknownTopic(failure, target);
    const lost = (code !== undefined && RESET_CODES.has(code)) || failure.kind === 'timeout';
    if (driver !== undefined && (lost || driver.broken)) this.#connection.renew(driver);
    if (body.layout !== undefined) {
      if (code === UNSUPPORTED_COMPRESSION) return this.#otherCodec(body, failure);
      if (code !== undefined && SPLIT_CODES.has(code)) return this.#tooLarge(body, failure);
    }
    return classifyFailure({ failure, attempt: options.attempt, target });
  }

  #unknownTopic(failure: KafkaFailure, target: string): Outcome {
    const now = this.#context.clock.monotonic();
    this.#unknownSince ??= now;
    const detail = describe(failure, target);
    if (now - this.#unknownSince < UNKNOWN_TOPIC_MS) return retry('unavailable', { detail });
    return retry('invalid', { detail, afterMs: CONFIG_PROBE_MS });
  }

  /** gzip is understood by every broker, and so is none. */
  #otherCodec(chunk: Chunk, failure: KafkaFailure): Outcome {
    const { compression } = chunk.layout;
    const detail = describe(failure, targetOf(chunk));
    if (compression === 'none') return drop('unsupported', detail);
    const next = compression === 'gzip' ? 'none' : 'gzip';
    this.#context.logger.warn(`${this.#context.id}: ${detail}; going on with compression: ${next}`);
    return again(this.#changed({ compression: next }), detail);
  }

  /** The chain cuts the items in half; what is encoded from now on is kept smaller from the start. */
  #tooLarge(chunk: Chunk, failure: KafkaFailure): Outcome {
    const alone = chunk.records.length === 1;
    const detail = `oversize: ${describe(failure, targetOf(chunk))} (${chunk.bytes} bytes before compression, from ${identify(chunk.batch, chunk.first)})`;
    const packBytes = Math.max(BATCH_OVERHEAD, Math.min(chunk.layout.packBytes, chunk.bytes) >>> 1);
    const shrink = !alone || chunk.bytes > packBytes;
    return { split: { reason: 'too_large', detail }, ...(shrink && { mode: this.#shrunk(packBytes) }) };
  }

  #shrunk(packBytes: number): Layout | undefined {
    const now = this.#layout?.packBytes ?? packBytes;
    return packBytes < now ? this.#changed({ packBytes }) : this.#layout;
  }

  /** Ask the brokers about the topic. */
  async #learn(signal: AbortSignal): Promise<Layout> {
    const { partitions } = await this.#connection.use((driver) => driver.metadata(this.encoding.topic), signal);
    this.#unknownSince = undefined;
    // A topic has partitions; should a client say otherwise, the first send finds out.
    return this.#changed({ partitions: Math.max(1, partitions) });
  }

  /** The layout with these changes; the same object where nothing changes. */
  #changed(changes: Partial<Layout>): Layout {
    const now = this.#layout ?? {
      partitions: 1,
      packBytes: this.#config.max_message_bytes,
      compression: compressionOf(this.#config),
    };
    const keys = Object.keys(changes) as (keyof Layout)[];
    if (this.#layout !== undefined && keys.every((key) => now[key] === changes[key])) return this.#layout;
    this.#layout = { ...now, ...changes };
    return this.#layout;
  }
}

/** Encode again at once, for another layout: nothing has failed. */
function again(layout: Layout, detail: string): Outcome {
  return { ...retry('unavailable', { afterMs: 0, detail }), mode: layout };
}

function targetOf({ topic, partition }: Chunk): string {
  return `${topic}/${partition}`;
}
