/** Makes metrics. */
import {
  AggregationTemporality,
  type DataPointRecord,
  DataPointType,
  type ExemplarRecord,
  type MetricRecord,
  type ResourceMetricsRecord,
  ValueType,
} from '@telemetryflow/otlp';
import { attributesFor, NON_FINITE, varietyOf } from './attributes.ts';
import { type DataOptions, hrTime, spanIdOf, TEST_RESOURCE, TEST_SCOPE, timeOf, traceIdOf } from './resource.ts';

/** Every kind of metric; `counter` is a monotonic sum, `updown` one that is not. */
export type MetricKind = 'gauge' | 'counter' | 'updown' | 'histogram' | 'exponential_histogram' | 'summary';

/**
 * All of {@link MetricKind}.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { METRIC_KINDS, type MetricKind, metrics } from '@telemetryflow/testkit';
 *
 * const made = METRIC_KINDS.flatMap((kind: MetricKind) => metrics(1, { kinds: [kind], variety: 'plain' }));
 * const names = made.map(({ scopeMetrics }) => scopeMetrics[0]?.metrics[0]?.descriptor.name);
 * assert.deepEqual(
 *   names,
 *   METRIC_KINDS.map((kind) => `test.${kind}.int`),
 * );
 * ```
 */
export const METRIC_KINDS: readonly MetricKind[] = [
  'gauge',
  'counter',
  'updown',
  'histogram',
  'exponential_histogram',
  'summary',
];

export interface MetricOptions extends DataOptions {
  /** Kinds to make, in turn; default: gauges for `plain`, else all. */
  readonly kinds?: readonly MetricKind[];
  /** Default `cumulative`. */
  readonly temporality?: 'cumulative' | 'delta';
}

/**
 * `n` data points with unique item ids, of one resource: one metric per kind and per number type.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { AggregationTemporality } from '@telemetryflow/otlp';
 * import { type MetricOptions, metrics } from '@telemetryflow/testkit';
 *
 * const options: MetricOptions = { kinds: ['counter'], temporality: 'delta', variety: 'plain' };
 * const [resource] = metrics(3, options);
 * const [counter] = resource?.scopeMetrics[0]?.metrics ?? [];
 * assert.equal(counter?.descriptor.name, 'test.counter.int');
 * assert.equal(counter?.aggregationTemporality, AggregationTemporality.DELTA);
 * ```
 */
export function metrics(n: number, options: MetricOptions = {}): ResourceMetricsRecord[] {
  const from = options.from ?? 0;
  const kinds = options.kinds ?? (options.variety === 'plain' ? ['gauge'] : METRIC_KINDS);
  const groups = new Map<string, { kind: MetricKind; integer: boolean; indices: number[] }>();
  for (let i = from; i < from + n; i++) {
    const kind = kinds[i % kinds.length] ?? 'gauge';
    const integer = Math.floor(i / kinds.length) % 2 === 0 && varietyOf(options.variety ?? 'all', i) !== 'non_finite';
    const name = `test.${kind}.${integer ? 'int' : 'double'}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { kind, integer, indices: [i] });
    else group.indices.push(i);
  }
  const made = [...groups].map(([name, group]) => metric(name, group.kind, group.integer, group.indices, options));
  return [{ resource: options.resource ?? TEST_RESOURCE, scopeMetrics: [{ scope: TEST_SCOPE, metrics: made }] }];
}

function metric(
  name: string,
  kind: MetricKind,
  integer: boolean,
  indices: readonly number[],
  options: MetricOptions,
): MetricRecord {
  const base = {
    descriptor: {
      name,
      description: `Made by the testkit: ${kind.replaceAll('_', ' ')}.`,
      unit: kind === 'gauge' ? '1' : kind === 'counter' ? 'By' : 's',
      valueType: integer ? ValueType.INT : ValueType.DOUBLE,
    },
    aggregationTemporality:
      options.temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
  };
  const exemplars = kind !== 'gauge' && kind !== 'summary';
  const points = <V>(value: (index: number) => V): DataPointRecord<V>[] =>
    indices.map((index) => point(index, options, value(index), exemplars));
  switch (kind) {
    case 'gauge':
      return { ...base, dataPointType: DataPointType.GAUGE, dataPoints: points(numberOf(options, integer)) };
    case 'counter':
    case 'updown':
      return {
        ...base,
        dataPointType: DataPointType.SUM,
        isMonotonic: kind === 'counter',
        dataPoints: points(numberOf(options, integer)),
      };
    case 'histogram':
      return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints: points(histogramOf) };
    case 'exponential_histogram':
      return {
        ...base,
        dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
        dataPoints: points(exponentialHistogramOf),
      };
    case 'summary':
      return { ...base, dataPointType: DataPointType.SUMMARY, dataPoints: points(summaryOf) };
  }
}

function point<V>(index: number, options: MetricOptions, value: V, exemplars: boolean): DataPointRecord<V> {
  const ms = timeOf(options, index);
  return {
    startTime: hrTime(ms - 60_000),
    endTime: hrTime(ms, 789),
    attributes: attributesFor(options.variety ?? 'all', index),
    value,
    ...(exemplars && index % 2 === 0 ? { exemplars: [exemplar(index, ms)] } : {}),
  };
}

function exemplar(index: number, ms: number): ExemplarRecord {
  return {
    time: hrTime(ms - 10),
    value: 0.75,
    valueType: ValueType.DOUBLE,
    filteredAttributes: { 'user.id': `user-${index}` },
    traceId: traceIdOf(index),
    spanId: spanIdOf(index),
  };
}

function numberOf(options: MetricOptions, integer: boolean): (index: number) => number {
  return (index) => {
    if (varietyOf(options.variety ?? 'all', index) === 'non_finite') {
      return NON_FINITE[Math.floor(index / 4) % NON_FINITE.length] ?? Number.NaN;
    }
    return integer ? index + 1 : index + 0.25;
  };
}

function histogramOf(index: number): { buckets: { boundaries: number[]; counts: number[] } } & Totals {
  return {
    buckets: { boundaries: [0.1, 1, 10], counts: [1, 2, 3, index % 4] },
    count: 6 + (index % 4),
    sum: 21.5 + 20 * (index % 4),
    min: 0.05,
    max: index % 4 === 0 ? 9 : 20,
  };
}

interface Totals {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

interface ExponentialHistogram extends Totals {
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: { readonly offset: number; readonly bucketCounts: readonly number[] };
  readonly negative: { readonly offset: number; readonly bucketCounts: readonly number[] };
}

function exponentialHistogramOf(index: number): ExponentialHistogram {
  return {
    count: 9,
    sum: 31.5,
    scale: (index % 5) - 1,
    zeroCount: 2,
    zeroThreshold: 1e-6,
    positive: { offset: -1, bucketCounts: [1, 0, 3, 1] },
    negative: { offset: 2, bucketCounts: [2] },
    min: -12,
    max: 16,
  };
}

function summaryOf(index: number): { count: number; sum: number; quantiles: { quantile: number; value: number }[] } {
  return {
    count: 10 + index,
    sum: 55.5,
    quantiles: [
      { quantile: 0, value: 1 },
      { quantile: 0.5, value: 5 },
      { quantile: 0.99, value: 9.9 },
      { quantile: 1, value: 10 },
    ],
  };
}
