/** When to try again, and when to give up. */
import type { RetrySettings } from './settings.ts';
import type { History } from './work.ts';

/** Delay before the attempt after `attempts` failed ones; `random` is in [0, 1). */
export function backoffMs(settings: RetrySettings, attempts: number, random: number): number {
  const { initialMs, maxMs, multiplier, jitter } = settings;
  const delay = Math.min(initialMs * multiplier ** (attempts - 1), maxMs);
  return delay * (1 + jitter * (2 * random - 1));
}

/** Whether an attempt that could start at `at` (monotonic ms) is one too many. */
export function givesUp(settings: RetrySettings, history: History, at: number): boolean {
  if (!settings.enabled || history.attempts >= settings.maxAttempts) return true;
  return at - history.firstAttemptAt - history.authWaitMs > settings.maxElapsedMs;
}
