/** What SigNoz would skip in metrics: NaN points (dropped and counted) and exponential histograms (converted). */
import type { MetricTransform } from '@telemetryflow/http';
import { exponentialToExplicit } from '@telemetryflow/metrics';
import {
  DataPointType,
  type HistogramValue,
  METRIC_FIELDS,
  type MetricRecord,
  POINT_DOUBLES,
  type SummaryValue,
  someField,
  somePoint,
} from '@telemetryflow/otlp';

/** Boundaries of a converted histogram at most. */
const MAX_BOUNDARIES = 64;
const NO_RECORDED_VALUE = 1;

const FIXED64 = 1;
const QUANTILES = 6;

/** The changes, with or without the conversion of exponential histograms. */
export function metricTransform(convert: boolean): MetricTransform {
  return {
    concerns: (request) => needsMetricChange(request, convert),
    refuse(metric, { flags = 0, value }) {
      const recorded = (flags & NO_RECORDED_VALUE) === 0;
      return recorded && isNaNPoint(metric, value) ? 'SigNoz skips points that are NaN' : undefined;
    },
    ...(convert && { explicit: (value) => exponentialToExplicit(value, { maxBoundaries: MAX_BOUNDARIES }) }),
  };
}

/** True when the request holds NaN in a place where SigNoz skips the point, or (if asked) exponential histograms. */
function needsMetricChange(request: Uint8Array, exponential: boolean): boolean {
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  const isNaNAt = (at: number): boolean => Number.isNaN(view.getFloat64(at, true));
  return somePoint(request, (data, start, end) => {
    if (exponential && data === METRIC_FIELDS.exponentialHistogram) return true;
    const doubles = POINT_DOUBLES[data] ?? [];
    const summary = data === METRIC_FIELDS.summary;
    return someField(request, start, end, (number, type, from, to) => {
      if (type === FIXED64) return doubles.includes(number) && isNaNAt(from);
      if (!summary || number !== QUANTILES) return false;
      return someField(request, from, to, (_number, inner, at) => inner === FIXED64 && isNaNAt(at));
    });
  });
}

function isNaNPoint(metric: MetricRecord, value: unknown): boolean {
  if (metric.dataPointType === DataPointType.GAUGE || metric.dataPointType === DataPointType.SUM) {
    return Number.isNaN(value);
  }
  const { sum, min, max } = value as HistogramValue;
  if (Number.isNaN(sum) || Number.isNaN(min) || Number.isNaN(max)) return true;
  if (metric.dataPointType !== DataPointType.SUMMARY) return false;
  return (value as SummaryValue).quantiles.some((each) => Number.isNaN(each.quantile) || Number.isNaN(each.value));
}
