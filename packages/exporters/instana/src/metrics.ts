/** What Instana does not show of metrics: it is converted, or dropped and counted. */
import type { MetricTransform } from '@telemetryflow/http';
import { exponentialToExplicit } from '@telemetryflow/metrics';

const MAX_BOUNDARIES = 160;

/** The changes, with or without the conversion of exponential histograms. */
export function metricTransform(convert: boolean): MetricTransform {
  return {
    refuse: [
      { when: 'any', of: ['summary'], detail: 'Instana takes no summaries' },
      { when: 'not_finite', detail: 'NaN and infinities are no values for Instana' },
    ],
    ...(convert && { explicit: (value) => exponentialToExplicit(value, { maxBoundaries: MAX_BOUNDARIES }) }),
  };
}
