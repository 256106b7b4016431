/** The times that Dynatrace takes, by signal. The kernel looks again before every attempt. */
import type { Signal } from '@telemetryflow/otlp';

const MINUTE_MS = 60_000;

/** Metrics and spans must be younger than an hour, logs than a day. */
export const MAX_AGE_MS: Readonly<Record<Signal, number>> = {
  metrics: 60 * MINUTE_MS,
  traces: 60 * MINUTE_MS,
  logs: 24 * 60 * MINUTE_MS,
};

/** Metrics and spans may lie this far ahead; logs further ahead get the time of their arrival from the server. */
const MAX_AHEAD_MS: Readonly<Record<Signal, number>> = {
  metrics: 10 * MINUTE_MS,
  traces: 10 * MINUTE_MS,
  logs: Number.POSITIVE_INFINITY,
};

/** Where a time lies; `aged` items go apart, so that waiting for a retry costs the others nothing. */
export type Age = 'fresh' | 'aged' | 'too_old' | 'too_new';

export function ageOf(signal: Signal, ms: number, now: number): Age {
  const age = now - ms;
  if (age > MAX_AGE_MS[signal]) return 'too_old';
  if (-age > MAX_AHEAD_MS[signal]) return 'too_new';
  return age > MAX_AGE_MS[signal] / 2 ? 'aged' : 'fresh';
}

/** What is said about the items that are left out. */
export const TOO_OLD: Readonly<Record<Signal, string>> = {
  metrics: 'older than an hour',
  traces: 'ended more than an hour ago',
  logs: 'older than a day',
};
export const TOO_NEW = 'more than ten minutes ahead of this clock';
