/** What OpenObserve would lose in metrics without a word, or store as something it is not. */
import type { MetricTransform } from '@telemetryflow/http';
import { exponentialToExplicit } from '@telemetryflow/metrics';

/** The changes, with or without the conversion of exponential histograms. */
export function metricTransform(convert: boolean): MetricTransform {
  return {
    refuse: [
      { when: 'unrecorded', detail: 'OpenObserve would store a point without value as zero' },
      { when: 'absent', detail: 'OpenObserve skips points without value' },
      { when: 'nan', of: ['gauge', 'sum'], detail: 'OpenObserve skips points that are NaN' },
    ],
    // With boundaries at powers of two the series of all points are the same, which rate() needs.
    ...(convert && { explicit: (value) => exponentialToExplicit(value, { maxScale: 0 }) }),
  };
}
