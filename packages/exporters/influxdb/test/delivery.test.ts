/** The exporter in a pipeline, before strict servers of three generations. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createPipeline, type Pipeline } from '@telemetryflow/kernel';
import { DataPointType, hrTimeToNanos, type ResourceMetricsRecord } from '@telemetryflow/otlp';
import {
  type Backend,
  configureExporter,
  corpus,
  type FakeInfluxdb,
  fakeInfluxdb,
  type InfluxdbRules,
  metrics,
  startBackend,
} from '@telemetryflow/testkit';
import influxdb from '../src/index.ts';

let backend: Backend | undefined;
let pipeline: Pipeline | undefined;
afterEach(async () => {
  await pipeline?.shutdown({ timeoutMs: 0 });
  await backend?.close();
});

const silent = (): void => undefined;
const logger = { error: silent, warn: silent, info: silent, debug: silent };

async function start(url: string, block: Readonly<Record<string, unknown>>): Promise<Pipeline> {
  const config = { endpoint: url, flush_interval: '10ms', retry: { initial: '10ms', max: '50ms' }, ...block };
  pipeline = await createPipeline({ exporters: { influxdb: config } }, { plugins: [influxdb], logger });
  await pipeline.start();
  return pipeline;
}

async function fake(rules: InfluxdbRules): Promise<FakeInfluxdb> {
  const made = await fakeInfluxdb(rules);
  backend = made;
  return made;
}

const SERVERS: readonly (readonly [string, InfluxdbRules, Readonly<Record<string, unknown>>])[] = [
  [
    'InfluxDB 1',
    { version: 1, database: 't', authorization: `Basic ${Buffer.from('u:p').toString('base64')}` },
    { version: 1, database: 't', username: 'u', password: 'p' },
  ],
  ['InfluxDB 2', { version: 2, database: 't', authorization: 'Token s' }, { token: 's', org: 'o', bucket: 't' }],
  ['InfluxDB 3', { version: 3, database: 't', authorization: 'Bearer s' }, { version: 3, token: 's', database: 't' }],
];

interface Point {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: unknown;
  readonly endTime: readonly [number, number];
}

function pointOf(record: ResourceMetricsRecord): { type: number; name: string; point: Point } {
  const [metric] = record.scopeMetrics[0]?.metrics ?? [];
  const [point] = (metric?.dataPoints ?? []) as unknown as Point[];
  if (metric === undefined || point === undefined) throw new Error('a record without a point');
  return { type: metric.dataPointType, name: metric.descriptor.name, point };
}

describe.each(SERVERS)('every pair of properties, sent to %s,', (_name, rules, block) => {
  test.each(['telegraf-prometheus-v1', 'telegraf-prometheus-v2'])(
    'arrives in the schema %s, or is dropped',
    async (schema) => {
      const server = await fake(rules);
      const sent = await start(server.url, { ...block, metrics_schema: schema });
      const records = corpus().metrics;
      await sent.consume({ signal: 'metrics', records });
      const { delivered, dropped } = (await sent.shutdown()) as { delivered: number; dropped: number };
      expect(delivered + dropped).toBe(records.length);
      expect(new Set(server.points.map(({ tags }) => tags['item.id'])).size).toBe(delivered);
      expect(delivered).toBeGreaterThan(records.length * 0.9);
      for (const record of records) {
        const { type, name, point } = pointOf(record);
        const stored = server.points.filter(({ tags }) => tags['item.id'] === point.attributes['item.id']);
        if (stored.length === 0) {
          expect(Number.isFinite(Number(point.value))).toBe(false);
          continue;
        }
        for (const { time, tags } of stored) {
          expect(time).toBe(hrTimeToNanos(point.endTime));
          expect(tags['service.name']).toBe('shop');
        }
        const fields = Object.assign({}, ...stored.map((each) => each.fields)) as Record<string, unknown>;
        if (type === DataPointType.GAUGE)
          expect(fields[schema.endsWith('v1') ? 'gauge' : name]).toBe(Number(point.value) + 0);
        if (type === DataPointType.HISTOGRAM) {
          const { count, sum } = point.value as { count: number; sum: number };
          const prefix = schema.endsWith('v1') ? '' : `${name}_`;
          expect(fields).toMatchObject({ [`${prefix}count`]: count, [`${prefix}sum`]: sum });
        }
      }
    },
  );
});

test('a field never changes its type: integers stay floats unless asked for', async () => {
  const server = await fake({ version: 1, database: 't' });
  const sent = await start(server.url, { database: 't' });
  await sent.consume({ signal: 'metrics', records: metrics(200, { variety: 'plain' }) });
  expect(await sent.shutdown()).toMatchObject({ delivered: 200, dropped: 0 });
  expect(server.points.every(({ fields }) => typeof fields['gauge'] === 'number')).toBe(true);
});

test('points that conflict with the stored type are counted, the others are stored', async () => {
  for (const [, rules, block] of SERVERS) {
    const server = await fake(rules);
    const sent = await start(server.url, block);
    await sent.consume({ signal: 'metrics', records: metrics(4, { variety: 'plain' }) });
    await sent.shutdown();
    const changed = await start(server.url, { ...block, integer_fields: true });
    // Half of the points are of an integer instrument.
    await changed.consume({ signal: 'metrics', records: metrics(4, { variety: 'plain', from: 4 }) });
    expect(await changed.shutdown()).toMatchObject({ delivered: 2, dropped: 2 });
    expect(server.points).toHaveLength(6);
    await server.close();
  }
});

test('a server that closes on a large request gets it in pieces', async () => {
  const server = await fake({ version: 1, database: 't', maxBodyBytes: 20_000 });
  const sent = await start(server.url, { database: 't', compression: 'none' });
  await sent.consume({ signal: 'metrics', records: metrics(400, { variety: 'plain' }) });
  expect(await sent.shutdown()).toMatchObject({ delivered: 400, dropped: 0 });
  expect(server.points).toHaveLength(400);
});

test('nothing that telemetry says reaches the path or a header', async () => {
  const server = await fake({ version: 2, database: 't' });
  const sent = await start(server.url, { version: 2, org: 'o', bucket: 't' });
  const evil = { bucket: '../', org: '%2f', 'x-evil': 'a\r\nx-evil: 1' };
  const [base] = metrics(1, { variety: 'plain' }) as [ResourceMetricsRecord];
  await sent.consume({ signal: 'metrics', records: [{ ...base, resource: { attributes: evil } }] });
  expect(await sent.shutdown()).toMatchObject({ delivered: 1 });
  const [request] = server.requests;
  expect(request?.path).toBe('/api/v2/write?org=o&bucket=t&precision=ns');
  expect(request?.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(JSON.stringify(request?.headers)).not.toContain('evil');
  expect(server.points[0]?.tags).toMatchObject({ bucket: '../', org: '%2f', 'x-evil': 'a\\r\\nx-evil: 1' });
});

describe('the health check', () => {
  const check = async (url: string, block: Readonly<Record<string, unknown>>) => {
    const { config } = await configureExporter(influxdb, { endpoint: url, ...block });
    return influxdb.healthcheck?.(config, { signal: AbortSignal.timeout(5000) });
  };

  test('names the server', async () => {
    const server = await fake({ version: 1, database: 't' });
    expect(await check(server.url, { database: 't' })).toEqual({ ok: true, message: 'InfluxDB 1.6.7' });
  });

  test('finds a server of another version', async () => {
    const server = await fake({ version: 1, database: 't' });
    const found = await check(server.url, { token: 't', org: 'o', bucket: 'b' });
    expect(found).toMatchObject({ ok: false, message: expect.stringContaining('version: 1') });
  });

  test('tells when nobody answers, or somebody else', async () => {
    backend = await startBackend({ status: 500 });
    expect(await check(backend.url, { database: 't' })).toMatchObject({
      ok: false,
      message: expect.stringContaining('500'),
    });
    expect(await check('http://127.0.0.1:1', { database: 't' })).toMatchObject({ ok: false });
  });
});
