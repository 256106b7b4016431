/** The exporter in a pipeline, before a strict broker: what consumers read, and what the broker refuses. */
import { afterEach, describe, expect, test } from '@jest/globals';
import kafka from '@telemetryflow/exporter-kafka';
import { encode, type RecordOf, type Signal } from '@telemetryflow/otlp';
import {
  corpus,
  type FakeKafka,
  fakeKafka,
  itemIds,
  judgeProduce,
  type KafkaRules,
  logs,
  plantedRecords,
  throughPipeline,
} from '@telemetryflow/testkit';
import { idsIn, OTLP } from './items.ts';

let broker: FakeKafka | undefined;
afterEach(() => broker?.close());

async function send<S extends Signal>(
  signal: S,
  records: readonly RecordOf[S][],
  block: Readonly<Record<string, unknown>> = {},
  rules: KafkaRules = {},
) {
  broker = await fakeKafka({ errorCode: 0 }, { rules: { now: Date.now, ...rules } });
  const { address } = broker;
  const all = { brokers: [address], client_id: address, encoding: 'otlp_proto', ...block };
  const report = await throughPipeline(kafka, all, signal, records);
  const accepted = broker.requests.filter((request) => judgeProduce(request, rules) === 0);
  return { report, requests: accepted, records: accepted.flatMap((request) => request.records) };
}

/** Items by id, as protobufjs reads them from values that are concatenated. */
function itemsIn(signal: Signal, values: readonly Uint8Array[]): Map<string, unknown> {
  const type = OTLP[signal];
  const message = type.toObject(type.decode(Buffer.concat(values)), { longs: String });
  const found = new Map<string, unknown>();
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
      const own = (value as { readonly attributes?: unknown }).attributes;
      const [id] = own === undefined ? [] : idsIn(own);
      if (id === undefined) Object.values(value).forEach(walk);
      else found.set(id, value);
    }
  };
  walk(message);
  return found;
}

describe.each(['traces', 'metrics', 'logs'] as const)('%s with every pair of properties', (signal) => {
  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'arrive as they are with compression %s',
    async (compression) => {
      const sent = corpus()[signal];
      const { report, requests, records } = await send(signal, sent as never, { compression });
      expect(report).toMatchObject({ delivered: itemIds(sent).length, dropped: 0, pending: 0 });
      const codecs: Record<string, number> = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };
      expect(new Set(requests.map(({ codec }) => codec))).toEqual(new Set([codecs[compression]]));
      const values = records.map(({ value }) => value);
      expect(itemsIn(signal, values)).toEqual(itemsIn(signal, [encode(signal, sent as never)]));
    },
  );
});

test('what telemetry says is in keys and values only', async () => {
  const planted = plantedRecords('logs', ['topic', 'content-type']);
  const { report, requests, records } = await send('logs', planted, { partition_key: 'service' });
  expect(report).toMatchObject({ delivered: planted.length });
  expect(new Set(requests.map(({ topic }) => topic))).toEqual(new Set(['telemetryflow-logs']));
  expect(new Set(records.map(({ key }) => String(key)))).toEqual(
    new Set(planted.map(({ resource }) => resource.attributes['service.name'])),
  );
  for (const { headers } of records) {
    expect(headers).toEqual({ 'content-type': 'application/x-protobuf', 'telemetryflow-signal': 'logs' });
  }
});

test('records are of the time at which they were encoded, in milliseconds, however old the telemetry is', async () => {
  const before = Date.now();
  const { records } = await send('logs', logs(3, { startMs: before - 86_400_000 }));
  expect(records).not.toEqual([]);
  for (const { timestamp } of records) {
    expect(timestamp).toBeGreaterThanOrEqual(before);
    expect(timestamp).toBeLessThanOrEqual(Date.now());
  }
});

test('many small records fill a batch to its limit, and not beyond, overhead of records and batch included', async () => {
  const most = 4000;
  const small = logs(600, { variety: 'plain' }).map((record, i) => ({ ...record, body: 'x'.repeat(i % 7) }));
  const block = { encoding: 'raw', max_message_bytes: String(most), compression: 'none', partition_key: 'none' };
  const { report, requests } = await send('logs', small, block, { maxMessageBytes: most });
  expect(report).toMatchObject({ delivered: 600, dropped: 0 });
  expect(requests.length).toBeGreaterThan(3);
  const [full] = requests.map(({ bytes }) => bytes).sort((a, b) => b - a);
  expect(full).toBeGreaterThan(most * 0.6);
});

test('batches stay within the limit of the broker, whatever is sent at once', async () => {
  const many = logs(400, { variety: 'plain' }).map((record) => ({ ...record, body: 'x'.repeat(900) }));
  const block = { max_message_bytes: '20000', compression: 'none', batch_size: 1000 };
  const { report, requests } = await send('logs', many, block, { maxMessageBytes: 20_000 });
  expect(report).toMatchObject({ delivered: 400, dropped: 0 });
  expect(requests.length).toBeGreaterThan(10);
});

test('a smaller limit than was agreed is found by cutting, and only what cannot be cut is lost', async () => {
  const some = logs(20, { variety: 'plain' }).map((record, i) =>
    i === 7 ? { ...record, body: 'x'.repeat(9000) } : record,
  );
  const { report, records } = await send('logs', some, { compression: 'none' }, { maxMessageBytes: 4000 });
  expect(report).toMatchObject({ delivered: 19, dropped: 1, reasons: { too_large: 1 } });
  expect(new Set(records.flatMap(({ value }) => [...itemsIn('logs', [value]).keys()])).size).toBe(19);
});

test('a compacted topic takes no record without key: the reason says what to set', async () => {
  const { report } = await send('logs', logs(3), { partition_key: 'none' }, { compacted: true });
  expect(report).toMatchObject({ delivered: 0, reasons: { invalid: 3 } });
});
