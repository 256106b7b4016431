/** What Instana does not show of metrics: it is converted, or dropped and counted. */
import type { MetricTransform } from '@telemetryflow/http';
import { exponentialToExplicit, hasNoRecordedValue } from '@telemetryflow/metrics';
import {
  DataPointType,
  type HistogramValue,
  METRIC_FIELDS,
  POINT_DOUBLES,
  someField,
  somePoint,
} from '@telemetryflow/otlp';

const MAX_BOUNDARIES = 160;
const FIXED64 = 1;

/** The changes, with or without the conversion of exponential histograms. */
export function metricTransform(convert: boolean): MetricTransform {
  return {
    concerns: (request) => isConcerned(request, convert),
    refuse({ dataPointType }, point) {
      if (dataPointType === DataPointType.SUMMARY) return 'Instana takes no summaries';
      if (hasNoRecordedValue(point)) return undefined;
      const isNumber = dataPointType === DataPointType.GAUGE || dataPointType === DataPointType.SUM;
      const { sum, min, max } = (isNumber ? { sum: point.value } : point.value) as Partial<HistogramValue>;
      return [sum, min, max].some(isNotFinite) ? 'NaN and infinities are no values for Instana' : undefined;
    },
    ...(convert && { explicit: (value) => exponentialToExplicit(value, { maxBoundaries: MAX_BOUNDARIES }) }),
  };
}

function isNotFinite(value: unknown): boolean {
  return typeof value === 'number' && !Number.isFinite(value);
}

function isConcerned(request: Uint8Array, convert: boolean): boolean {
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  return somePoint(request, (data, start, end) => {
    if (data === METRIC_FIELDS.summary || (convert && data === METRIC_FIELDS.exponentialHistogram)) return true;
    const doubles = POINT_DOUBLES[data] ?? [];
    return someField(request, start, end, (number, type, at) => {
      return type === FIXED64 && doubles.includes(number) && isNotFinite(view.getFloat64(at, true));
    });
  });
}
