/** Measurements as the metrics of one resource, the host. */
import {
  AggregationTemporality,
  type AttributeMap,
  DataPointType,
  type HrTime,
  type MetricRecord,
  type ResourceMetricsRecord,
  ValueType,
} from '@telemetryflow/otlp';
import type { Measurement } from './measurement.ts';

const SCOPE = { name: '@telemetryflow/receiver-host-metrics' };

/** `startTime` is the boot of the machine, since when its counters count. */
export function toRecords(
  measurements: readonly Measurement[],
  host: AttributeMap,
  startTime: HrTime,
  time: HrTime,
): ResourceMetricsRecord {
  const metrics = measurements.map((m) => metric(m, startTime, time));
  return { resource: { attributes: host }, scopeMetrics: [{ scope: SCOPE, metrics }] };
}

function metric(m: Measurement, startTime: HrTime, endTime: HrTime): MetricRecord {
  const valueType = m.type === 'int' ? ValueType.INT : ValueType.DOUBLE;
  const base = {
    descriptor: { name: m.name, unit: m.unit, description: m.description, valueType },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPoints: m.readings.map(({ value, attributes }) => ({ startTime, endTime, value, attributes })),
  };
  if (m.kind === 'gauge') return { ...base, dataPointType: DataPointType.GAUGE };
  return { ...base, dataPointType: DataPointType.SUM, isMonotonic: m.kind === 'counter' };
}
