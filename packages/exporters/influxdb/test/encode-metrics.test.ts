import { describe, expect, test } from '@jest/globals';
import { AggregationTemporality, DataPointType, ValueType } from '@telemetryflow/otlp';
import { golden, readInfluxLine } from '@telemetryflow/testkit';
import fc from 'fast-check';
import { floatText, integerText, keyText, measurementText, tagValue } from '../src/text.ts';
import { counter, gauge, histogram, linesOf, metric, resourceMetrics, TIME } from './setup.ts';

const LATENCY = histogram('http.latency', {
  buckets: { boundaries: [0.05, 0.1], counts: [1, 2, 3] },
  count: 6,
  sum: 1.25,
  min: 0.01,
  max: 2,
});

const EXPONENTIAL = {
  count: 8,
  sum: 20,
  min: 1,
  max: 8,
  scale: 0,
  zeroCount: 1,
  positive: { offset: 0, bucketCounts: [2, 2, 3] },
  negative: { offset: 0, bucketCounts: [] },
};

describe('golden lines', () => {
  test('of the schema with a measurement per metric, byte for byte', async () => {
    const { lines, drops } = await linesOf([
      resourceMetrics(
        [gauge('cpu.temp', 87.332, { attributes: { foo: 'bar' } })],
        { 'service.name': 'svc a' },
        { name: 'lib', version: '1.0' },
      ),
      counter('http_requests_total', 1027, {
        attributes: { method: 'post', code: '200' },
        startTime: [1_699_999_990, 0],
      }),
      LATENCY,
      gauge('my metric,a=b', 1, { attributes: { 'k=1': 'a,b c', dir: 'C:\\dir\\', nl: 'x\ny' } }),
      metric('exp', { dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM, value: EXPONENTIAL }),
      metric('summary', {
        dataPointType: DataPointType.SUMMARY,
        value: {
          count: 2,
          sum: 3.5,
          quantiles: [
            { quantile: 0.5, value: 1 },
            { quantile: 0.99, value: 2.5 },
          ],
        },
      }),
    ]);
    expect(drops).toEqual([]);
    golden(import.meta.url, 'telegraf-prometheus-v1.lp').bytes(`${lines.join('\n')}\n`);
  });

  test('of the schema with one measurement, byte for byte', async () => {
    const { lines } = await linesOf(
      [
        LATENCY,
        counter('requests', 3, { startTime: [1_699_999_990, 0], attributes: { code: 200 } }),
        gauge('time', 1),
        metric('summary', {
          dataPointType: DataPointType.SUMMARY,
          value: { count: 2, sum: 3.5, quantiles: [{ quantile: 0.5, value: 1 }] },
        }),
      ],
      { metrics_schema: 'telegraf-prometheus-v2' },
    );
    golden(import.meta.url, 'telegraf-prometheus-v2.lp').bytes(`${lines.join('\n')}\n`);
  });

  test('of the schema with unit and kind, byte for byte', async () => {
    const { lines, drops } = await linesOf(
      [
        metric('requests', {
          dataPointType: DataPointType.SUM,
          isMonotonic: true,
          unit: '1',
          value: 3,
          valueType: ValueType.INT,
        }),
        metric('level', {
          dataPointType: DataPointType.SUM,
          isMonotonic: false,
          aggregationTemporality: AggregationTemporality.DELTA,
          value: 1.5,
        }),
        LATENCY,
        gauge('temperature', 1),
      ],
      { metrics_schema: 'otel-v1' },
    );
    golden(import.meta.url, 'otel-v1.lp').bytes(`${lines.join('\n')}\n`);
    expect(drops).toMatchObject([{ dropped: { from: 3, to: 4 }, reason: 'unsupported' }]);
  });
});

describe('text', () => {
  test.each([
    ['my metric,a=b', 'my\\ metric\\,a=b'],
    ['#comment', '_comment'],
    ['a\nb\rc\td\0', 'a\\nb\\rc\\td'],
    ['back\\slash\\', 'back\\slash'],
    ['日本', '日本'],
  ])('the measurement %j is %s', (name, text) => {
    expect(measurementText(name)).toBe(text);
  });

  test.each<[Parameters<typeof tagValue>[0], string]>([
    ['a,b=c d', 'a\\,b\\=c\\ d'],
    [true, 'true'],
    [0.1, '0.1'],
    [-0, '0'],
    [1e21, '1e+21'],
    [Uint8Array.of(1, 2), 'AQI\\='],
    [[1, 'a'], '[1\\,"a"]'],
    [{ a: 1 }, '{"a":1}'],
    [null, ''],
    [9_223_372_036_854_775_807n, '9223372036854775807'],
    ['x'.repeat(5000), 'x'.repeat(4096)],
    [`${'x'.repeat(4095)}ä`, 'x'.repeat(4095)],
  ])('%#: tag values are text', (value, text) => {
    expect(tagValue(value)).toBe(text);
  });

  test('numbers are floats, and integers only where they are asked for', () => {
    expect([1e21, 5e-324, -0, 2 ** 53, 1n << 70n].map(floatText)).toEqual([
      '1e+21',
      '5e-324',
      '0',
      '9007199254740992',
      '1180591620717411303424',
    ]);
    expect([NaN, Infinity].map(floatText)).toEqual([undefined, undefined]);
    expect([3, -0, 1.5, 2n ** 63n, -(2n ** 63n)].map(integerText)).toEqual([
      '3i',
      '0i',
      undefined,
      undefined,
      '-9223372036854775808i',
    ]);
  });

  test('every finite number reads back as itself', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(readInfluxLine(`m v=${floatText(value)} 1`)?.fields['v']).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  test('whatever names and values say, every point is one line, and reads back', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('../', '\r\n', '%2f', '\nevil v=1 1', '\\', '\\ ', 'a\\,', '#', '"', '\ud800', 'time', 'gauge'),
    );
    await fc.assert(
      fc.asyncProperty(text, fc.dictionary(text, text, { maxKeys: 5 }), async (name, attributes) => {
        const { lines, drops } = await linesOf([resourceMetrics([gauge(name, 1, { attributes })], attributes)]);
        if (drops.length > 0) {
          expect(lines).toEqual([]);
          return;
        }
        expect(lines).toHaveLength(1);
        const point = readInfluxLine(lines[0] ?? '');
        expect(point).toMatchObject({ fields: { gauge: 1 }, time: 1_700_000_000_000_000_000n });
        const simple = /^[^\p{Cc}\\\ud800]+$/u;
        if (simple.test(name) && !name.startsWith('#')) expect(point?.measurement).toBe(name);
        for (const [key, value] of Object.entries(attributes)) {
          if (simple.test(key) && simple.test(value) && !/^(time|gauge)_?$/.test(key))
            expect(point?.tags[key]).toBe(value);
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each(['', '\0', '\\'])('a metric called %j is dropped', async (name) => {
    expect(measurementText(name)).toBe('');
    expect((await linesOf([gauge(name, 1)])).drops).toMatchObject([{ reason: 'invalid' }]);
  });

  test('a key of which nothing is left is left out', async () => {
    expect(keyText('\0')).toBe('');
    expect((await linesOf([gauge('m', 1, { attributes: { '\0': 'x', '': 'y' } })])).lines).toEqual([
      'm gauge=1 1700000000000000000',
    ]);
  });
});

describe('tags', () => {
  test('of points win over those of the scope, and those over the resource', async () => {
    const { lines } = await linesOf([
      resourceMetrics(
        [gauge('m', 1, { attributes: { a: 'point' } })],
        { a: 'resource', b: 'resource', c: 'resource' },
        {
          name: '',
          attributes: { a: 'scope', b: 'scope' },
        },
      ),
    ]);
    expect(lines).toEqual(['m,a=point,b=scope,c=resource gauge=1 1700000000000000000']);
  });

  test('with names that mean something else to InfluxDB get a _', async () => {
    const attributes = { time: 'x', _field: 'y', gauge: 'z', counter: 'c' };
    const { lines } = await linesOf([
      gauge('m', 1, { attributes }),
      counter('n', 1, { attributes: { counter: 'c', gauge: 'g' } }),
    ]);
    expect(lines).toEqual([
      'm,_field_=y,counter=c,gauge_=z,time_=x gauge=1 1700000000000000000',
      'n,counter_=c,gauge=g counter=1 1700000000000000000',
    ]);
  });

  test.each(['time', '_measurement', '_field', '_time', '_value', '_start', '_stop'])(
    'called %s get a _, since InfluxDB or Flux has a column of that name',
    async (name) => {
      const { lines } = await linesOf([resourceMetrics([gauge('m', 1)], { [name]: 'x' })]);
      expect(lines).toEqual([`m,${name}_=x gauge=1 1700000000000000000`]);
    },
  );

  const resource = { 'service.name': 's', 'process.pid': 7, 'telemetry.sdk.name': 'o', team: 't' };
  test.each<[unknown, string]>([
    [undefined, ',service.name=s,team=t'],
    [{ include: ['*'], exclude: [] }, ',process.pid=7,service.name=s,team=t,telemetry.sdk.name=o'],
    [{ include: ['service.*'] }, ',service.name=s,team=t'],
    [{ include: [], exclude: [] }, ',team=t'],
    [{ include: ['*'], exclude: ['*'] }, ',team=t'],
    [{ include: ['serviceXname', 's.*e', 'service?name'] }, ',team=t'],
  ])('of the resource by %j; those of tags stay', async (resource_attributes, tags) => {
    const block = { tags: { team: 'x' }, ...(resource_attributes !== undefined && { resource_attributes }) };
    const { lines } = await linesOf([resourceMetrics([gauge('m', 1)], resource)], block);
    expect(lines).toEqual([`m${tags} gauge=1 1700000000000000000`]);
  });

  test('and measurement take 64,000 bytes together, which leaves room for the key of the field', async () => {
    const { lines, drops } = await linesOf([gauge('n'.repeat(64_000), 1), gauge('n'.repeat(64_001), 1)]);
    expect(lines).toEqual([`${'n'.repeat(64_000)} gauge=1 1700000000000000000`]);
    expect(drops).toMatchObject([{ dropped: { from: 1, to: 2 }, reason: 'too_large' }]);
  });

  test('that are too long for InfluxDB cost the point only', async () => {
    const long = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`t${i}`, 'x'.repeat(4000)]));
    const { lines, drops } = await linesOf([gauge('m', 1, { attributes: long }), gauge('n', 1)]);
    expect(lines).toEqual(['n gauge=1 1700000000000000000']);
    expect(drops).toMatchObject([{ dropped: { from: 0, to: 1 }, reason: 'too_large' }]);
  });

  test('have the order of their keys, whatever order the points name them in', async () => {
    const { lines } = await linesOf([
      gauge('m', 1, { attributes: { a: '1', b: '2' }, endTime: [1, 0] }),
      gauge('m', 1, { attributes: { b: '2', a: '1' }, endTime: [2, 0] }),
      gauge('m', 1, { attributes: { b: '2', a: null }, endTime: [3, 0] }),
    ]);
    expect(lines).toEqual(['m,a=1,b=2 gauge=1 1000000000', 'm,a=1,b=2 gauge=1 2000000000', 'm,b=2 gauge=1 3000000000']);
  });
});

describe('times', () => {
  const at = (precision: string) => linesOf([gauge('m', 1, { endTime: [1_700_000_000, 123_456_789] })], { precision });

  test.each([
    ['ns', '1700000000123456789'],
    ['us', '1700000000123456'],
    ['ms', '1700000000123'],
    ['s', '1700000000'],
  ])('in %s lose their last digits', async (precision, time) => {
    expect((await at(precision)).lines).toEqual([`m gauge=1 ${time}`]);
  });

  test('that are missing are those of encoding; those after 2262 are dropped', async () => {
    const { lines, drops } = await linesOf([
      gauge('m', 1, { endTime: [0, 0] }),
      gauge('m', 1, { endTime: [9_223_372_037, 0] }),
      gauge('m', 1, { endTime: [0, 5] }),
    ]);
    expect(lines).toEqual(['m gauge=1 1700000001000000000', 'm gauge=1 5']);
    expect(drops).toMatchObject([{ dropped: { from: 1, to: 2 }, reason: 'invalid' }]);
  });

  test('below a unit are 0', async () => {
    expect((await linesOf([gauge('m', 1, { endTime: [0, 5] })], { precision: 's' })).lines).toEqual(['m gauge=1 0']);
  });
});

describe('values', () => {
  test.each([
    ['NaN', gauge('m', Number.NaN), 'invalid'],
    ['infinity', counter('m', Number.POSITIVE_INFINITY), 'invalid'],
    ['nothing', gauge('m', undefined), 'filtered'],
    ['no recorded value', gauge('m', 1, { flags: 1 }), 'filtered'],
    [
      'a histogram of too few counts',
      histogram('m', { buckets: { boundaries: [1, 2], counts: [1] }, count: 1 }),
      'invalid',
    ],
    ['falling bounds', histogram('m', { buckets: { boundaries: [2, 1], counts: [1, 1, 1] }, count: 3 }), 'invalid'],
  ])('%s costs the point only', async (_name, bad, reason) => {
    const { lines, drops } = await linesOf([bad, gauge('n', 1)]);
    expect(lines).toEqual(['n gauge=1 1700000000000000000']);
    expect(drops).toMatchObject([{ dropped: { from: 0, to: 1 }, reason }]);
  });

  test('of sums by kind: only what never falls is a counter', async () => {
    const sum = (isMonotonic: boolean, aggregationTemporality: number) =>
      metric('m', { dataPointType: DataPointType.SUM, isMonotonic, aggregationTemporality, value: 1 });
    const { lines } = await linesOf(
      [sum(true, 1), sum(false, 1), sum(true, 0), sum(false, 0)].map((one, i) => ({
        ...one,
        descriptor: { ...one.descriptor, name: `m${i}` },
      })),
    );
    expect(lines.map((line) => line.split(' ')[1])).toEqual(['counter=1', 'gauge=1', 'gauge=1', 'gauge=1']);
  });

  test('of integer instruments are integers when asked for, and then never anything else', async () => {
    const points = [
      metric('m', { value: 3, valueType: ValueType.INT }),
      metric('n', { value: 1.5, valueType: ValueType.INT }),
    ];
    const { lines, drops } = await linesOf(points, { integer_fields: true });
    expect(lines).toEqual(['m gauge=3i 1700000000000000000']);
    expect(drops).toMatchObject([{ reason: 'invalid' }]);
  });

  test.each([
    ['without an overflow bucket', { boundaries: [1, 2], counts: [1, 2] }, '+Inf=4,1=1,2=3,count=4'],
    ['with an infinite bound', { boundaries: [1, Number.POSITIVE_INFINITY], counts: [1, 3] }, '+Inf=4,1=1,count=4'],
    ['without buckets', { boundaries: [], counts: [] }, '+Inf=4,count=4'],
  ])('of histograms %s', async (_name, buckets, fields) => {
    expect((await linesOf([histogram('m', { buckets, count: 4 })])).lines).toEqual([`m ${fields} 1700000000000000000`]);
  });

  test.each([
    ['telegraf-prometheus-v1', 'm +Inf=3,0.0000001=1,2500000000000000000000=2,count=3 1700000000000000000'],
    ['telegraf-prometheus-v2', 'prometheus,le=0.0000001 m_bucket=1 1700000000000000000'],
    ['otel-v1', 'm__histogram count=3,cumulative_+Inf=1,cumulative_0.0000001=1,'],
  ])('bounds of %s are plain decimals, as the Collector and Telegraf write them', async (metrics_schema, expected) => {
    const tiny = histogram('m', { buckets: { boundaries: [1e-7, 2.5e21], counts: [1, 1, 1] }, count: 3 });
    const { lines } = await linesOf([tiny], { metrics_schema });
    expect(lines.join('\n')).toContain(expected);
    expect(lines.join('\n')).not.toMatch(/\de[-+]/);
  });

  test.each([
    ['buckets', ['+Inf=8', '1=1', '2=3', '4=5', '8=8']],
    ['quantiles', ['0.5=', '0.99=', 'scale=0', 'zero_count=1']],
  ])('of exponential histograms as %s', async (mode, fields) => {
    const exponential = metric('m', { dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM, value: EXPONENTIAL });
    for (const schema of ['telegraf-prometheus-v1', 'telegraf-prometheus-v2']) {
      const block = { exponential_histograms: mode, metrics_schema: schema };
      const { lines } = await linesOf([exponential], block);
      for (const line of lines) expect(readInfluxLine(line)).toBeDefined();
      if (schema.endsWith('v1')) for (const field of fields) expect(lines[0]).toContain(field);
    }
    expect((await linesOf([exponential], { exponential_histograms: 'drop' })).drops).toMatchObject([
      { reason: 'filtered' },
    ]);
  });
});

describe('requests', () => {
  test('hold a point of a series and time once: the later one', async () => {
    const { lines, drops, payloads } = await linesOf([
      gauge('m', 1, { attributes: { a: 'x' } }),
      gauge('m', 2, { attributes: { a: 'y' } }),
      gauge('m', 3, { attributes: { a: 'x' } }),
      gauge('m', 4, { attributes: { a: 'x' }, endTime: [2, 0] }),
      gauge('m', 5, { attributes: { a: 'x' }, endTime: [2, 0] }),
    ]);
    expect(lines).toEqual([
      'm,a=x gauge=3 1700000000000000000',
      'm,a=y gauge=2 1700000000000000000',
      'm,a=x gauge=5 2000000000',
    ]);
    expect(payloads).toMatchObject([{ items: [1, 2, 4], body: { owners: [2, 1, 4] } }]);
    expect(drops).toMatchObject([{ dropped: [0, 3], reason: 'invalid' }]);
  });

  test('know the owner of each of several lines', async () => {
    const { payloads } = await linesOf([LATENCY, gauge('n', 1)], { metrics_schema: 'telegraf-prometheus-v2' });
    expect(payloads[0]?.body.owners).toEqual([0, 0, 0, 0, 1]);
  });

  test.each([
    [0, 1],
    [1, 2],
  ])('hold max_request_bytes to the byte, the break between two lines included: %d less', async (less, requests) => {
    const points = ['ä', 'ö😀'].map((name) => gauge(name, 1));
    const { lines } = await linesOf(points);
    const bytes = Buffer.byteLength(lines.join('\n'));
    const { payloads } = await linesOf(points, { max_request_bytes: `${bytes - less}` });
    expect(payloads).toHaveLength(requests);
  });

  test('hold max_request_bytes at most, counted in UTF-8', async () => {
    const points = Array.from({ length: 400 }, (_, i) =>
      gauge('m', i, { attributes: { text: 'ä'.repeat(500) }, endTime: [TIME[0] + i, 0] }),
    );
    const { payloads, lines } = await linesOf(points, { max_request_bytes: '100kB' });
    expect(lines).toHaveLength(400);
    expect(payloads.length).toBeGreaterThan(3);
    for (const { body } of payloads) expect(Buffer.byteLength(body.body)).toBeLessThanOrEqual(100_000);
    const sizes = payloads.slice(0, -1).map(({ body }) => Buffer.byteLength(body.body));
    expect(Math.min(...sizes)).toBeGreaterThan(95_000);
  });

  test('leave out a point that alone is larger', async () => {
    const { drops, lines } = await linesOf([gauge('m', 1, { attributes: { a: 'x'.repeat(900) } }), gauge('n', 1)], {
      max_request_bytes: '500',
    });
    expect(lines).toEqual(['n gauge=1 1700000000000000000']);
    expect(drops).toMatchObject([{ reason: 'too_large' }]);
  });
});
