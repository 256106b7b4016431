/** InfluxDB 1.6 stores what was sent and reads it back; VictoriaMetrics takes the path of version 2. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import influxdb from '@telemetryflow/exporter-influxdb';
import { createPipeline } from '@telemetryflow/kernel';
import {
  DataPointType,
  type HistogramValue,
  hrTimeToNanos,
  type MetricRecord,
  type ResourceMetricsRecord,
  valueToText,
} from '@telemetryflow/otlp';
import { configureExporter, corpus, hrTime, metrics } from '@telemetryflow/testkit';
import { type InfluxDb, type InfluxSeries, PASSWORD, startInfluxDb, USER } from './referees/influxdb.ts';
import { eventually, type Referee } from './referees/server.ts';
import { exportedSeries, startVictoriaMetrics } from './referees/victoria-metrics.ts';

const COUNT = 300;
const START = Date.now() - 60_000;
const silent = (): void => undefined;
const logger = { error: silent, warn: silent, info: silent, debug: silent };

async function send(
  records: readonly ResourceMetricsRecord[],
  block: Readonly<Record<string, unknown>>,
): Promise<{ delivered: number; dropped: number; pending: number }> {
  const config = { flush_interval: '50ms', retry: { initial: '10ms', max: '50ms', max_elapsed: '5s' }, ...block };
  const pipeline = await createPipeline({ exporters: { influxdb: config } }, { plugins: [influxdb], logger });
  await pipeline.start();
  await pipeline.consume({ signal: 'metrics', records });
  return pipeline.shutdown() as Promise<{ delivered: number; dropped: number; pending: number }>;
}

/** One row as an object; empty columns are left out. */
function rows(series: readonly InfluxSeries[]): Record<string, unknown>[] {
  return series.flatMap(({ name, columns, values }) =>
    values.map((row) => {
      const cells = columns.flatMap((column, i) =>
        row[i] === null || row[i] === '' ? [] : [[column, row[i]] as const],
      );
      return { ...Object.fromEntries(cells), measurement: name };
    }),
  );
}

interface Point {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly endTime: readonly [number, number];
  readonly startTime: readonly [number, number];
  readonly value: unknown;
}

function* pointsOf(records: readonly ResourceMetricsRecord[]): Generator<{ metric: MetricRecord; point: Point }> {
  for (const { scopeMetrics } of records) {
    for (const { metrics: all } of scopeMetrics) {
      for (const metric of all)
        for (const point of metric.dataPoints) yield { metric, point: point as unknown as Point };
    }
  }
}

describe('InfluxDB 1.6', () => {
  let server: InfluxDb;
  beforeAll(async () => {
    server = await startInfluxDb();
  });
  afterAll(() => server.stop());

  const to = (database: string) => ({ endpoint: server.url, database, username: USER, password: PASSWORD });
  const create = (database: string) => server.query(`CREATE DATABASE "${database}"`);

  /** Expected loss: unit and description, types (tags are text), exemplars, and everything the README names. */
  test('stores every point with its tags, fields and time', async () => {
    await create('plain');
    const kinds = ['gauge', 'counter', 'updown', 'histogram', 'summary'] as const;
    const records = metrics(COUNT, { startMs: START, variety: 'plain', kinds });
    expect(await send(records, to('plain'))).toMatchObject({ delivered: COUNT, pending: 0, dropped: 0 });
    const stored = rows(await server.query('SELECT * FROM /.*/', 'plain'));
    const byId = new Map(stored.map((row) => [row['item.id'], row]));
    expect(byId.size).toBe(COUNT);
    for (const { metric, point } of pointsOf(records)) {
      const row = byId.get(point.attributes['item.id']) ?? {};
      expect(row['measurement']).toBe(metric.descriptor.name);
      expect(row['time']).toBe(String(hrTimeToNanos(point.endTime)));
      for (const [key, value] of Object.entries(point.attributes)) expect(row[key]).toBe(valueToText(value as string));
      expect(row).toMatchObject({
        'service.name': 'shop',
        'otel.library.name': 'testkit',
        'otel.library.version': '1.0.0',
      });
      switch (metric.dataPointType) {
        case DataPointType.GAUGE:
          expect(row['gauge']).toBe(point.value);
          break;
        case DataPointType.SUM:
          expect(row[metric.isMonotonic ? 'counter' : 'gauge']).toBe(point.value);
          if (metric.isMonotonic) expect(row['start_time_unix_nano']).toBe(String(hrTimeToNanos(point.startTime)));
          break;
        case DataPointType.HISTOGRAM: {
          const { count, sum, min, max, buckets } = point.value as HistogramValue;
          expect(row).toMatchObject({ count, sum, min, max, '+Inf': count, '0.1': buckets.counts[0] });
          break;
        }
        default:
          expect(row).toMatchObject({ '0.5': 5, '0.99': 9.9, sum: 55.5 });
      }
    }
  });

  test('reads back every pair of properties, in both schemas', async () => {
    for (const schema of ['telegraf-prometheus-v1', 'telegraf-prometheus-v2']) {
      await create(schema);
      const records = corpus().metrics;
      const { delivered, dropped } = await send(records, { ...to(schema), metrics_schema: schema });
      expect(delivered + dropped).toBe(records.length);
      const stored = rows(await server.query('SELECT * FROM /.*/', schema));
      expect(new Set(stored.map((row) => row['item.id'])).size).toBe(delivered);
      for (const { point } of pointsOf(records)) {
        const { value } = point.attributes;
        const row = stored.find((each) => each['item.id'] === point.attributes['item.id']);
        if (row === undefined) continue;
        const text = typeof value === 'string' && /^[^\p{Cc}\p{Cs}]+$/u.test(value) ? value : undefined;
        if (text !== undefined) expect(row['value']).toBe(text);
      }
    }
  });

  test.each(['us', 'ms', 's'])('takes times in %s', async (precision) => {
    await create(`unit_${precision}`);
    const records = metrics(1, { startMs: START, variety: 'plain' });
    expect(await send(records, { ...to(`unit_${precision}`), precision })).toMatchObject({ delivered: 1 });
    const [row] = rows(await server.query('SELECT * FROM /.*/', `unit_${precision}`));
    const digits = { us: 3, ms: 6, s: 9 }[precision] ?? 0;
    const [{ point } = { point: undefined }] = [...pointsOf(records)];
    const nanos = hrTimeToNanos(point?.endTime ?? [0, 0]);
    const unit = 10n ** BigInt(digits);
    expect(row?.['time']).toBe(String((nanos / unit) * unit));
  });

  test('stores names and values of every kind', async () => {
    await create('odd');
    const attributes = {
      'k=1': 'a,b c',
      dir: 'C:\\dir\\',
      lines: 'x\ny\rz',
      'quote"': '"quoted"',
      ключ: 'значение',
      time: 'x',
      slash: 'a\\,b\\ c',
      nul: 'a\0b\u0001',
      empty: '',
    };
    const [base] = metrics(1, { startMs: START, variety: 'plain' }) as [ResourceMetricsRecord];
    const named = ['my metric,a=b', '#comment', 'a"b', 'x\\', 'ü'].map((name, i) => ({
      resource: { attributes: {} },
      scopeMetrics: [
        {
          scope: { name: '' },
          metrics: [
            {
              ...base.scopeMetrics[0]?.metrics[0],
              descriptor: { name, unit: '', description: '', valueType: 1 },
              dataPoints: [{ startTime: [0, 0], endTime: hrTime(START + i), attributes, value: i + 0.5 }],
            },
          ],
        },
      ],
    })) as unknown as ResourceMetricsRecord[];
    expect(await send(named, to('odd'))).toMatchObject({ delivered: 5, dropped: 0 });
    const stored = rows(await server.query('SELECT * FROM /.*/', 'odd'));
    expect(stored.map(({ measurement }) => measurement).sort()).toEqual(['_comment', 'a"b', 'my metric,a=b', 'x', 'ü']);
    for (const row of stored) {
      expect(row).toMatchObject({
        'k=1': 'a,b c',
        dir: 'C:\\dir',
        lines: 'x\\ny\\rz',
        'quote"': '"quoted"',
        ключ: 'значение',
        time_: 'x',
        slash: 'a\\,b\\ c',
        nul: 'ab',
      });
    }
  });

  test('says how many points it refused, and the books agree with what it stored', async () => {
    await create('conflict');
    const first = metrics(4, { startMs: START, variety: 'plain' });
    expect(await send(first, to('conflict'))).toMatchObject({ delivered: 4 });
    // Half of the points are of an integer instrument, whose field is a float by now.
    const second = metrics(4, { startMs: START, variety: 'plain', from: 4 });
    expect(await send(second, { ...to('conflict'), integer_fields: true })).toMatchObject({ delivered: 2, dropped: 2 });
    expect(rows(await server.query('SELECT * FROM /.*/', 'conflict'))).toHaveLength(6);
  });

  test('refuses points beyond the retention, which are dropped as too old', async () => {
    await server.query('CREATE DATABASE "short" WITH DURATION 1h');
    const old = metrics(3, { startMs: START - 3 * 3_600_000, variety: 'plain' });
    const fresh = metrics(3, { startMs: START, variety: 'plain', from: 3 });
    expect(await send([...old, ...fresh], to('short'))).toMatchObject({ delivered: 3, dropped: 3 });
  });

  test.each<[string, Record<string, unknown>, number]>([
    ['no such database', { database: 'nowhere' }, 0],
    ['no such retention policy', { database: 'plain', retention_policy: 'nothing' }, 0],
  ])('is told apart: %s', async (_name, block, delivered) => {
    await create('plain');
    const records = metrics(2, { startMs: START, variety: 'plain' });
    expect(await send(records, { ...to('plain'), ...block })).toMatchObject({ delivered, dropped: 2 });
  });

  test('is asked for its version', async () => {
    const ask = async (block: Readonly<Record<string, unknown>>) => {
      const { config } = await configureExporter(influxdb, block);
      return influxdb.healthcheck?.(config, { signal: AbortSignal.timeout(5000) });
    };
    expect(await ask(to('plain'))).toEqual({ ok: true, message: expect.stringMatching(/^InfluxDB v?1\.6\.7/) });
    expect(await ask({ endpoint: server.url, token: 't', org: 'o', bucket: 'b' })).toMatchObject({ ok: false });
  });
});

describe('InfluxDB 1.6 with a small limit', () => {
  let server: InfluxDb;
  beforeAll(async () => {
    server = await startInfluxDb(20_000);
  });
  afterAll(() => server.stop());

  test('gets in pieces what it finds too large', async () => {
    await server.query('CREATE DATABASE "t"');
    const records = metrics(COUNT, { startMs: START, variety: 'plain' });
    const block = { endpoint: server.url, database: 't', username: USER, password: PASSWORD, compression: 'none' };
    expect(await send(records, block)).toMatchObject({ delivered: COUNT, dropped: 0 });
    expect(rows(await server.query('SELECT * FROM /.*/', 't'))).toHaveLength(COUNT);
  });
});

describe('VictoriaMetrics 1.79', () => {
  let server: Referee;
  beforeAll(async () => {
    server = await startVictoriaMetrics();
  });
  afterAll(() => server.stop());

  test.each([
    [2, { org: 'o', bucket: 'b' }],
    [1, { database: 'd' }],
  ])('takes every point by version %i', async (version, block) => {
    const records = metrics(COUNT, {
      startMs: START,
      variety: 'plain',
      resource: { attributes: { 'service.name': `v${version}` } },
    });
    expect(await send(records, { endpoint: server.url, version, ...block })).toMatchObject({
      delivered: COUNT,
      dropped: 0,
    });
    const series = await eventually(async () => {
      const found = await exportedSeries(server.url, `{service.name="v${version}"}`).catch(() => []);
      const all = found.length > 0 ? found : await exportedSeries(server.url, '{__name__=~"test.+"}');
      const own = all.filter(({ labels }) => labels['service.name'] === `v${version}`);
      return own.length >= COUNT ? own : undefined;
    });
    const byId = new Map(series.map((one) => [one.labels['item.id'], one]));
    for (const { point } of pointsOf(records)) {
      const one = byId.get(String(point.attributes['item.id']));
      expect(one?.samples.map(([, value]) => value)).toEqual([point.value]);
      expect(one?.samples[0]?.[0]).toBe(Math.floor(point.endTime[0] * 1000 + point.endTime[1] / 1e6));
    }
  });
});
