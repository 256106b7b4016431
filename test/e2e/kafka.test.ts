/** The Kafka exporter against Apache Kafka: what arrives, how, what is refused; and nothing lost while brokers restart. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Admin } from '@platformatic/kafka';
import kafka from '@telemetryflow/exporter-kafka';
import { createPipeline, type Logger } from '@telemetryflow/kernel';
import { encode, jsonFromProtobuf, type RecordOf, type Signal } from '@telemetryflow/otlp';
import { logs, metrics, spans } from '@telemetryflow/testkit';
import { itemTexts } from './compare.ts';
import { type LoggedRecord, otlpJson, readTopic } from './kafka-log.ts';
import { type KafkaCluster, startKafka } from './referees/kafka.ts';

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];
const INPUT: { readonly [S in Signal]: readonly RecordOf[S][] } = {
  traces: spans(200),
  metrics: metrics(200),
  logs: logs(200),
};

type Json = Readonly<Record<string, unknown>>;

const inputTexts = (signal: Signal): string[] =>
  itemTexts([JSON.parse(Buffer.from(jsonFromProtobuf(signal, encode(signal, INPUT[signal]))).toString()) as Json]);

interface Said {
  readonly level: string;
  readonly message: string;
  readonly fields: unknown;
}

function listener(): { readonly logger: Logger; readonly said: Said[] } {
  const said: Said[] = [];
  const say = (level: string) => (message: string, fields?: unknown) => void said.push({ level, message, fields });
  return { said, logger: { error: say('error'), warn: say('warn'), info: say('info'), debug: say('debug') } };
}

/** Everything goes through one pipeline; the report of its end. */
async function send(
  block: Readonly<Record<string, unknown>>,
  input: Partial<{ readonly [S in Signal]: readonly RecordOf[S][] }>,
  logger: Logger = listener().logger,
): ReturnType<Awaited<ReturnType<typeof createPipeline>>['shutdown']> {
  const config = { exporters: { kafka: { flush_interval: '20ms', queue: { wait_for_result: true }, ...block } } };
  const pipeline = await createPipeline(config, { plugins: [kafka], logger });
  await pipeline.start();
  for (const signal of SIGNALS) {
    const records = input[signal];
    // Resolves with the last outcome: a topic that was just made may not have its leaders yet.
    if (records !== undefined) await pipeline.consume({ signal, records } as never).catch(() => undefined);
  }
  return pipeline.shutdown({ timeoutMs: 20_000 });
}

const asJson = (signal: Signal, { value, headers }: LoggedRecord): Json =>
  headers['content-type'] === 'application/json' ? (JSON.parse(String(value)) as Json) : otlpJson(signal, value);

describe('one broker', () => {
  let cluster: KafkaCluster;
  let topics = 0;
  beforeAll(async () => {
    cluster = await startKafka(1);
  }, 120_000);
  afterAll(() => cluster?.stop());

  async function topic(options?: Parameters<KafkaCluster['createTopic']>[1]): Promise<string> {
    const name = `telemetry-${++topics}`;
    await cluster.createTopic(name, options);
    return name;
  }

  test.each([
    ['kafkajs', 'otlp_proto', {}],
    ['kafkajs', 'json', {}],
    ['platformatic', 'otlp_proto', {}],
    ['platformatic', 'json', { idempotent: true }],
  ])(
    'all signals arrive by %s as %s (%j) with all their ids, attributes, times and values',
    async (driver, encoding, more) => {
      const names = { traces: await topic({ partitions: 3 }), metrics: await topic(), logs: await topic() };
      const block = { topic: names.metrics, logs_topic: names.logs, traces_topic: names.traces };
      const before = Date.now();
      const report = await send(
        { brokers: cluster.brokers, encoding, driver, partition_key: 'trace_id', ...more, ...block },
        INPUT,
      );
      expect(report).toMatchObject({ delivered: 600, pending: 0, dropped: 0 });
      for (const signal of SIGNALS) {
        const records = await readTopic(cluster.brokers, names[signal]);
        expect(itemTexts(records.map((record) => asJson(signal, record)))).toEqual(inputTexts(signal));
        for (const { headers, timestamp } of records) {
          expect(headers['telemetryflow-signal']).toBe(signal);
          expect(timestamp).toBeGreaterThanOrEqual(before);
          expect(timestamp).toBeLessThanOrEqual(Date.now());
        }
      }
    },
  );

  test('each compression is one that the broker and other clients read', async () => {
    for (const [driver, codecs] of [
      ['kafkajs', ['none', 'gzip', 'snappy', 'lz4', 'zstd']],
      ['platformatic', ['snappy', 'zstd']],
    ] as const) {
      for (const compression of codecs) {
        // The broker itself reads and writes every batch anew where the topic wants another codec.
        const name = await topic({ config: { 'compression.type': compression === 'gzip' ? 'zstd' : 'gzip' } });
        const report = await send(
          { brokers: cluster.brokers, driver, compression, encoding: 'otlp_proto', logs_topic: name },
          { logs: INPUT.logs },
        );
        expect([driver, compression, report.delivered]).toEqual([driver, compression, 200]);
        const records = await readTopic(cluster.brokers, name);
        expect(itemTexts(records.map((record) => otlpJson('logs', record.value)))).toEqual(inputTexts('logs'));
      }
    }
  });

  test('records of one key are in the partition that Java clients choose', async () => {
    const name = await topic({ partitions: 12 });
    const hosts = ['host-a', 'web-1', 'localhost'];
    const input = hosts.flatMap((host, i) =>
      logs(5, { from: i * 5, resource: { attributes: { 'host.name': host } }, variety: 'plain' }),
    );
    const report = await send({ brokers: cluster.brokers, logs_topic: name }, { logs: input });
    expect(report).toMatchObject({ delivered: 15, dropped: 0 });
    const records = await readTopic(cluster.brokers, name);
    expect(new Map(records.map(({ key, partition }) => [key, partition]))).toEqual(
      new Map([
        ['host-a', 4],
        ['web-1', 5],
        ['localhost', 8],
      ]),
    );
    expect(records).toHaveLength(3);
  });

  test('batches that the topic finds too large are cut until they fit, and only the item that never does is lost', async () => {
    const name = await topic({ config: { 'max.message.bytes': '20000' } });
    const input = logs(40, { variety: 'plain' }).map((record, i) => ({
      ...record,
      attributes: { ...record.attributes, pad: randomText(i === 17 ? 30_000 : 1500) },
    }));
    const { said, logger } = listener();
    const report = await send(
      { brokers: cluster.brokers, logs_topic: name, encoding: 'otlp_proto', compression: 'none' },
      { logs: input },
      logger,
    );
    expect(report).toMatchObject({ delivered: 39, dropped: 1 });
    const records = await readTopic(cluster.brokers, name);
    expect(itemTexts(records.map(({ value }) => otlpJson('logs', value)))).toHaveLength(39);
    expect(JSON.stringify(said)).toMatch(/oversize.*MESSAGE_TOO_LARGE.*log record of/);
  });

  test('a topic that does not exist is named, and its data waits', async () => {
    const { said, logger } = listener();
    const block = { brokers: cluster.brokers, logs_topic: 'not-there', retry: { max_attempts: 2, initial: '50ms' } };
    const report = await send(block, { logs: logs(3) }, logger);
    expect(report).toMatchObject({ delivered: 0, dropped: 3 });
    expect(JSON.stringify(said)).toMatch(/not-there.*UNKNOWN_TOPIC_OR_PARTITION.*create the topic/);
  });

  test('a topic that has grown is written to in its new partitions, and nothing is lost over it', async () => {
    const name = await topic({ partitions: 1 });
    const config = {
      exporters: {
        kafka: {
          flush_interval: '20ms',
          brokers: cluster.brokers,
          logs_topic: name,
          partitioner: 'round_robin',
          partition_key: 'trace_id',
          encoding: 'otlp_proto',
        },
      },
    };
    const pipeline = await createPipeline(config, { plugins: [kafka], logger: listener().logger });
    await pipeline.start();
    await pipeline.consume({ signal: 'logs', records: logs(50) } as never);
    await pipeline.forceFlush();
    await grow(cluster.brokers, name, 4);
    await pipeline.consume({ signal: 'logs', records: logs(50, { from: 50 }) } as never);
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 100, dropped: 0 });
    const records = await readTopic(cluster.brokers, name);
    expect(itemTexts(records.map(({ value }) => otlpJson('logs', value)))).toHaveLength(100);
  });
});

describe('three brokers that are stopped and started one after the other', () => {
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await startKafka(3);
  }, 120_000);
  afterAll(() => cluster?.stop());

  test.each([
    ['SIGTERM', 'kafkajs'],
    ['SIGKILL', 'kafkajs'],
  ] as const)('%s loses no record that was reported delivered', async (signal, driver) => {
    const name = `restart-${signal.toLowerCase()}-${driver}`;
    await cluster.createTopic(name, { partitions: 4, replicas: 3, config: { 'min.insync.replicas': '2' } });
    const { delivered, dropped } = await sendThrough(cluster, name, signal, driver);
    const records = await readTopic(cluster.brokers, name);
    const stored = records.flatMap(({ value }) => idsOf(otlpJson('logs', value)));
    const distinct = new Set(stored);
    const lost = [...delivered].filter((id) => !distinct.has(id));
    const duplicates = stored.length - distinct.size;
    console.log(
      `${signal}, ${driver}: ${delivered.size} reported delivered, ${dropped} dropped, ${records.length} records, ` +
        `${lost.length} lost, ${duplicates} duplicates`,
    );
    expect(delivered.size).toBeGreaterThan(1000);
    expect(lost).toEqual([]);
    expect(dropped).toBe(0);
    expect(duplicates).toBeLessThan(delivered.size / 10);
  });
});

async function grow(brokers: readonly string[], topic: string, count: number): Promise<void> {
  const admin = new Admin({ clientId: 'admin', bootstrapBrokers: [...brokers] });
  await admin.createPartitions({ topics: [{ name: topic, count, assignments: null }] });
  await admin.close();
}

/** Sends without a break while each broker restarts; the ids of what was acknowledged. */
async function sendThrough(
  cluster: KafkaCluster,
  topic: string,
  signal: 'SIGTERM' | 'SIGKILL',
  driver: string,
): Promise<{ readonly delivered: ReadonlySet<string>; readonly dropped: number }> {
  const block = {
    brokers: cluster.brokers,
    driver,
    logs_topic: topic,
    encoding: 'otlp_proto',
    partition_key: 'host.name',
    batch_size: 1,
    flush_interval: '5ms',
    timeout: '5s',
    retry: { initial: '200ms', max: '1s', max_elapsed: '0s' },
    // What `consume` resolves for was acknowledged by the brokers.
    queue: { wait_for_result: true },
  };
  const pipeline = await createPipeline(
    { exporters: { kafka: block } },
    { plugins: [kafka], logger: listener().logger },
  );
  await pipeline.start();
  const delivered = new Set<string>();
  let stop = false;
  let next = 0;
  const senders = Array.from({ length: 6 }, async (_, sender) => {
    while (!stop) {
      const from = next;
      next += 4;
      const records = logs(4, { from, variety: 'plain', resource: { attributes: { 'host.name': `host-${sender}` } } });
      await pipeline.consume({ signal: 'logs', records } as never);
      for (let i = from; i < from + 4; i++) delivered.add(`item-${i}`);
    }
  });
  for (const node of [0, 1, 2]) {
    await cluster.stopNode(node, signal);
    await reaches(delivered, delivered.size + 200);
    await cluster.startNode(node);
    // Leadership comes back to it while records are flowing.
    await reaches(delivered, delivered.size + 200);
  }
  stop = true;
  await Promise.all(senders);
  const report = await pipeline.shutdown();
  expect(report.delivered).toBe(delivered.size);
  return { delivered, dropped: report.dropped };
}

/** Resolves when so many have been delivered. */
async function reaches(delivered: ReadonlySet<string>, size: number): Promise<void> {
  while (delivered.size < size) await new Promise((resolve) => setTimeout(resolve, 20));
}

function idsOf(request: Json): string[] {
  return [...JSON.stringify(request).matchAll(/"key":"item\.id","value":\{"stringValue":"([^"]+)"/g)].map(
    ([, id = '']) => id,
  );
}

function randomText(length: number): string {
  return Array.from({ length: Math.ceil(length / 10) }, () => Math.random().toString(36).slice(2, 12).padEnd(10, 'x'))
    .join('')
    .slice(0, length);
}
