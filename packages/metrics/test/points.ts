/** Builders of metrics for the tests of this package. */
import type { DataPointLike, MetricLike, ResourceMetricsLike, Time } from '@telemetryflow/metrics';

export const at = (seconds: number): Time => [seconds, 0];

export function point(value: unknown, start: number, time: number, extra: Partial<DataPointLike> = {}): DataPointLike {
  return { startTime: at(start), endTime: at(time), attributes: { route: '/a' }, value, ...extra };
}

export function metric(
  kind: 'histogram' | 'exponential' | 'gauge' | 'sum' | 'updown' | 'summary',
  temporality: number,
  dataPoints: readonly DataPointLike[],
  valueType = 0,
): MetricLike {
  const dataPointType = { histogram: 0, exponential: 1, gauge: 2, sum: 3, updown: 3, summary: 4 }[kind];
  return {
    descriptor: { name: `m.${kind}`, unit: '1', valueType },
    aggregationTemporality: temporality,
    dataPointType,
    ...(dataPointType === 3 ? { isMonotonic: kind === 'sum' } : {}),
    dataPoints,
  };
}

export function batch(...metrics: readonly MetricLike[]): ResourceMetricsLike[] {
  return [
    { resource: { attributes: { 'service.name': 'shop' } }, scopeMetrics: [{ scope: { name: 'test' }, metrics }] },
  ];
}

/** All points of a batch in order. */
export function pointsOf(records: readonly ResourceMetricsLike[]): DataPointLike[] {
  return records.flatMap((r) => r.scopeMetrics.flatMap((s) => s.metrics.flatMap((m) => m.dataPoints)));
}
