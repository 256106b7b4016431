import { describe, expect, test } from '@jest/globals';
import { type AttributeMap, DataPointType, type ResourceMetricsRecord } from '@telemetryflow/otlp';
import { FAKE_EPOCH, hrTime, NetdataStatsd } from '@telemetryflow/testkit';
import fc from 'fast-check';
import type { StatsdBody } from '../src/encode-statsd.ts';
import netdata from '../src/index.ts';
import { SeriesIds } from '../src/series-id.ts';
import { KnownSeries, seriesName } from '../src/statsd-names.ts';
import { StatsdSession } from '../src/statsd-session.ts';
import { pieces } from '../src/statsd-socket.ts';
import { counter, encodeAll, instanceOf, metric, of, payloadsOf, resolved } from './setup.ts';

const STATSD = { metrics_endpoint: 'statsd://127.0.0.1' };

async function sessionOf(block: Record<string, unknown> = {}, cumulative = false) {
  const { config } = await resolved({ ...STATSD, ...block });
  const { exporter } = await instanceOf({ ...STATSD, ...block });
  const session = new StatsdSession(config, { cumulative, startedAtMs: FAKE_EPOCH });
  return (records: readonly ResourceMetricsRecord[]): { lines: readonly string[]; dropped: readonly unknown[] } => {
    const [payload] = payloadsOf(encodeAll(exporter, records));
    return payload === undefined ? { lines: [], dropped: [] } : session.lines(payload.body as StatsdBody, FAKE_EPOCH);
  };
}

describe('lines', () => {
  test('a negative gauge is set to 0 first, with the same tags', async () => {
    const lines = (await sessionOf())(of(metric({ name: 'temp', unit: 'celsius' }, { value: -2.5 })));
    expect(lines.lines.join('\n')).toBe(
      'otel.temp:0|g|#units:celsius,family:checkout,name:temp\notel.temp:-2.5|g|#units:celsius,family:checkout,name:temp',
    );
  });

  test('counters are whole, and the remainder waits for the next time', async () => {
    const session = await sessionOf();
    const name = { name: 'http.server.requests', unit: 'requests' };
    const send = (value: number) => session(of(counter(name, { value, attributes: { method: 'GET' } }))).lines;
    const tags = '|c|#units:requests/s,family:checkout,name:http.server.requests';
    expect(send(2.7)).toEqual([`otel.http.server.requests.GET:2${tags}`]);
    expect(send(2.7)).toEqual([`otel.http.server.requests.GET:3${tags}`]);
    expect(send(0.6)).toEqual([`otel.http.server.requests.GET:1${tags}`]);
  });

  test('totals are sent as what was added; the first only sets the start', async () => {
    const session = await sessionOf({}, true);
    const send = (value: number, second: number) => {
      const times = { startTime: hrTime(FAKE_EPOCH - 60_000), endTime: hrTime(FAKE_EPOCH + second * 1000) };
      return session(of(counter({ aggregationTemporality: 1 }, { value, ...times })));
    };
    expect(send(10, 0)).toMatchObject({ lines: [], dropped: [{ items: [0], reason: 'unconverted' }] });
    expect(send(13, 1).lines).toEqual(['otel.m:3|c|#family:checkout,name:m']);
    expect(send(15, 2).lines).toEqual(['otel.m:2|c|#family:checkout,name:m']);
  });

  test('a histogram is a count and its statistics, a summary a count and its quantiles', async () => {
    const value = { buckets: { boundaries: [1, 2], counts: [2, 2, 0] }, count: 4, sum: 4, min: 0.5, max: 2 };
    const summary = {
      count: 2,
      sum: 5,
      quantiles: [
        { quantile: 0.99, value: 3 },
        { quantile: 0.5, value: Number.NaN },
      ],
    };
    const { lines } = (await sessionOf())(
      of(
        metric({ name: 'h', unit: 's', dataPointType: DataPointType.HISTOGRAM }, { value }),
        metric({ name: 's', dataPointType: DataPointType.SUMMARY }, { value: summary }),
      ),
    );
    const agent = new NetdataStatsd();
    for (const line of lines) agent.read(line);
    const values = Object.fromEntries(
      [...agent.charts].map(([id, chart]) => [id.replace('statsd_otel.', ''), chart.value]),
    );
    expect(values).toEqual({
      'h.count_counter': 4,
      'h.avg_gauge': 1,
      'h.min_gauge': 0.5,
      'h.max_gauge': 2,
      'h.p50_gauge': 1,
      'h.p95_gauge': 1.9,
      'h.p99_gauge': 1.98,
      's.count_counter': 2,
      's.avg_gauge': 2.5,
      's.q99_gauge': 3,
    });
    expect(agent.refused).toEqual([]);
    expect(agent.charts.get('statsd_otel.h.avg_gauge')).toMatchObject({
      units: 's',
      family: 'checkout',
      dimension: 'avg',
    });
  });

  test('series that would meet in one chart are told apart', async () => {
    const session = await sessionOf();
    const send = () =>
      session(of(metric({ name: 'Temp' }, { value: 1 }), metric({ name: 'temp' }, { value: 2 }))).lines;
    const agent = new NetdataStatsd();
    for (const line of [...send(), ...send()]) agent.read(line);
    expect([...agent.charts.values()].map(({ value }) => value)).toEqual([1, 2]);
  });

  test('of any names, values and tags are lines of the grammar, and no name is longer than the limit', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    const value = fc.double({ noNaN: true, min: -9e15, max: 9e15 });
    const session = await sessionOf();
    fc.assert(
      fc.property(text, text, fc.dictionary(text, text), value, (name, unit, attributes, number) => {
        const agent = new NetdataStatsd();
        for (const line of session(of(metric({ name, unit }, { value: number, attributes }))).lines) {
          expect(line.indexOf(':')).toBeLessThanOrEqual(180);
          agent.read(line);
        }
        expect(agent.refused).toEqual([]);
        const [chart] = [...agent.charts.values()];
        expect(chart?.value).toBeCloseTo(number, Math.abs(number) > 1e12 ? -1 : 2);
      }),
      { numRuns: 200 },
    );
  });
});

describe('names', () => {
  const attributes = { method: 'GET', 'http.route': '/a/../b' };

  test.each([
    ['values', 'otel.m._a____b.GET'],
    ['key_values', 'otel.m.http_route__a____b.method_GET'],
    ['none', 'otel.m'],
  ] as const)('with %s of attributes: %s', (mode, name) => {
    expect(seriesName({ prefix: 'otel', attributes: mode }, '', 'm', attributes)).toBe(name);
  });

  test('hold the host where that is wanted', async () => {
    const session = await sessionOf({ hostname_override: 'web-1.example', statsd: { include_host: true } });
    expect(session(of(metric({}, { value: 1 }))).lines[0]).toMatch(/^otel\.web-1_example\.m:1\|g/);
  });
});

describe('points', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['NaN', { value: Number.NaN }, 'invalid'],
    ['an infinity', { value: Number.NEGATIVE_INFINITY }, 'invalid'],
    ['a value beyond what an Agent keeps', { value: 9.3e15 }, 'invalid'],
    ['no value', { value: 1, flags: 1 }, 'filtered'],
    ['the age of two flushes', { value: 1, endTime: hrTime(FAKE_EPOCH - 20_001) }, 'too_old'],
  ])('with %s are dropped', async (_name, bad, reason) => {
    const { exporter } = await instanceOf(STATSD);
    const all = encodeAll(exporter, of(metric({}, { value: 1 }, bad, { value: 2 })));
    expect(all.filter((each) => 'dropped' in each)).toMatchObject([{ dropped: { from: 1, to: 2 }, reason }]);
    expect(payloadsOf(all).map(({ items }) => items)).toEqual([[0, 2]]);
  });
});

describe('the age of points', () => {
  const aged = (ms: number) => of(metric({}, { value: 1, endTime: hrTime(FAKE_EPOCH - ms) }));

  test.each([
    ['10ms', 20_000],
    ['10s', 20_000],
    ['1m', 120_000],
  ])('with a flush every %s is %i ms at most', async (flush_interval, most) => {
    const { exporter, config } = await instanceOf({ ...STATSD, flush_interval });
    expect(netdata.limits).toBeInstanceOf(Function);
    expect((netdata.limits as (config: unknown, signal: 'metrics') => object)(config, 'metrics')).toEqual({
      maxAgeMs: most,
    });
    expect(encodeAll(exporter, aged(most))).toMatchObject([{ items: [0], oldestMs: FAKE_EPOCH - most }]);
    expect(encodeAll(exporter, aged(most + 1))).toMatchObject([{ reason: 'too_old' }]);
  });

  test('is that of the oldest, and of one without a time that of its encoding', async () => {
    const { exporter } = await instanceOf(STATSD);
    const points = [{ value: 1 }, { value: 2, endTime: hrTime(FAKE_EPOCH - 500) }, { value: 3, endTime: [0, 0] }];
    expect(encodeAll(exporter, of(metric({}, ...points)))).toMatchObject([{ oldestMs: FAKE_EPOCH - 500 }]);
    expect(encodeAll(exporter, of(metric({}, { value: 3, endTime: [0, 0] })))).toMatchObject([
      { oldestMs: FAKE_EPOCH },
    ]);
  });
});

describe('series that were sent', () => {
  test('count the charts that they make, each once', () => {
    const known = new KnownSeries();
    expect(known.add(1, 'otel.a', { charts: 1, suffix: 0 })).toEqual({ name: 'otel.a', remainder: 0 });
    known.add(2, 'otel.b', { charts: 7, suffix: 9 });
    expect([known.charts, known.get(1)?.name, known.get(3)]).toEqual([8, 'otel.a', undefined]);
  });

  test('have names of 180 bytes at most, with the longest of their ends', () => {
    const known = new KnownSeries();
    const [first, second] = ['a', 'b'].map((end, id) =>
      known.add(id, `otel.${'x'.repeat(300)}${end}`, { charts: 7, suffix: 9 }),
    );
    expect(first?.name).toMatch(/^otel\.x+_[0-9a-f]{8}$/);
    expect(first?.name).toHaveLength(171);
    expect(second?.name).not.toBe(first?.name);
  });
});

describe('the number of a series', () => {
  const ids = new SeriesIds('shared');

  test('is the same whatever the order of attributes, and another for each of these', () => {
    expect(ids.of({ a: 1, b: 2 })).toBe(ids.of({ b: 2, a: 1 }));
    const all: AttributeMap[] = [
      {},
      { a: 1 },
      { a: '1' },
      { a: true },
      { a: 'true' },
      { a: ['1'] },
      { a: '["1"]' },
      { a: 'b', b: 'a' },
      { a: 'a', b: 'b' },
      { ab: '' },
      { a: 'b' },
      { b: 'a' },
      { a: '', b: '' },
    ];
    const numbers = [...all.map((each) => ids.of(each)), new SeriesIds('other').of({})];
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const number of numbers) expect(Number.isSafeInteger(number)).toBe(true);
  });

  test('is no other series, of a hundred thousand that are alike', () => {
    const numbers = new Set<number>();
    for (let i = 0; i < 100_000; i++)
      numbers.add(ids.of({ route: `/orders/${i % 1000}`, shard: Math.floor(i / 1000) }));
    expect(numbers.size).toBe(100_000);
  });
});

test('pieces are filled to the byte', () => {
  const sizes = (most: number) => [...pieces(['aaaa', 'bbbb', 'cccc'], most)].map(({ text }) => text.length);
  expect([sizes(15), sizes(14), sizes(10), sizes(9)]).toEqual([[15], [10, 5], [10, 5], [5, 5, 5]]);
});

test('pieces are whole lines of at most so many bytes, and hold every line once', () => {
  const lines = Array.from({ length: 50 }, (_, i) => 'ä'.repeat(i));
  const made = [...pieces(lines, 60)];
  expect(made.map(({ text }) => text).join('')).toBe(`${lines.join('\n')}\n`);
  expect(made.reduce((sum, { count }) => sum + count, 0)).toBe(50);
  for (const { text, count } of made) expect(count === 1 || Buffer.byteLength(text) <= 60).toBe(true);
});
