/**
 * What Prometheus must hold for given OpenTelemetry metrics, written down from its OTLP mapping and independent of the
 * exporter's code: names of the metrics in the tests, labels of the testkit's data, samples per point.
 */
import type { AttributeMap, DataPointRecord, HrTime, MetricRecord, ResourceMetricsRecord } from '@telemetryflow/otlp';
import type { Labels, StoredBucket } from './prometheus-read.ts';

/** One sample or native histogram of one series. */
export interface ExpectedSample {
  readonly labels: Labels;
  readonly ms: number;
  readonly value: number | { readonly count: number; readonly sum: number; readonly buckets: readonly StoredBucket[] };
}

/** Names as Prometheus' own OTLP endpoint forms them. */
const TESTKIT_NAMES: Readonly<Record<string, string>> = {
  'test.gauge.int': 'test_gauge_int_ratio',
  'test.gauge.double': 'test_gauge_double_ratio',
  'test.counter.int': 'test_counter_int_bytes_total',
  'test.counter.double': 'test_counter_double_bytes_total',
  'test.updown.int': 'test_updown_int_seconds',
  'test.updown.double': 'test_updown_double_seconds',
  'test.histogram.int': 'test_histogram_int_seconds',
  'test.histogram.double': 'test_histogram_double_seconds',
  'test.exponential_histogram.int': 'test_exponential_histogram_int_seconds',
  'test.exponential_histogram.double': 'test_exponential_histogram_double_seconds',
  'test.summary.int': 'test_summary_int_seconds',
  'test.summary.double': 'test_summary_double_seconds',
};

const UNIT_WORDS: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes' };

/** Host metrics have plain dotted names, so three rules give their Prometheus names. */
function hostName(metric: MetricRecord): string {
  const base = metric.descriptor.name.replaceAll('.', '_') + (UNIT_WORDS[metric.descriptor.unit] ?? '');
  if (metric.dataPointType === 3 && metric.isMonotonic) return `${base}_total`;
  return metric.dataPointType === 2 && metric.descriptor.unit === '1' ? `${base}_ratio` : base;
}

/** Label texts of the testkit's odd values; what is empty is no label. */
const TYPES: Labels = {
  string: 'text',
  boolean_true: 'true',
  boolean_false: 'false',
  zero: '0',
  integer: '42',
  negative: '-7',
  max_safe: '9007199254740991',
  int64_max: '9223372036854775807',
  int64_min: '-9223372036854775808',
  double: '3.25',
  tiny: '5e-324',
  huge: '1.7976931348623157e+308',
  bytes: 'AAF/gP8=',
  strings: '["a","b",""]',
  numbers: '[1,2.5,-3]',
  booleans: '[true,false]',
  mixed: '["a",1,true,null,["nested","2"]]',
  empty_array: '[]',
  map: '{"key":"value","deeper":{"deepest":[1,{"end":true}]}}',
  empty_map: '{}',
  integral_double: '1',
};
const NON_FINITE: Labels = {
  non_finite_0: 'NaN',
  non_finite_1: 'Infinity',
  non_finite_2: '-Infinity',
  non_finite_3: '0',
  non_finite_array: '["NaN","Infinity","-Infinity",0]',
};
const ODD_KEYS: Labels = { ________quoted_: 'odd key', lone___key: 'odd key' };

function labelsOf(attributes: AttributeMap): Labels {
  if ('int64_max' in attributes) return { item_id: String(attributes['item.id']), ...TYPES };
  if ('non_finite.array' in attributes) return { item_id: String(attributes['item.id']), ...NON_FINITE };
  const odd = 'odd.0' in attributes;
  const plain: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes)) {
    const isOddKey = odd && !/^[a-z0-9._]+$/.test(key);
    if (!isOddKey && value !== '') plain[key.replaceAll('.', '_')] = String(value).toWellFormed();
  }
  return odd ? { ...plain, ...ODD_KEYS } : plain;
}

const ms = ([seconds, nanoseconds]: HrTime): number => seconds * 1000 + Math.floor(nanoseconds / 1e6);
const bound = (value: number): string => (value === Number.POSITIVE_INFINITY ? '+Inf' : String(value));

/** Every sample of every point, with the labels `shared` on each series. */
export function expectedSamples(records: readonly ResourceMetricsRecord[], shared: Labels): ExpectedSample[] {
  return records.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.flatMap((metric) => {
        const name = TESTKIT_NAMES[metric.descriptor.name] ?? hostName(metric);
        const scopeLabels = {
          otel_scope_name: scope.name,
          ...(scope.version !== undefined && { otel_scope_version: scope.version }),
        };
        return pointsOf(metric, name, { ...shared, ...scopeLabels });
      }),
    ),
  );
}

function pointsOf(metric: MetricRecord, name: string, shared: Labels): ExpectedSample[] {
  const at = (point: DataPointRecord<unknown>, suffix: string, value: ExpectedSample['value'], extra: Labels = {}) => ({
    labels: { ...shared, ...labelsOf(point.attributes), ...extra, __name__: name + suffix },
    ms: ms(point.endTime),
    value,
  });
  switch (metric.dataPointType) {
    case 2:
    case 3:
      return metric.dataPoints.map((point) => at(point, '', Number(point.value)));
    case 0:
      return metric.dataPoints.flatMap((point) => {
        const { buckets, count, sum } = point.value;
        const bounds = [...buckets.boundaries, Number.POSITIVE_INFINITY];
        let total = 0;
        const cumulative = bounds.map((le, i) => {
          total += Number(buckets.counts[i]);
          return at(point, '_bucket', total, { le: bound(le) });
        });
        return [...cumulative, at(point, '_count', Number(count)), at(point, '_sum', Number(sum))];
      });
    case 1:
      return metric.dataPoints.map((point) => {
        const { count, sum, scale, zeroCount, zeroThreshold = 0, positive, negative } = point.value;
        const edge = (index: number): number => 2 ** (index * 2 ** -scale);
        const range = (offset: number, counts: readonly (number | bigint)[]) =>
          counts.map((n, i) => ({ low: edge(offset + i), high: edge(offset + i + 1), count: Number(n) }));
        const buckets = [
          ...range(negative.offset, negative.bucketCounts).map((b) => ({ ...b, low: -b.high, high: -b.low })),
          { low: -zeroThreshold, high: zeroThreshold, count: Number(zeroCount) },
          ...range(positive.offset, positive.bucketCounts),
        ].filter((b) => b.count > 0);
        return at(point, '', { count: Number(count), sum: Number(sum), buckets });
      });
    case 4:
      return metric.dataPoints.flatMap((point) => [
        ...point.value.quantiles.map(({ quantile, value }) => at(point, '', value, { quantile: String(quantile) })),
        at(point, '_count', Number(point.value.count)),
        at(point, '_sum', point.value.sum),
      ]);
  }
}

/** What the server makes of arrays, maps and numbers by itself, and the zero bucket, whose width OTLP loses there. */
export function madeByServer(sample: ExpectedSample): ExpectedSample {
  const { labels, value } = sample;
  const texts: Record<string, string> = {
    ...('mixed' in labels && { mixed: '["a",1,true,null,["nested",2]]' }),
    ...('map' in labels && { map: '{"deeper":{"deepest":[1,{"end":true}]},"key":"value"}' }),
    ...('non_finite_3' in labels && { non_finite_3: '-0' }),
  };
  if (typeof value === 'number') return { ...sample, labels: { ...labels, ...texts } };
  const buckets = value.buckets.map((each) =>
    each.low === -each.high ? { ...each, low: -1e-128, high: 1e-128 } : each,
  );
  return { ...sample, labels: { ...labels, ...texts }, value: { ...value, buckets } };
}
