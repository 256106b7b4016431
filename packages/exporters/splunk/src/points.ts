/** Data points one by one, with what belongs to them and their number in the batch. */
import { hasNoRecordedValue } from '@telemetryflow/metrics';
import {
  type DataPointRecord,
  DataPointType,
  type MetricRecord,
  type ResourceMetricsRecord,
  type ResourceRecord,
  type ScopeRecord,
} from '@telemetryflow/otlp';

export interface Point {
  readonly item: number;
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
  readonly metric: MetricRecord;
  readonly point: DataPointRecord<unknown>;
}

export const NO_NUMBER = 'no value, NaN or infinite: Splunk keeps finite numbers only';

export function* pointsOf(records: readonly ResourceMetricsRecord[]): Generator<Point> {
  let item = 0;
  for (const { resource, scopeMetrics } of records) {
    for (const { scope, metrics } of scopeMetrics) {
      for (const metric of metrics) {
        for (const point of metric.dataPoints) yield { item: item++, resource, scope, metric, point };
      }
    }
  }
}

/** False for a point without a number that Splunk could keep. */
export function hasNumber({ metric, point }: Point): boolean {
  if (hasNoRecordedValue(point)) return false;
  if (metric.dataPointType !== DataPointType.GAUGE && metric.dataPointType !== DataPointType.SUM) return true;
  return typeof point.value === 'bigint' || (typeof point.value === 'number' && Number.isFinite(point.value));
}
