/**
 * Leaves out data points a backend takes without storing them, and converts exponential histograms for backends that
 * only know explicit ones. Batches with neither go on as they came.
 */
import { type Batch, batchFromRecords } from '@telemetryflow/kernel';
import {
  type DataPointRecord,
  DataPointType,
  type ExponentialHistogramRecord,
  type ExponentialHistogramValue,
  type HistogramRecord,
  type HistogramValue,
  type MetricRecord,
  type ResourceMetricsRecord,
} from '@telemetryflow/otlp';
import type { OtlpEncode } from './exporter.ts';
import { encodeSelection } from './selection.ts';

/** What a backend needs changed in its metrics. */
export interface MetricTransform {
  /** True when the request holds anything to leave out or convert. May say true too often, never too rarely. */
  concerns(request: Uint8Array): boolean;
  /** Why this point cannot be stored; it is dropped as `unsupported`. */
  refuse(metric: MetricRecord, point: DataPointRecord<unknown>): string | undefined;
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
 * import { batchFromOtlp } from '@telemetryflow/kernel';
 * import { DataPointType, METRIC_FIELDS, protobufFromJson, somePoint } from '@telemetryflow/otlp';
 *
 * const encode: OtlpEncode = (batch) => encodeOtlpProto(batch, 4_000_000);
 * const noSummaries: MetricTransform = {
 *   concerns: (request) => somePoint(request, (data) => data === METRIC_FIELDS.summary),
 *   refuse: ({ dataPointType }) => (dataPointType === DataPointType.SUMMARY ? 'summaries are not stored' : undefined),
 * };
 * const metrics = '[{"summary":{"dataPoints":[{}]}},{"gauge":{"dataPoints":[{"asInt":"7"}]}}]';
 * const body = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":${metrics}}]}]}`;
 * const batch = batchFromOtlp('metrics', protobufFromJson('metrics', Buffer.from(body)));
 * const context = { now: Date.now(), id: 'b-1', mode: undefined };
 * const [drop, payload] = transformMetrics(encode, noSummaries)(batch, context);
 * assert.deepEqual(drop, { dropped: [0], reason: 'unsupported', detail: 'summaries are not stored' });
 * assert.deepEqual(payload && 'items' in payload && payload.items, [1]);
 * ```
 */
export function transformMetrics(encode: OtlpEncode, transform: MetricTransform): OtlpEncode {
  const { explicit } = transform;
  return function* (batch, context) {
    if (!transform.concerns(batch.otlp())) {
      yield* encode(batch, context);
      return;
    }
    const records = (batch as Batch<'metrics'>).records();
    const { kept, refused } = sortItems(records, transform);
    for (const [detail, dropped] of refused) yield { dropped, reason: 'unsupported', detail };
    if (kept.length === 0) return;
    const rest = kept.length === batch.count ? records : (batch.select(kept) as Batch<'metrics'>).records();
    const changed = explicit === undefined ? rest : rest.map((each) => convertResource(each, explicit));
    yield* encodeSelection(encode, batchFromRecords('metrics', changed) as Batch, kept, context);
  };
}

/** The numbers of the items to send, and of the others by the detail of their refusal. */
function sortItems(
  records: readonly ResourceMetricsRecord[],
  transform: MetricTransform,
): { readonly kept: readonly number[]; readonly refused: ReadonlyMap<string, number[]> } {
  const kept: number[] = [];
  const refused = new Map<string, number[]>();
  const refusedFor = (detail: string): number[] => {
    const known = refused.get(detail) ?? [];
    refused.set(detail, known);
    return known;
  };
  let item = 0;
  for (const { scopeMetrics } of records) {
    for (const { metrics } of scopeMetrics) {
      for (const metric of metrics) {
        for (const point of metric.dataPoints) {
          const detail = transform.refuse(metric, point);
          if (detail === undefined) kept.push(item);
          else refusedFor(detail).push(item);
          item += 1;
        }
      }
    }
  }
  return { kept, refused };
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
