/** Why a data point is in no request, in the words that all exporters count by. */
import type { PointRefusal } from './point-samples.ts';

/** Why a data point is in no request. */
export type MetricsRefusal =
  | PointRefusal
  | 'delta'
  | 'temporality_unspecified'
  | 'empty_name'
  | 'too_far_in_the_future'
  | 'duplicate_timestamp'
  | 'larger_than_a_request';

/** Those of the kernel's reasons that refusals map to. */
export type RefusalReason = 'unconverted' | 'invalid' | 'unsupported' | 'filtered' | 'too_large';

/**
 * The reason of each refusal; the refusal itself is the finer word.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { REFUSAL_REASONS } from '@telemetryflow/remote-write';
 * import type { MetricsDrop, MetricsRefusal, PointRefusal, RefusalReason } from '@telemetryflow/remote-write';
 *
 * const refusal: PointRefusal = 'missing_sum';
 * const refusals: MetricsRefusal[] = ['delta', refusal];
 * const drops: MetricsDrop[] = refusals.map((each, item) => ({ dropped: [item], refusal: each }));
 * const reasons: RefusalReason[] = drops.map((drop) => REFUSAL_REASONS[drop.refusal]);
 * assert.deepEqual(reasons, ['unconverted', 'invalid']);
 * ```
 */
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
