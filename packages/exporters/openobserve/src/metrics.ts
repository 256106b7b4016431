/** What OpenObserve would lose in metrics without a word, or store as something it is not. */
import type { MetricTransform } from '@telemetryflow/http';
import { exponentialToExplicit } from '@telemetryflow/metrics';
import { DataPointType, METRIC_FIELDS, type MetricRecord, someField, somePoint } from '@telemetryflow/otlp';

const FIXED64 = 1;
const NO_RECORDED_VALUE = 1;
/** Fields of a number point, and the flags of each kind of point. */
const AS_DOUBLE = 4;
const AS_INT = 6;
const FLAGS: Readonly<Record<number, number>> = {
  [METRIC_FIELDS.gauge]: 8,
  [METRIC_FIELDS.sum]: 8,
  [METRIC_FIELDS.histogram]: 10,
  [METRIC_FIELDS.exponentialHistogram]: 10,
  [METRIC_FIELDS.summary]: 8,
};

/** The changes, with or without the conversion of exponential histograms. */
export function metricTransform(convert: boolean): MetricTransform {
  return {
    concerns: (request) => isConcerned(request, convert),
    refuse(metric, { value, flags = 0 }) {
      if ((flags & NO_RECORDED_VALUE) !== 0) return 'OpenObserve would store a point without value as zero';
      if (!isNumber(metric)) return undefined;
      if (value === undefined) return 'OpenObserve skips points without value';
      return Number.isNaN(value) ? 'OpenObserve skips points that are NaN' : undefined;
    },
    // With boundaries at powers of two the series of all points are the same, which rate() needs.
    ...(convert && { explicit: (value) => exponentialToExplicit(value, { maxScale: 0 }) }),
  };
}

function isNumber({ dataPointType }: MetricRecord): boolean {
  return dataPointType === DataPointType.GAUGE || dataPointType === DataPointType.SUM;
}

function isConcerned(request: Uint8Array, convert: boolean): boolean {
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  return somePoint(request, (data, start, end) => {
    if (convert && data === METRIC_FIELDS.exponentialHistogram) return true;
    const number = data === METRIC_FIELDS.gauge || data === METRIC_FIELDS.sum;
    let hasValue = !number;
    const odd = someField(request, start, end, (field, type, at) => {
      if (field === FLAGS[data]) return ((request[at] ?? 0) & NO_RECORDED_VALUE) !== 0;
      if (!number || type !== FIXED64 || (field !== AS_DOUBLE && field !== AS_INT)) return false;
      hasValue = true;
      return field === AS_DOUBLE && Number.isNaN(view.getFloat64(at, true));
    });
    return odd || !hasValue;
  });
}
