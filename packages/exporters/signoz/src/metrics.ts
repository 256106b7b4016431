/** What SigNoz would skip in metrics: NaN points (dropped and counted) and exponential histograms (converted). */
import type { MetricTransform } from '@telemetryflow/http';
import { exponentialToExplicit } from '@telemetryflow/metrics';

/** Boundaries of a converted histogram at most. */
const MAX_BOUNDARIES = 64;

/** The changes, with or without the conversion of exponential histograms. */
export function metricTransform(convert: boolean): MetricTransform {
  return {
    refuse: [{ when: 'nan', detail: 'SigNoz skips points that are NaN' }],
    ...(convert && { explicit: (value) => exponentialToExplicit(value, { maxBoundaries: MAX_BOUNDARIES }) }),
  };
}
