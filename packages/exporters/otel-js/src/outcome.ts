/**
 * What an SDK exporter's result means. The contract of the SDK knows success and failure only; the OTLP exporters put the
 * status of HTTP or gRPC into `error.code`, others the code of a socket error.
 */
import { delivered, drop, type Outcome, retry, split } from '@telemetryflow/kernel';
import type { ExportResult } from './sdk.ts';

/** Failures nobody can name are tried again: giving up too early loses data, trying too long is bounded by `retry`. */
export function outcomeOf({ code, error }: ExportResult): Outcome {
  if (code === 0) return delivered();
  const detail = error === undefined ? 'the exporter failed and gave no reason' : textOf(error);
  const cause = (error as { readonly code?: unknown } | undefined)?.code;
  if (typeof cause === 'number') return cause < 100 ? grpcOutcome(cause, detail) : httpOutcome(cause, detail);
  if (typeof cause === 'string') return retry(/TIMEDOUT|TIMEOUT/.test(cause) ? 'timeout' : 'network', { detail });
  return retry(/time(d )?out/i.test(detail) ? 'timeout' : 'unavailable', { detail });
}

function httpOutcome(status: number, detail: string): Outcome {
  if (status === 401 || status === 403) return retry('auth', { detail });
  if (status === 408) return retry('timeout', { detail });
  if (status === 413) return split('too_large', { detail });
  if (status === 429) return retry('throttled', { detail });
  if (status >= 502) return retry('unavailable', { detail });
  return drop('rejected', detail);
}

/** The table of OTLP/gRPC. */
function grpcOutcome(status: number, detail: string): Outcome {
  if (status === 7 || status === 16) return retry('auth', { detail });
  if (status === 8) return retry('throttled', { detail });
  if (status === 4) return retry('timeout', { detail });
  return [1, 10, 11, 14, 15].includes(status) ? retry('unavailable', { detail }) : drop('rejected', detail);
}

/** The message, and what the backend answered where the OTLP exporters kept it. */
function textOf(error: Error): string {
  const { data } = error as { readonly data?: unknown };
  return typeof data === 'string' && data !== '' ? `${error.message}: ${data.slice(0, 500)}` : error.message;
}
