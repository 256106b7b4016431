/** What guards against clients that lose acknowledged records: see the README. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { metrics } from '@opentelemetry/api';
import kafka from '@telemetryflow/exporter-kafka';
import {
  batchFromRecords,
  createExporterChain,
  type ExporterChain,
  type ExporterDefinition,
} from '@telemetryflow/kernel';
import {
  configureExporter,
  type FakeClock,
  type FakeKafka,
  fakeClock,
  fakeKafka,
  logs,
  type ProduceAnswer,
  type Produced,
} from '@telemetryflow/testkit';
import type { KafkaConfig } from '../src/config.ts';
import type { KafkaFailure } from '../src/driver/failure.ts';
import type { Driver, ProducedPartition, ProduceRequest, ProducerDriver } from '../src/driver/port.ts';
import { createKafkaExporter } from '../src/exporter.ts';
import { otlpItemIds } from './items.ts';

const silent = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };
const status = { ok: () => undefined, recoverable: () => undefined, permanent: () => undefined };

interface Bench {
  readonly chain: ExporterChain;
  readonly clock: FakeClock;
  readonly said: string[];
  deliver(from: number, n: number): Promise<void>;
  step(): Promise<void>;
  settle(): Promise<void>;
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function bench(block: Readonly<Record<string, unknown>>, driver?: Driver): Promise<Bench> {
  let active = 0;
  // An ordered chain keeps the slot of what waits to be sent again, so sends are counted here.
  const definition: ExporterDefinition = {
    ...kafka,
    create(config, context) {
      const exporter =
        driver === undefined
          ? kafka.create(config, context)
          : createKafkaExporter(config as KafkaConfig, context, driver);
      return {
        ...exporter,
        async send(payload, options) {
          active++;
          try {
            return await exporter.send(payload, options);
          } finally {
            active--;
          }
        },
      };
    },
  };
  const { config } = await configureExporter(definition, {
    encoding: 'otlp_proto',
    brokers: ['127.0.0.1:1'],
    ...block,
  });
  const clock = fakeClock();
  const said: string[] = [];
  const say = (message: string, fields?: unknown): void => void said.push(`${message} ${JSON.stringify(fields ?? '')}`);
  const chain = createExporterChain({
    definition,
    config,
    random: () => 0.5,
    context: {
      id: 'kafka',
      dataSignal: 'logs',
      clock,
      logger: { ...silent, warn: say, error: say },
      status,
      signal: new AbortController().signal,
      meter: metrics.getMeter('test'),
      extension: () => undefined,
    },
  });
  await chain.start();
  const idle = (): boolean => chain.ledger().queued === 0 && chain.ledger().inFlight === 0;
  // Time moves only while nothing is being sent.
  const sending = (): boolean => active > 0;
  const step = async (): Promise<void> => {
    await clock.settle();
    if (idle()) return;
    if (sending() || !(await clock.advanceToNext(sending))) await new Promise((done) => setImmediate(done));
  };
  const settle = async (): Promise<void> => {
    while (!idle()) await step();
  };
  closing.push(() => chain.shutdown(AbortSignal.abort()));
  return {
    chain,
    clock,
    said,
    async deliver(from, n) {
      const batch = batchFromRecords('logs', logs(n, { from, variety: 'plain' }));
      const ticket = chain.admit(batch.count, batch.bytes);
      if (typeof ticket === 'string') throw new Error(ticket);
      await ticket.accept(batch);
    },
    step,
    settle,
  };
}

async function broker(
  script?: (request: Produced, index: number) => ProduceAnswer,
  options?: Parameters<typeof fakeKafka>[1],
): Promise<FakeKafka> {
  const started = await fakeKafka(script, options);
  closing.push(() => started.close());
  return started;
}

const at = ({ address }: FakeKafka): Record<string, unknown> => ({ brokers: [address], client_id: address });

/** A client that answers what the test says. */
function scripted(
  answers: ((request: ProduceRequest) => readonly ProducedPartition[] | Error)[],
  failure: Partial<KafkaFailure> = {},
): {
  readonly driver: Driver;
  readonly sent: ProduceRequest[];
  readonly connections: { count: number };
  readonly topic: { partitions: number };
} {
  const sent: ProduceRequest[] = [];
  const connections = { count: 0 };
  const topic = { partitions: 3 };
  const right = ({ topic: name, partition }: ProduceRequest): ProducedPartition[] => [
    { topic: name, partition, errorCode: 0 },
  ];
  const connect = async (): Promise<ProducerDriver> => {
    connections.count++;
    return {
      broken: false,
      metadata: async () => ({ partitions: topic.partitions, leaders: [] }),
      knownPartitions: () => undefined,
      async send(request) {
        sent.push(request);
        const answer = (answers.shift() ?? right)(request);
        if (answer instanceof Error) throw answer;
        return answer;
      },
      close: async () => undefined,
    };
  };
  return {
    sent,
    connections,
    topic,
    driver: { connect, failureOf: (error) => ({ kind: 'connection', message: String(error), ...failure }) },
  };
}

describe('an answer counts only when it is for what was asked', () => {
  test.each([
    ['nothing was sent', () => []],
    ['another partition was written', ({ topic }) => [{ topic, partition: 99, errorCode: 0 }]],
    ['another topic was written', ({ partition }) => [{ topic: 'other', partition, errorCode: 0 }]],
    [
      'two partitions were written',
      ({ topic, partition }) => [
        { topic, partition, errorCode: 0 },
        { topic, partition: partition + 1, errorCode: 0 },
      ],
    ],
  ] as [string, (request: ProduceRequest) => readonly ProducedPartition[]][])(
    '%s: sent again on a new client, and delivered once',
    async (_name, wrong) => {
      const { driver, sent, connections } = scripted([wrong]);
      const { chain, deliver, settle } = await bench({}, driver);
      await deliver(0, 4);
      await settle();
      expect(sent).toHaveLength(2);
      expect(connections.count).toBe(2);
      expect(chain.ledger()).toMatchObject({ entered: 4, delivered: 4, queued: 0, inFlight: 0 });
    },
  );

  test('an entry with an error code is a refusal, should a client not throw for it', async () => {
    const refused = ({ topic, partition }: ProduceRequest) => [{ topic, partition, errorCode: 19 }];
    const { driver, sent } = scripted([refused]);
    const { chain, deliver, settle } = await bench({}, driver);
    await deliver(0, 4);
    await settle();
    expect(sent).toHaveLength(2);
    expect(chain.ledger()).toMatchObject({ entered: 4, delivered: 4, dropped: {} });
  });

  test('after a topic was made smaller its records are partitioned anew, at once', async () => {
    const { driver, sent, topic } = scripted([() => []]);
    const { chain, clock, deliver, settle } = await bench({ partitioner: 'sticky' }, driver);
    topic.partitions = 1;
    const before = clock.monotonic();
    await deliver(0, 4);
    await settle();
    expect(sent.at(-1)?.partition).toBe(0);
    expect(chain.ledger().delivered).toBe(4);
    expect(clock.monotonic() - before).toBeLessThan(5000);
  });
});

test('one request is for one partition, and those of a partition follow each other', async () => {
  let open = 0;
  const seen = new Map<number, number>();
  const fake = await broker(
    ({ partition }) => {
      seen.set(partition, (seen.get(partition) ?? 0) + 1);
      open = Math.max(open, seen.get(partition) ?? 0);
      return { errorCode: 0 };
    },
    { partitions: 3 },
  );
  const { chain, deliver, settle } = await bench({ ...at(fake), partition_key: 'trace_id', max_message_bytes: '2000' });
  await deliver(0, 60);
  await settle();
  expect(chain.ledger()).toMatchObject({ delivered: 60, dropped: {} });
  expect(new Set(fake.requests.map(({ partition }) => partition)).size).toBeGreaterThan(1);
  for (const { bytes } of fake.requests) expect(bytes).toBeLessThanOrEqual(2000);
  const ids = fake.requests.flatMap(({ records }) => records.flatMap(({ value }) => otlpItemIds('logs', value)));
  expect(new Set(ids).size).toBe(60);
  expect(ids).toHaveLength(60);
});

test('a client whose connection was cut inside of an answer is not used again', async () => {
  const fake = await broker((_request, index) => ({ errorCode: 0, ...(index === 0 && { fault: 'cut_off' as const }) }));
  const { chain, deliver, settle } = await bench(at(fake));
  await deliver(0, 3);
  await settle();
  await deliver(3, 3);
  await settle();
  expect(chain.ledger()).toMatchObject({ entered: 6, delivered: 6 });
  expect(fake.requests).toHaveLength(3);
});

test('a client does not retry by itself: every request is an attempt of the chain', async () => {
  const fake = await broker((_request, index) => ({ errorCode: index < 3 ? 6 : 0 }));
  const { chain, deliver, settle } = await bench(at(fake));
  await deliver(0, 3);
  await settle();
  expect(fake.requests).toHaveLength(4);
  expect(chain.ledger().delivered).toBe(3);
});

test('a client sets timers for what waits only: none for a time before now, and none while it is idle', async () => {
  const timers = jest.spyOn(globalThis, 'setTimeout');
  closing.push(async () => timers.mockRestore());
  const fake = await broker(undefined, { partitions: 1 });
  const { chain, deliver, settle } = await bench(at(fake));
  await deliver(0, 3);
  await settle();
  expect(chain.ledger().delivered).toBe(3);
  const ofKafkajs = () => timers.mock.calls.filter(([task]) => String(task).includes('checkPendingRequests'));
  expect(timers.mock.calls.filter(([, delay]) => (delay ?? 0) < 0)).toEqual([]);
  expect(ofKafkajs()).toEqual([]);
});

test('what a client knows of its topics it asks for again after 30 s, and not before', async () => {
  const started = Date.now();
  let later = 0;
  const time = jest.spyOn(Date, 'now').mockImplementation(() => started + later);
  closing.push(async () => time.mockRestore());
  const fake = await broker(undefined, { partitions: 1 });
  const { chain, deliver, settle } = await bench(at(fake));
  const asked: number[] = [];
  for (const [batch, age] of [0, 29_000, 31_000].entries()) {
    later = age;
    await deliver(batch * 3, 3);
    await settle();
    asked.push(fake.metadataRequests);
  }
  const [first = 0, second, third] = asked;
  expect(first).toBeGreaterThan(0);
  expect([second, third]).toEqual([first, first + 1]);
  expect(chain.ledger().delivered).toBe(9);
});

test.each([
  ['a time-out of its own', { kind: 'timeout' }, 2],
  ['a lost sequence', { kind: 'protocol', code: 45 }, 2],
  ['a fenced producer', { kind: 'protocol', code: 47 }, 2],
  ['an unknown producer', { kind: 'protocol', code: 59 }, 2],
  ['too few replicas', { kind: 'protocol', code: 19 }, 1],
  ['a broken connection', { kind: 'connection' }, 1],
] as const)('after %s the records are sent again, by %j on %d clients in all', async (_name, failure, clients) => {
  const { driver, sent, connections } = scripted([() => new Error('no')], failure);
  const { chain, deliver, settle } = await bench({}, driver);
  await deliver(0, 4);
  await settle();
  expect([sent.length, connections.count]).toEqual([2, clients]);
  expect(chain.ledger()).toMatchObject({ delivered: 4, dropped: {} });
});

test('requests that a throttling of the broker holds back go out when it ends', async () => {
  const fake = await broker((_request, index) => ({ errorCode: 0, throttleMs: index === 0 ? 30 : 0 }), {
    partitions: 1,
  });
  const { chain, deliver, settle } = await bench(at(fake));
  await deliver(0, 3);
  await settle();
  await deliver(3, 3);
  await settle();
  expect(chain.ledger().delivered).toBe(6);
  expect(fake.requests).toHaveLength(2);
});

describe('sizes', () => {
  test('three records of 400,000 bytes are two requests', async () => {
    const fake = await broker(undefined, { partitions: 1 });
    const { chain, settle } = await bench({ ...at(fake), compression: 'none', encoding: 'raw' });
    const records = logs(3, { variety: 'plain' }).map((record) => ({ ...record, body: 'x'.repeat(400_000) }));
    const batch = batchFromRecords('logs', records);
    const ticket = chain.admit(batch.count, batch.bytes);
    if (typeof ticket === 'string') throw new Error(ticket);
    await ticket.accept(batch);
    await settle();
    expect(fake.requests.map((request) => request.records.length)).toEqual([2, 1]);
    expect(chain.ledger().delivered).toBe(3);
  });

  test('once something was too large, less is put together from the start', async () => {
    const fake = await broker(({ bytes }) => ({ errorCode: bytes > 1500 ? 10 : 0 }), { partitions: 1 });
    const { chain, deliver, settle } = await bench({ ...at(fake), compression: 'none' });
    await deliver(0, 40);
    await settle();
    const refused = fake.requests.filter(({ bytes }) => bytes > 1500).length;
    expect(refused).toBeGreaterThan(0);
    await deliver(40, 40);
    await settle();
    expect(fake.requests.filter(({ bytes }) => bytes > 1500)).toHaveLength(refused);
    expect(chain.ledger()).toMatchObject({ delivered: 80, dropped: {} });
  });
});

describe('codes that need more than a table', () => {
  test('a codec that the topic refuses is replaced by gzip, then by none', async () => {
    const fake = await broker(({ codec }) => ({ errorCode: codec === 0 ? 0 : 76 }), { partitions: 1 });
    const { chain, deliver, settle } = await bench({ ...at(fake), compression: 'zstd' });
    await deliver(0, 30);
    await settle();
    expect(fake.requests.map(({ codec }) => codec)).toEqual([4, 1, 0]);
    expect(chain.ledger().delivered).toBe(30);
  });

  test('an unknown topic is waited for, then looked at once a minute', async () => {
    let fails = true;
    const fake = await broker(() => ({ errorCode: fails ? 3 : 0 }), { partitions: 1 });
    const { clock, deliver, step } = await bench({ ...at(fake), retry: { max_elapsed: '0s' } });
    await deliver(0, 1);
    const times: number[] = [];
    while (times.length < 12) {
      await step();
      if (fake.requests.length > times.length) times.push(clock.monotonic());
    }
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps[0]).toBeLessThan(10_000);
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(60_000);
    fails = false;
  });
});
