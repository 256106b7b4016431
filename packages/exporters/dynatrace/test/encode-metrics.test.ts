import { describe, expect, test } from '@jest/globals';
import { AggregationTemporality, type AttributeMap, DataPointType } from '@telemetryflow/otlp';
import { golden, hrTime, readDynatraceLines } from '@telemetryflow/testkit';
import fc from 'fast-check';
import { dimensionKey, dimensionValue } from '../src/dimension-text.ts';
import { metricKey } from '../src/metric-key.ts';
import { numberText } from '../src/metric-values.ts';
import { counter, gauge, HOUR, histogram, linesOf, metric, NOW, resourceMetrics, TIME } from './setup.ts';

describe('golden lines', () => {
  test('of every kind of point, byte for byte', async () => {
    const { lines, drops } = await linesOf([
      resourceMetrics([gauge('system.memory.usage', 80.5, { endTime: TIME, attributes: { State: 'used' } })], {
        'host.name': 'web-1',
        environment: 'production',
      }),
      counter('http.requests', 3, { endTime: TIME, attributes: { 'http.route': '/api/items/{id}' } }),
      histogram(
        'http.server.duration',
        { buckets: { boundaries: [10, 100], counts: [1, 2, 6] }, count: 9, sum: 1250.75, min: 12.5, max: 340 },
        { endTime: TIME },
      ),
      histogram('h.x', { buckets: { boundaries: [10, 50, 100], counts: [2, 3, 4, 1] }, count: 10 }),
      gauge('1st metric.ü.-x..y.', 1, { attributes: { 'A B': 'a b,c=d\\"e"f\ng' } }),
      gauge('described', 1, {}, { unit: 'ms', description: 'Duration of "inbound" calls' }),
    ]);
    expect(drops).toEqual([]);
    golden(import.meta.url, 'lines.txt').bytes(`${lines.join('\n')}\n`);
  });

  test('have whole milliseconds, the rest cut off', async () => {
    const { lines } = await linesOf([gauge('abc', 1, { endTime: [1_767_225_600, 12_999_999] })]);
    expect(lines).toEqual(['abc gauge,1 1767225600012']);
  });

  test('that come without a time have none, whatever is missing or absurd about it', async () => {
    const { lines } = await linesOf([gauge('abc', 1), gauge('abc', 1, { endTime: [1, 0] })]);
    expect(lines).toEqual(['abc gauge,1', 'abc gauge,1']);
  });
});

describe('metric keys', () => {
  test.each([
    ['1st metric.ü.-x..y.', '_st_metric._._x.y'],
    ['a b//c', 'a_b_c'],
    ['a.-b.9c.$d', 'a._b.9c._d'],
    ['9$x.-$y', '_x._y'],
    ['x', 'x__'],
    ['up', 'up_'],
    ['a'.repeat(300), 'a'.repeat(255)],
    ['with.dot.', 'with.dot'],
  ])('%s is %s', (name, key) => {
    expect(metricKey(name, '')).toEqual({ key, filled: ['x', 'up'].includes(name) });
  });

  test.each(['', '.a', 'dt.host.cpu'])('%j is refused', async (name) => {
    expect(metricKey(name, '')).toHaveProperty('refused');
    expect((await linesOf([gauge(name, 1)])).drops).toMatchObject([{ reason: 'invalid' }]);
  });

  test('get the prefix, which frees reserved ones', async () => {
    expect((await linesOf([gauge('dt.x', 1)], { metric_prefix: 'app' })).lines).toEqual(['app.dt.x gauge,1']);
  });
});

describe('dimensions', () => {
  test.each([
    ['5xx', '_xx'],
    ['.a..b.', 'a.b'],
    ['Ключ', '_'],
    ['Http.Status-Code:x', 'http.status-code:x'],
    ['...', ''],
  ])('the key %s is %j', (name, key) => {
    expect(dimensionKey(name)).toBe(key);
  });

  test('values are cut before the escape that does not fit', () => {
    const value = dimensionValue('a='.repeat(300));
    expect(value).toHaveLength(255);
    expect(value.endsWith('\\=a\\=a\\=')).toBe(true);
    expect(dimensionValue(`${'x'.repeat(254)}=`)).toBe('x'.repeat(254));
  });

  test('are the same whatever points came before, sorted, and each key once', async () => {
    const name = fc.constantFrom('a', 'A', 'b', 'B.c', 'b.c', '..', 'quantile', 'z', '9');
    const value = fc.constantFrom('', 'x', 'a b', 'ü=,', '\n\n', 7);
    const attributes = fc.dictionary(name, value, { noNullPrototype: true });
    const textOf = (own: AttributeMap, shared: AttributeMap): string => {
      const found = new Map<string, string>();
      for (const level of [own, shared]) {
        for (const each of Object.keys(level).sort()) {
          const [key, text] = [dimensionKey(each), dimensionValue(String(level[each]))];
          if (key !== '' && text !== '' && !found.has(key)) found.set(key, text);
        }
      }
      return [...found.keys()]
        .sort()
        .map((key) => `,${key}=${found.get(key)}`)
        .join('');
    };
    await fc.assert(
      fc.asyncProperty(attributes, fc.array(attributes, { minLength: 1, maxLength: 6 }), async (resource, points) => {
        const made = points.map((each) => gauge('abc', 1, { attributes: each }));
        const { lines } = await linesOf([resourceMetrics(made, resource)]);
        expect(lines).toEqual(points.map((each) => `abc${textOf(each, resource)} gauge,1`));
      }),
      { numRuns: 60 },
    );
  });

  test('a value that is quoted already is escaped like any other', () => {
    expect(dimensionValue('"a b"')).toBe('\\"a\\ b\\"');
  });

  test('of points win over those of scope and resource, and of two names for one key the first in order', async () => {
    const { lines } = await linesOf([
      {
        resource: { attributes: { key: 'resource', other: 'resource', Third: 'resource' } },
        scopeMetrics: [
          {
            scope: { name: 'lib', version: '1.0', attributes: { key: 'scope', other: 'scope' } },
            metrics: [gauge('abc', 1, { attributes: { key: 'b', KEY: 'a' } })],
          },
        ],
      },
    ]);
    expect(lines).toEqual(['abc,key=a,otel.scope.name=lib,otel.scope.version=1.0,other=scope,third=resource gauge,1']);
  });

  const attributes = { 'service.name': 's', 'host.name': 'h', team: 't' };
  test.each<[unknown, string]>([
    ['all', ',host.name=h,service.name=s,team=t'],
    ['none', ',team=t'],
    [['host.name'], ',host.name=h,team=t'],
  ])('resource_attributes: %j leaves tags in', async (included, expected) => {
    const block = { resource_attributes: included, tags: { team: 'x' } };
    const { lines } = await linesOf([resourceMetrics([gauge('abc', 1)], attributes)], block);
    expect(lines).toEqual([`abc${expected} gauge,1`]);
  });

  test('are fifty at most: what says least about the source goes first', async () => {
    const many: AttributeMap = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`aa${i}`, 'x']));
    const resource = { ...many, 'k8s.pod.name': 'pod', 'service.name': 's', 'host.name': 'h', 'dt.entity.host': 'e' };
    const { lines } = await linesOf([resourceMetrics([gauge('abc', 1, { attributes: { own: 1 } })], resource)]);
    const [line] = readDynatraceLines(lines.join('\n'), NOW).lines;
    expect(Object.keys(line?.dimensions ?? {})).toHaveLength(50);
    expect(line?.dimensions).toMatchObject({
      own: '1',
      'k8s.pod.name': 'pod',
      'service.name': 's',
      'host.name': 'h',
      'dt.entity.host': 'e',
    });
  });

  test('a point with more than fifty of its own is dropped: cutting would merge series', async () => {
    const many: AttributeMap = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`aa${i}`, 'x']));
    expect((await linesOf([gauge('abc', 1, { attributes: many })])).drops).toMatchObject([{ reason: 'invalid' }]);
  });

  test('whatever names and values say, every line is one line, and reads back', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('../', '\r\n', '%2f', ' gauge,1\nevil gauge,2', '\\', '"', '\ud800', '🧀', 'a,b=c'),
    );
    await fc.assert(
      fc.asyncProperty(text, fc.dictionary(text, text, { maxKeys: 6 }), async (name, values) => {
        const { lines, drops } = await linesOf([resourceMetrics([gauge(name, 1, { attributes: values })], values)]);
        const read = readDynatraceLines(lines.join('\n'), NOW);
        if (drops.length > 0) expect(lines).toEqual([]);
        else expect(read).toMatchObject({ invalid: [], lines: [{ type: 'gauge', values: { value: 1 } }] });
      }),
      { numRuns: 300 },
    );
  });
});

describe('values', () => {
  test.each<[number | bigint, string]>([
    [0, '0'],
    [-0, '0'],
    [1, '1'],
    [2 ** 53, '9007199254740992'],
    [9_223_372_036_854_775_807n, '9223372036854775807'],
    [1e21, '1.0E21'],
    [1.5e-7, '1.5E-7'],
    [5e-324, '5.0E-324'],
    [0.1, '0.1'],
  ])('%s is written %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  test('every finite number reads back as itself', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = numberText(value) ?? '';
        expect(text).toMatch(/^-?\d+(\.\d+)?(E-?\d+)?$/);
        expect(Number(text)).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  test.each([NaN, Infinity, -Infinity])('%s is dropped', async (value) => {
    expect((await linesOf([gauge('abc', value)])).drops).toMatchObject([{ reason: 'invalid' }]);
  });

  test('points without a recorded value are dropped', async () => {
    const { drops } = await linesOf([gauge('abc', undefined), gauge('abc', 1, { flags: 1 })]);
    expect(drops).toMatchObject([{ dropped: { from: 0, to: 2 }, reason: 'invalid' }]);
  });

  test.each([
    [{ isMonotonic: true, aggregationTemporality: AggregationTemporality.DELTA }, 'count,delta=0'],
    [{ isMonotonic: false, aggregationTemporality: AggregationTemporality.DELTA }, 'count,delta=0'],
    [{ isMonotonic: false, aggregationTemporality: AggregationTemporality.CUMULATIVE }, 'gauge,0'],
  ])('a sum with %j is %s', async (sum, payload) => {
    const { lines } = await linesOf([metric('abc', { dataPointType: DataPointType.SUM, value: 0, ...sum })]);
    expect(lines).toEqual([`abc ${payload}`]);
  });

  test('histograms with contradicting extremes are made consistent', async () => {
    const value = { buckets: { boundaries: [], counts: [4] }, count: 4, sum: 100, min: 26, max: 24 };
    expect((await linesOf([histogram('abc', value)])).lines).toEqual(['abc gauge,min=25,max=25,sum=100,count=4']);
  });

  test('histograms without measurements make no line', async () => {
    const { lines, drops } = await linesOf([
      histogram('abc', { buckets: { boundaries: [1], counts: [0, 0] }, count: 0 }),
    ]);
    expect(lines).toEqual([]);
    expect(drops).toMatchObject([{ reason: 'filtered' }]);
  });

  test('exponential histograms are their statistics', async () => {
    const value = {
      count: 4,
      scale: 0,
      zeroCount: 1,
      positive: { offset: 0, bucketCounts: [1, 1] },
      negative: { offset: 0, bucketCounts: [1] },
      sum: 3,
    };
    const { lines } = await linesOf([metric('abc', { dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM, value })]);
    expect(lines).toEqual(['abc gauge,min=-2,max=4,sum=3,count=4']);
  });

  const summary = metric('abc', {
    dataPointType: DataPointType.SUMMARY,
    value: { count: 2, sum: 3.5, quantiles: [{ quantile: 0.5, value: 1 }] },
  });

  test('summaries are dropped, unless they are wanted', async () => {
    expect((await linesOf([summary])).drops).toMatchObject([{ reason: 'unsupported' }]);
    expect((await linesOf([summary], { summaries: true })).lines).toEqual([
      'abc.sum count,delta=3.5',
      'abc.count count,delta=2',
      'abc,quantile=0.5 gauge,1',
    ]);
  });

  test('keys of summaries have room for what is added to them', async () => {
    const long = { ...summary, descriptor: { ...summary.descriptor, name: 'a'.repeat(300) } } as typeof summary;
    const { lines } = await linesOf([long], { summaries: true });
    expect(readDynatraceLines(lines.join('\n'), NOW)).toMatchObject({ invalid: [], lines: [{}, {}, {}] });
    expect(lines[1]).toBe(`${'a'.repeat(249)}.count count,delta=2`);
  });

  test.each([
    ['lines', 999, {}],
    ['bytes', 500, Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`d${i}`, 'x'.repeat(200)]))],
  ])('summaries of more %s than a request holds are not sent, the next ones are', async (_name, count, attributes) => {
    const quantiles = Array.from({ length: count }, (_, i) => ({ quantile: i / count, value: 1 }));
    const value = { count: 2, sum: 3.5, quantiles };
    const large = metric('abc', { dataPointType: DataPointType.SUMMARY, value }, { attributes });
    const { lines, drops } = await linesOf([large, summary], { summaries: true });
    expect(lines).toHaveLength(3);
    expect(drops).toMatchObject([{ dropped: { from: 0, to: 1 }, reason: 'too_large' }]);
  });
});

describe('units and descriptions', () => {
  const described = gauge('abc', 1, {}, { unit: 'By', description: 'x' });

  test('are sent once per key, and not again once they have arrived', async () => {
    const { lines, payloads } = await linesOf([described, described]);
    expect(lines).toEqual(['#abc gauge dt.meta.description="x",dt.meta.unit=By', 'abc gauge,1', 'abc gauge,1']);
    expect(payloads[0]?.body.describes).toEqual(['abc']);
    const again = await linesOf([described], {}, { mode: { described: new Set(['abc']) } });
    expect(again.lines).toEqual(['abc gauge,1']);
  });

  test('are left out when they are not wanted', async () => {
    expect((await linesOf([described], { metric_metadata: false })).lines).toEqual(['abc gauge,1']);
  });

  test.each(['kg m', '{a.b}', '°C', 'By^2', '', 'x'.repeat(64)])('%j is no unit for Dynatrace', async (unit) => {
    expect((await linesOf([gauge('abc', 1, {}, { unit })])).lines).toEqual(['abc gauge,1']);
  });

  test.each(['{request}', 'By/s', '1', 'ms', '%'])('%j is a unit', async (unit) => {
    const { lines } = await linesOf([gauge('abc', 1, {}, { unit })]);
    expect(lines[0]).toBe(`#abc gauge dt.meta.unit=${unit}`);
  });

  test('a description never breaks out of its quotes, nor makes the line too long', async () => {
    const { lines } = await linesOf([gauge('abc', 1, {}, { description: '"\\\n\r\0'.repeat(20_000) })]);
    expect(readDynatraceLines(lines.join('\n'), NOW)).toMatchObject({ invalid: [], lines: [{}] });
  });
});

describe('requests', () => {
  test('hold a thousand lines at most, comments included', async () => {
    const { payloads } = await linesOf(
      Array.from({ length: 1000 }, (_, i) => gauge('abc', i, {}, { description: 'x' })),
    );
    expect(payloads.map(({ items }) => items)).toEqual([
      { from: 0, to: 999 },
      { from: 999, to: 1000 },
    ]);
  });

  test('hold 950 kB at most', async () => {
    const long = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`a${i}`, 'ä'.repeat(255)]));
    const { payloads } = await linesOf(Array.from({ length: 100 }, () => gauge('abc', 1, { attributes: long })));
    expect(payloads.length).toBeGreaterThan(1);
    for (const { body } of payloads) expect(Buffer.byteLength(String(body.body))).toBeLessThanOrEqual(950_000);
  });

  test.each([
    [-HOUR, []],
    [-HOUR - 1, ['too_old']],
    [600_000, []],
    [600_001, ['invalid']],
  ])('hold a line of %i ms from now, or not, to the millisecond', async (ms, reasons) => {
    const { drops } = await linesOf([gauge('abc', 1, { endTime: hrTime(NOW + ms) })]);
    expect(drops.map(({ reason }) => reason)).toEqual(reasons);
  });

  test('hold no line older than an hour, and those half that old apart from the others', async () => {
    const at = (ms: number) => gauge('abc', 1, { endTime: [Math.floor((NOW + ms) / 1000), 0] });
    const { payloads, drops } = await linesOf([
      at(-HOUR - 1000),
      at(-HOUR / 2 - 1000),
      at(0),
      at(599_000),
      at(601_000),
    ]);
    expect(payloads.map(({ items, oldestMs }) => [items, oldestMs])).toEqual([
      [{ from: 2, to: 4 }, NOW],
      [{ from: 1, to: 2 }, NOW - HOUR / 2 - 1000],
    ]);
    expect(drops).toMatchObject([
      { dropped: { from: 0, to: 1 }, reason: 'too_old' },
      { dropped: { from: 4, to: 5 }, reason: 'invalid' },
    ]);
  });
});
