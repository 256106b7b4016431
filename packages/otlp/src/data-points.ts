/** The data points of records, one after the other. */
import type { MetricRecord, ResourceMetricsRecord, ResourceRecord, ScopeRecord } from './records.ts';

/** A data point, what it belongs to, and its number among all of the batch. */
export interface PlacedPoint {
  readonly item: number;
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
  readonly metric: MetricRecord;
  readonly point: MetricRecord['dataPoints'][number];
}

/**
 * Every data point in the order of the batch. For encoders that look at points one by one; where a metric is looked up
 * once for all of its points, loops of your own cost less.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { dataPoints, decodeJson, type PlacedPoint, type ResourceMetricsRecord } from '@telemetryflow/otlp';
 *
 * const metric = '{"name":"depth","gauge":{"dataPoints":[{"asInt":"7"},{"asInt":"9"}]}}';
 * const body = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${metric}]}]}]}`;
 * const records: ResourceMetricsRecord[] = decodeJson('metrics', body);
 * const found = Array.from(dataPoints(records), ({ item, point }: PlacedPoint) => [item, point.value]);
 * assert.deepEqual(found, [[0, 7], [1, 9]]);
 * ```
 */
export function* dataPoints(records: readonly ResourceMetricsRecord[]): Generator<PlacedPoint> {
  let item = 0;
  for (const { resource, scopeMetrics } of records) {
    for (const { scope, metrics } of scopeMetrics) {
      for (const metric of metrics) {
        for (const point of metric.dataPoints) yield { item: item++, resource, scope, metric, point };
      }
    }
  }
}
