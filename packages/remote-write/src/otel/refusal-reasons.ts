/** Why a data point is in no request, in the words that all exporters count by. */
import type { MetricsRefusal } from './encoder.ts';

/** Those of the kernel's reasons that refusals map to. */
export type RefusalReason = 'unconverted' | 'invalid' | 'unsupported' | 'filtered' | 'too_large';

/** The reason of each refusal; the refusal itself is the finer word. */
export const REFUSAL_REASONS: Readonly<Record<MetricsRefusal, RefusalReason>> = {
  delta: 'unconverted',
  temporality_unspecified: 'unconverted',
  empty_name: 'invalid',
  no_value: 'invalid',
  too_far_in_the_future: 'invalid',
  duplicate_timestamp: 'invalid',
  malformed_histogram: 'invalid',
  missing_sum: 'invalid',
  scale_too_low: 'unsupported',
  exponential_histograms_dropped: 'filtered',
  larger_than_a_request: 'too_large',
};
