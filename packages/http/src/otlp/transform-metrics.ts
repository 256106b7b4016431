/**
 * Leaves out data points a backend takes without storing them, and converts exponential histograms for backends that
 * only know explicit ones. Batches with neither go on as they came.
 */
import { type Batch, batchFromRecords } from '@telemetryflow/kernel';
import {
  DataPointType,
  type ExponentialHistogramRecord,
  type ExponentialHistogramValue,
  type HistogramRecord,
  type HistogramValue,
  METRIC_FIELDS,
  type ResourceMetricsRecord,
  somePoint,
} from '@telemetryflow/otlp';
import type { OtlpEncode } from './exporter.ts';
import { type PointRule, rulesFor } from './point-rules.ts';
import { encodeSelection } from './selection.ts';

export type { PointRule } from './point-rules.ts';

/** What a backend needs changed in its metrics. */
export interface MetricTransform {
  /** The points it cannot store, each dropped as `unsupported` for the first rule that is about it. */
  readonly refuse: readonly PointRule[];
  /** The explicit form of an exponential histogram; without it they stay as they are. */
  readonly explicit?: ((value: ExponentialHistogramValue) => HistogramValue) | undefined;
}

/**
 * An encoder that does this before `encode`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeOtlpProto, type MetricTransform, type OtlpEncode, transformMetrics } from '@telemetryflow/http';
 * import type { PointRule } from '@telemetryflow/http';
 * import { batchFromOtlp } from '@telemetryflow/kernel';
 * import { protobufFromJson } from '@telemetryflow/otlp';
 *
 * const encode: OtlpEncode = (batch) => encodeOtlpProto(batch, 4_000_000);
 * const noSummaries: PointRule = { when: 'any', of: ['summary'], detail: 'summaries are not stored' };
 * const transform: MetricTransform = { refuse: [noSummaries] };
 * const metrics = '[{"summary":{"dataPoints":[{}]}},{"gauge":{"dataPoints":[{"asInt":"7"}]}}]';
 * const body = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":${metrics}}]}]}`;
 * const batch = batchFromOtlp('metrics', protobufFromJson('metrics', Buffer.from(body)));
 * const context = { now: Date.now(), id: 'b-1', mode: undefined };
 * const [drop, payload] = transformMetrics(encode, transform)(batch, context);
 * assert.deepEqual(drop, { dropped: [0], reason: 'unsupported', detail: 'summaries are not stored' });
 * assert.deepEqual(payload && 'items' in payload && payload.items, [1]);
 * ```
 */
export function transformMetrics(encode: OtlpEncode, { refuse, explicit }: MetricTransform): OtlpEncode {
  const converted: OtlpEncode = explicit === undefined ? encode : converting(encode, explicit);
  return function* (batch, context) {
    const refused = refusedItems(batch.otlp(), refuse);
    if (refused.size === 0) {
      yield* converted(batch, context);
      return;
    }
    for (const [detail, dropped] of refused) yield { dropped, reason: 'unsupported', detail };
    const gone = new Set([...refused.values()].flat());
    const kept = Array.from({ length: batch.count }, (_, item) => item).filter((item) => !gone.has(item));
    if (kept.length > 0) yield* encodeSelection(converted, batch.select(kept), kept, context);
  };
}

/** The numbers of the items that are refused, by the detail. */
function refusedItems(request: Uint8Array, rules: readonly PointRule[]): ReadonlyMap<string, readonly number[]> {
  const refused = new Map<string, number[]>();
  const ruleOf = rulesFor(rules, request);
  let item = 0;
  somePoint(request, (data, start, end) => {
    const detail = ruleOf(data, start, end)?.detail;
    if (detail !== undefined) {
      const known = refused.get(detail);
      if (known === undefined) refused.set(detail, [item]);
      else known.push(item);
    }
    item += 1;
    return false;
  });
  return refused;
}

function converting(encode: OtlpEncode, explicit: ToExplicit): OtlpEncode {
  return (batch, context) => {
    if (!somePoint(batch.otlp(), (data) => data === METRIC_FIELDS.exponentialHistogram)) return encode(batch, context);
    const records = (batch as Batch<'metrics'>).records().map((each) => convertResource(each, explicit));
    return encode(batchFromRecords('metrics', records) as Batch, context);
  };
}

type ToExplicit = NonNullable<MetricTransform['explicit']>;

function convertResource(each: ResourceMetricsRecord, explicit: ToExplicit): ResourceMetricsRecord {
  return {
    resource: each.resource,
    scopeMetrics: each.scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map((metric) =>
        metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM ? convertMetric(metric, explicit) : metric,
      ),
    })),
  };
}

function convertMetric(metric: ExponentialHistogramRecord, explicit: ToExplicit): HistogramRecord {
  const { otlpTemporality } = metric;
  return {
    descriptor: metric.descriptor,
    aggregationTemporality: metric.aggregationTemporality,
    ...(otlpTemporality !== undefined && { otlpTemporality }),
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: metric.dataPoints.map((point) => ({ ...point, value: explicit(point.value) })),
  };
}
