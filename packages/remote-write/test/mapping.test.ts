import { describe, expect, test } from '@jest/globals';
import {
  AggregationTemporality,
  type AttributeMap,
  type DataPointRecord,
  type ExemplarRecord,
  type MetricRecord,
  type ResourceMetricsRecord,
} from '@telemetryflow/otlp';
import {
  type MetricsDrop,
  type MetricsEncodeContext,
  MetricsEncoder,
  type MetricsEncoderOptions,
  type MetricsRequest,
} from '@telemetryflow/remote-write';
import { deepFreeze } from '@telemetryflow/testkit';
import { type DecodedSeries, decodeV1, decodeV2 } from './proto.ts';

const NOW = 1_700_000_000_000;
const OPTIONS: MetricsEncoderOptions = {
  translation: 'UnderscoreEscapingWithSuffixes',
  externalLabels: {},
  resourceToLabels: [],
  targetInfo: false,
  scopeLabels: false,
  jobName: '',
  maxLabelValueLength: 0,
  histograms: 'classic',
  exponentialHistograms: 'native',
  sendExemplars: true,
  namespace: '',
  sendMetadata: false,
  maxSamples: 2000,
  maxBytes: 3_000_000,
};
const RESOURCE = {
  'service.name': 'checkout',
  'service.namespace': 'shop',
  'service.instance.id': 'i-1',
  'host.name': 'h1',
};

type Options = Partial<MetricsEncoderOptions>;
type Point = Partial<DataPointRecord<unknown>>;

function metric(
  kind: 'gauge' | 'sum' | 'updown' | 'histogram' | 'exponential' | 'summary',
  name: string,
  points: Point[],
  unit = '',
): MetricRecord {
  const dataPointType = { histogram: 0, exponential: 1, gauge: 2, sum: 3, updown: 3, summary: 4 }[kind];
  return {
    descriptor: { name, unit, description: `About ${name}.`, valueType: 1 },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType,
    ...(dataPointType === 3 ? { isMonotonic: kind === 'sum' } : {}),
    dataPoints: points.map((p) => ({
      startTime: [NOW / 1000 - 60, 0],
      endTime: [NOW / 1000, 0],
      attributes: {},
      ...p,
    })),
  } as MetricRecord;
}

function batch(metrics: MetricRecord[], resource: AttributeMap = {}): ResourceMetricsRecord[] {
  const scope = { name: 'lib', version: '1.2', attributes: { 'a.b': 1 }, schemaUrl: 'https://schema' };
  return deepFreeze([{ resource: { attributes: resource }, scopeMetrics: [{ scope, metrics }] }]);
}

interface Encoded {
  requests: MetricsRequest[];
  drops: Record<string, readonly number[]>;
  series: DecodedSeries[];
}

function run(
  encoder: MetricsEncoder,
  records: ResourceMetricsRecord[],
  context: Partial<MetricsEncodeContext> = {},
): Encoded {
  const requests: MetricsRequest[] = [];
  const drops: Record<string, readonly number[]> = {};
  for (const next of encoder.encode(records, { nowMs: NOW, version: 1, classicOnly: false, ...context })) {
    if (next === undefined) continue;
    if ('dropped' in next) drops[(next as MetricsDrop).refusal] = next.dropped;
    else requests.push(next);
  }
  const decode = context.version === 2 ? decodeV2 : decodeV1;
  return { requests, drops, series: requests.flatMap((r) => decode(r.bytes).series) };
}

function encode(
  records: ResourceMetricsRecord[],
  options: Options = {},
  context: Partial<MetricsEncodeContext> = {},
): Encoded {
  return run(new MetricsEncoder({ ...OPTIONS, ...options }), records, context);
}

/** `{name}{labels} value` of every series, sorted. */
function lines(series: readonly DecodedSeries[]): string[] {
  return series
    .map(({ labels: { __name__, ...labels }, samples }) => {
      const text = Object.entries(labels).map(([k, v]) => `${k}=${v}`);
      return `${__name__}{${text.join(',')}} ${samples.map((s) => s.value).join(' ')}`;
    })
    .sort();
}

describe('resources and scopes', () => {
  const sum = metric('sum', 'http.server.requests', [{ value: 42, attributes: { 'http.method': 'GET' } }], '{request}');

  test('job and instance identify the target, the rest is in target_info', () => {
    expect(lines(encode(batch([sum], RESOURCE), { targetInfo: true }).series)).toEqual([
      'http_server_requests_total{http_method=GET,instance=i-1,job=shop/checkout} 42',
      'target_info{host_name=h1,instance=i-1,job=shop/checkout} 1',
    ]);
  });

  test('there is no target_info without identity or without other attributes', () => {
    const only = { 'service.name': 'a' };
    expect(encode(batch([sum], only), { targetInfo: true }).series).toHaveLength(1);
    expect(encode(batch([sum], { 'host.name': 'h' }), { targetInfo: true }).series).toHaveLength(1);
    expect(encode(batch([sum], { 'host.name': 'h' }), { targetInfo: true, jobName: 'agent' }).series).toHaveLength(2);
  });

  test('target_info repeats over a long span and never goes back in time', () => {
    const encoder = new MetricsEncoder({ ...OPTIONS, targetInfo: true });
    const at = (seconds: number) =>
      metric('gauge', 'g', [{ value: 1, endTime: [Math.floor(NOW / 1000 + seconds), (seconds % 1) * 1e9] }]);
    const info = (records: ResourceMetricsRecord[]) =>
      run(encoder, records)
        .series.find((s) => s.labels['__name__'] === 'target_info')
        ?.samples.map((s) => s.timestamp - NOW);
    expect(info(batch([at(0), at(400)], RESOURCE))).toEqual([-50_000, 100_000, 250_000, 400_000]);
    expect(info(batch([at(399)], RESOURCE))).toBeUndefined();
    expect(info(batch([at(500), at(400.5)], RESOURCE))).toEqual([500_000]);
  });

  test('target_info is not in the pieces of a refused request, but in the one of another version', () => {
    const encoder = new MetricsEncoder({ ...OPTIONS, targetInfo: true });
    const records = batch([sum], RESOURCE);
    const names = (version: 1 | 2) => run(encoder, records, { version }).series.map((s) => s.labels['__name__']);
    expect(names(2)).toContain('target_info');
    expect(names(2)).not.toContain('target_info');
    expect(names(1)).toContain('target_info');
    expect(names(1)).not.toContain('target_info');
  });

  test('scope labels, promoted and external labels keep their rank', () => {
    const attributes = { env: 'point', otel_scope_name: 'mine', job: 'mine' };
    const gauge = metric('gauge', 'g', [{ value: 1, attributes }]);
    const { series } = encode(batch([gauge], { ...RESOURCE, env: 'resource', region: 'r' }), {
      scopeLabels: true,
      resourceToLabels: ['env', 'region'],
      externalLabels: { env: 'external', region: 'external', 'my.cluster': 'c', empty: '' },
    });
    expect(series[0]?.labels).toEqual({
      __name__: 'g',
      env: 'point',
      region: 'r',
      my_cluster: 'c',
      job: 'shop/checkout',
      instance: 'i-1',
      otel_scope_name: 'lib',
      otel_scope_version: '1.2',
      otel_scope_schema_url: 'https://schema',
      otel_scope_a_b: '1',
    });
    expect(series[0]?.labelNames).toEqual([...(series[0]?.labelNames ?? [])].sort());
  });
});

describe('label values', () => {
  test('every attribute type has a text', () => {
    const attributes = {
      bool: true,
      int: 7,
      big: 2n ** 60n,
      double: 1e-7,
      bytes: new Uint8Array([1, 2]),
      list: [1, 'a', null, 5n],
      map: { x: 1 },
      empty: '',
      nothing: null,
      __name__: 'no',
      '...': 'no',
    };
    expect(encode(batch([metric('gauge', 'g', [{ value: 1, attributes }])])).series[0]?.labels).toEqual({
      __name__: 'g',
      bool: 'true',
      int: '7',
      big: '1152921504606846976',
      double: '1e-7',
      bytes: 'AQI=',
      list: '[1,"a",null,"5"]',
      map: '{"x":1}',
    });
  });

  test('keys that become the same name are joined in the order of the keys', () => {
    const attributes = { k8s_pod_name: 'b', 'k8s.pod.name': 'a' };
    expect(encode(batch([metric('gauge', 'g', [{ value: 1, attributes }])])).series[0]?.labels['k8s_pod_name']).toBe(
      'a;b',
    );
  });

  test('long values are cut between code points when asked', () => {
    const attributes = { a: 'x\u{1F600}y' };
    const { series } = encode(batch([metric('gauge', 'g', [{ value: 1, attributes }])]), { maxLabelValueLength: 2 });
    expect(series[0]?.labels['a']).toBe('x\u{1F600}');
  });
});

describe('points', () => {
  test('an explicit histogram becomes cumulative buckets, sum and count', () => {
    const value = { buckets: { boundaries: [0.1, 1], counts: [1, 2, 3] }, sum: 4.5, count: 6, min: 0, max: 9 };
    expect(lines(encode(batch([metric('histogram', 'd', [{ value }], 's')])).series)).toEqual([
      'd_seconds_bucket{le=+Inf} 6',
      'd_seconds_bucket{le=0.1} 1',
      'd_seconds_bucket{le=1} 3',
      'd_seconds_count{} 6',
      'd_seconds_sum{} 4.5',
    ]);
  });

  test('without sum, without boundaries, or with a wrong count it still adds up', () => {
    const value = { buckets: { boundaries: [], counts: [] }, count: 6 };
    expect(lines(encode(batch([metric('histogram', 'd', [{ value }])])).series)).toEqual([
      'd_bucket{le=+Inf} 6',
      'd_count{} 6',
    ]);
    const wrong = { buckets: { boundaries: [1], counts: [1, 2] }, count: 99, sum: 1 };
    expect(lines(encode(batch([metric('histogram', 'd', [{ value: wrong }])])).series)).toContain('d_count{} 3');
  });

  test('an exponential histogram goes natively in a request of its own, or as powers of two', () => {
    const value = {
      count: 4,
      sum: 7,
      scale: 1,
      zeroCount: 1,
      positive: { offset: 0, bucketCounts: [1, 0, 2] },
      negative: { offset: 0, bucketCounts: [] },
    };
    const records = batch([metric('exponential', 'e', [{ value }]), metric('gauge', 'g', [{ value: 1 }])]);
    const native = encode(records);
    expect(native.requests.map((r) => [r.native, r.items, r.samples, r.histograms])).toEqual([
      [true, [0], 0, 1],
      [false, [1], 1, 0],
    ]);
    expect(native.series[0]?.histograms[0]).toMatchObject({ schema: 1, countInt: 4, zeroCountInt: 1 });
    const classic = encode(records, {}, { classicOnly: true });
    expect(lines(classic.series)).toEqual([
      'e_bucket{le=+Inf} 4',
      'e_bucket{le=0} 1',
      'e_bucket{le=1} 1',
      'e_bucket{le=2} 2',
      'e_bucket{le=4} 4',
      'e_count{} 4',
      'e_sum{} 7',
      'g{} 1',
    ]);
    expect(encode(records, { exponentialHistograms: 'drop' }).drops).toEqual({ exponential_histograms_dropped: [0] });
  });

  test('custom buckets go by 2.0 only', () => {
    const value = { buckets: { boundaries: [1], counts: [1, 2] }, count: 3, sum: 4 };
    const records = batch([metric('histogram', 'd', [{ value }])]);
    expect(encode(records, { histograms: 'nhcb' }, { version: 2 }).series[0]?.histograms[0]).toMatchObject({
      schema: -53,
    });
    expect(encode(records, { histograms: 'nhcb' }, { version: 1 }).series[0]?.histograms).toEqual([]);
  });

  test('a summary becomes quantiles, sum and count', () => {
    const value = { count: 3, sum: 6, quantiles: [{ quantile: 0.99, value: 2.5 }] };
    expect(lines(encode(batch([metric('summary', 's', [{ value }])])).series)).toEqual([
      's_count{} 3',
      's_sum{} 6',
      's{quantile=0.99} 2.5',
    ]);
  });

  test('start times and metadata travel in 2.0, metadata once a minute in 1.0', () => {
    const records = batch([metric('sum', 'c', [{ value: 2n ** 53n }], 'By'), metric('updown', 'u', [{ value: -1 }])]);
    const { series } = encode(records, { sendMetadata: true }, { version: 2 });
    expect(series.map((s) => s.metadata)).toEqual([
      { type: 'COUNTER', help: 'About c.', unit: 'bytes' },
      { type: 'GAUGE', help: 'About u.', unit: '' },
    ]);
    expect(series.map((s) => s.samples[0])).toEqual([
      { value: 2 ** 53, timestamp: NOW, startTimestamp: NOW - 60_000 },
      { value: -1, timestamp: NOW },
    ]);
    const encoder = new MetricsEncoder({ ...OPTIONS, sendMetadata: true });
    const described = (nowMs: number) =>
      run(encoder, records, { nowMs }).requests.flatMap((r) => decodeV1(r.bytes).metadata.length);
    expect([described(NOW), described(NOW), described(NOW + 1000), described(NOW + 60_000)]).toEqual([
      [2],
      [2],
      [0],
      [2],
    ]);
  });

  test('a point without recorded value ends all its series', () => {
    const encoder = new MetricsEncoder(OPTIONS);
    const value = { buckets: { boundaries: [1], counts: [1, 2] }, count: 3, sum: 4 };
    run(encoder, batch([metric('histogram', 'd', [{ value }])]));
    const gone = {
      value: { buckets: { boundaries: [], counts: [] }, count: 0 },
      flags: 1,
      endTime: [NOW / 1000 + 1, 0] as const,
    };
    const { requests, series } = run(
      encoder,
      batch([metric('histogram', 'd', [gone]), metric('sum', 'c', [{ value: undefined, flags: 1 }])]),
    );
    expect(series.map((s) => s.labels['__name__']).sort()).toEqual([
      'c_total',
      'd_bucket',
      'd_bucket',
      'd_count',
      'd_sum',
    ]);
    const markers =
      Buffer.from(requests[0]?.bytes ?? [])
        .toString('hex')
        .split('09020000000000f07f').length - 1;
    expect(markers).toBe(5);
  });

  test('exemplars go with the counter and with the bucket that holds their value', () => {
    const exemplar = (value: number, filteredAttributes: AttributeMap = {}): ExemplarRecord => ({
      time: [NOW / 1000 - 1, 0],
      value,
      filteredAttributes,
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
    });
    const value = { buckets: { boundaries: [1, 2], counts: [0, 1, 1] }, count: 2, sum: 9 };
    const records = batch([
      metric('sum', 'c', [{ value: 1, exemplars: [exemplar(1, { 'user.id': 7, long: 'x'.repeat(200) })] }]),
      metric('histogram', 'd', [{ value, exemplars: [exemplar(1.5), exemplar(7)] }]),
      metric('gauge', 'g', [{ value: 1, exemplars: [exemplar(1)] }]),
    ]);
    const found = encode(records).series.filter((s) => s.exemplars.length > 0);
    expect(found.map((s) => [s.labels['__name__'], s.labels['le'], s.exemplars.map((e) => e.value)])).toEqual([
      ['c_total', undefined, [1]],
      ['d_bucket', '2', [1.5]],
      ['d_bucket', '+Inf', [7]],
    ]);
    expect(found[0]?.exemplars[0]?.labels).toEqual({ trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16), user_id: '7' });
    expect(encode(records, { sendExemplars: false }).series.every((s) => s.exemplars.length === 0)).toBe(true);
  });

  test.each([
    [64, true],
    [65, false],
  ])('an exemplar takes an attribute of %d characters up to 128 code points in all: %s', (length, kept) => {
    // Names and values of trace_id and span_id are 63 of them, the name of the attribute is one.
    const exemplar = {
      time: [NOW / 1000, 0] as const,
      value: 1,
      filteredAttributes: { k: '\u{1f600}'.repeat(length) },
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
    };
    const { series } = encode(batch([metric('sum', 'c', [{ value: 1, exemplars: [exemplar] }])]));
    const [found] = series.flatMap(({ exemplars }) => exemplars);
    expect(Object.keys(found?.labels ?? {})).toEqual(kept ? ['trace_id', 'span_id', 'k'] : ['trace_id', 'span_id']);
  });

  test('a missing time is the time of the export; NaN and infinity are values', () => {
    const points = [
      { value: Number.NaN, endTime: [0, 0] as const, attributes: { a: 1 } },
      { value: Number.NEGATIVE_INFINITY, attributes: { a: 2 } },
    ];
    expect(encode(batch([metric('gauge', 'g', points)])).series.map((s) => s.samples[0])).toEqual([
      { value: Number.NaN, timestamp: NOW },
      { value: Number.NEGATIVE_INFINITY, timestamp: NOW },
    ]);
  });
});

describe('the books', () => {
  test('what cannot be sent is dropped with its reason', () => {
    const value = { buckets: { boundaries: [1], counts: [1] }, count: 1, sum: 1 };
    const low = {
      count: 0,
      sum: 0,
      scale: -5,
      zeroCount: 0,
      positive: { offset: 0, bucketCounts: [] },
      negative: { offset: 0, bucketCounts: [] },
    };
    const records = batch([
      metric('gauge', '...', [{ value: 1 }]),
      metric('gauge', 'future', [{ value: 1, endTime: [NOW / 1000 + 601, 0] }]),
      metric('gauge', 'none', [{ value: undefined }]),
      metric('histogram', 'bad', [{ value }]),
      metric('exponential', 'low', [{ value: low }]),
      metric('exponential', 'sumless', [{ value: { ...low, scale: 0, sum: undefined } }]),
      { ...metric('sum', 'delta', [{ value: 1 }]), aggregationTemporality: AggregationTemporality.DELTA },
      { ...metric('sum', 'unspecified', [{ value: 1 }]), otlpTemporality: 0 },
      metric('gauge', 'fine', [{ value: 1 }]),
    ]);
    const { drops, requests } = encode(records);
    expect(drops).toEqual({
      empty_name: [0],
      too_far_in_the_future: [1],
      no_value: [2],
      malformed_histogram: [3],
      scale_too_low: [4],
      missing_sum: [5],
      delta: [6],
      temporality_unspecified: [7],
    });
    expect(requests.map((r) => r.items)).toEqual([[8]]);
  });

  test('of two points of one series and time the last is sent and the other dropped', () => {
    const histogram = (counts: number[]) => ({ value: { buckets: { boundaries: [1], counts }, count: 3, sum: 4 } });
    const records = batch([
      metric('gauge', 'g', [{ value: 1 }, { value: 2 }, { value: 0, endTime: [NOW / 1000 - 5, 0] }]),
      metric('histogram', 'd', [histogram([1, 2]), histogram([0, 3])]),
    ]);
    const { drops, requests, series } = encode(records);
    expect(drops).toEqual({ duplicate_timestamp: [0, 3] });
    expect(requests[0]?.items).toEqual([1, 2, 4]);
    expect(series[0]?.samples.map((s) => s.value)).toEqual([0, 2]);
    expect(lines(series)).toContain('d_bucket{le=1} 0');
  });

  test('requests keep to the limit of samples and bytes, and a point stays in one piece', () => {
    const value = { buckets: { boundaries: [1, 2, 3], counts: [1, 1, 1, 1] }, count: 4, sum: 4 };
    const points = Array.from({ length: 10 }, (_, i) => ({ value, attributes: { i } }));
    const records = batch([metric('histogram', 'd', points)]);
    const { requests } = encode(records, { maxSamples: 15 });
    expect(requests.map((r) => [r.samples, r.items.length])).toEqual(Array(5).fill([12, 2]));
    const small = encode(records, { maxBytes: 1500 });
    expect(small.requests.length).toBeGreaterThan(3);
    for (const request of small.requests) expect(request.bytes.length).toBeLessThanOrEqual(1500);
    expect(small.requests.flatMap((r) => r.items)).toEqual(Array.from(points.keys()));
    expect(encode(records, { maxBytes: 300 }).drops).toEqual({ larger_than_a_request: Array.from(points.keys()) });
  });

  test('series that may share labels share a shard; targets spread over shards', () => {
    const gauge = metric('gauge', 'g', [{ value: 1 }]);
    const of = (instance: string) => batch([gauge], { 'service.name': 's', 'service.instance.id': instance });
    const records = ['1', '2', '3', '4', '5', '6', '7', '8'].flatMap(of);
    const { requests } = encode([...records, ...records]);
    expect(new Set(requests.map((r) => r.key)).size).toBeGreaterThan(1);
    expect(requests.length).toBe(new Set(requests.map((r) => r.key)).size);
    expect(encode([...records, ...records]).drops['duplicate_timestamp']).toHaveLength(8);
  });

  test('the loop is given back every 256 points', () => {
    const points = Array.from({ length: 600 }, (_, i) => ({ value: i, attributes: { i } }));
    const encoder = new MetricsEncoder(OPTIONS);
    const found = [
      ...encoder.encode(batch([metric('gauge', 'g', points)]), { nowMs: NOW, version: 1, classicOnly: false }),
    ];
    expect(found.filter((f) => f === undefined)).toHaveLength(2);
  });

  test('what is remembered stays bounded and changes nothing', () => {
    const encoder = new MetricsEncoder({ ...OPTIONS, maxSeries: 3 });
    for (let round = 0; round < 4; round++) {
      const points = Array.from({ length: 5 }, (_, i) => ({
        value: i,
        attributes: { i: i + round },
        endTime: [NOW / 1000 + round, 0] as const,
      }));
      expect(lines(run(encoder, batch([metric('gauge', 'g', points)])).series)).toEqual(
        points.map((p) => `g{i=${p.attributes.i}} ${p.value}`),
      );
    }
  });
});

describe('at the end', () => {
  test('every series a query would still show gets a stale marker', () => {
    const encoder = new MetricsEncoder({ ...OPTIONS, targetInfo: true });
    const value = { buckets: { boundaries: [1], counts: [1, 2] }, count: 3, sum: 4 };
    run(encoder, batch([metric('gauge', 'g', [{ value: 1 }]), metric('histogram', 'd', [{ value }])], RESOURCE));
    run(encoder, batch([metric('gauge', 'old', [{ value: 1, endTime: [NOW / 1000 - 900, 0] }])], RESOURCE));
    const requests = [...encoder.stale({ nowMs: NOW + 1000, version: 1, classicOnly: false })];
    const series = requests.flatMap((r) => decodeV1(r.bytes).series);
    expect(series.map((s) => s.labels['__name__']).sort()).toEqual([
      'd_bucket',
      'd_bucket',
      'd_count',
      'd_sum',
      'g',
      'target_info',
    ]);
    expect(series.every((s) => s.samples[0]?.timestamp === NOW + 1000 && Number.isNaN(s.samples[0].value))).toBe(true);
    expect(requests.flatMap((r) => r.items)).toEqual([]);
  });
});
