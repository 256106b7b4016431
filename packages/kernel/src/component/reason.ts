/**
 * Why items were dropped. A closed set: it is an attribute of the drop counters, so it stays small.
 * A backend's finer word goes into `detail`. Retries given up keep the reason of the last answer.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { REASONS, type Reason } from '@telemetryflow/kernel';
 *
 * const isReason = (text: string): text is Reason => (REASONS as readonly string[]).includes(text);
 * assert.equal(isReason('too_old'), true);
 * assert.equal(isReason('lost'), false);
 * ```
 */
export const REASONS = [
  'throttled',
  'unavailable',
  'timeout',
  'network',
  'auth',
  'invalid',
  'too_large',
  'too_old',
  'unsupported',
  'unconverted',
  'rejected',
  'filtered',
  'sampled',
  'queue_full',
  'memory',
  'shutdown',
  'expired',
  'bug',
] as const;

/** One of {@link REASONS}. */
export type Reason = (typeof REASONS)[number];
