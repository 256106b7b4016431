/**
 * Why items were dropped. A closed set: it is an attribute of the drop counters, so it stays small.
 * A backend's finer word goes into `detail`. Retries given up keep the reason of the last answer.
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
