/** What a failed request means for the data: the table of error codes, and failures without a code. */
import { drop, type Outcome, retry, split } from '@telemetryflow/kernel';
import type { KafkaFailure } from './driver/failure.ts';
import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

/** Nothing changes by itself: look again after this long. */
export const CONFIG_PROBE_MS = 60_000;
/** Attempts after which a failure that nobody knows ends in a drop. */
const UNKNOWN_ATTEMPTS = 3;

/** What failed, and how often so far. */
export interface Failed {
  readonly failure: KafkaFailure;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Where the request went, for a person: `telemetryflow-logs/3`. */
  readonly target: string;
}

/** The outcome of a failed attempt. Codes 3 and 76 need more than a table: the exporter looks at them first. */
export function classifyFailure({ failure, attempt, target }: Failed): Outcome {
  const known = failure.code === undefined ? undefined : ERROR_CODES.get(failure.code);
  if (known !== undefined) return byCode(known, attempt, describe(failure, target));
  const detail = describe(failure, target);
  switch (failure.kind) {
    case 'connection':
      return retry('network', { detail });
    case 'timeout':
      return retry('timeout', { detail });
    case 'authentication':
      return retry('auth', { detail });
    case 'unsupported':
      return retry('unsupported', { detail, afterMs: CONFIG_PROBE_MS });
    case 'protocol':
    case 'unknown':
      return attempt >= UNKNOWN_ATTEMPTS ? drop('rejected', detail) : retry('unavailable', { detail });
  }
}

function byCode(code: ErrorCode, attempt: number, detail: string): Outcome {
  if (code.maxAttempts !== undefined && attempt >= code.maxAttempts) return drop('rejected', detail);
  switch (code.class) {
    case 'retry':
    case 'reset':
      return retry('unavailable', { detail });
    case 'throttle':
      return retry('throttled', { detail });
    case 'auth':
      return retry('auth', { detail });
    case 'config':
      return retry('invalid', { detail, afterMs: CONFIG_PROBE_MS });
    case 'split':
      return split('too_large', { detail });
    case 'refuse':
      return drop('invalid', detail);
    case 'codec':
      return drop('unsupported', detail);
  }
}

/** `telemetryflow-logs/3: MESSAGE_TOO_LARGE (10): …; raise max.message.bytes …`. */
export function describe(failure: KafkaFailure, target: string): string {
  const known = failure.code === undefined ? undefined : ERROR_CODES.get(failure.code);
  const name = failure.code === undefined ? '' : `${known?.name ?? 'error'} (${failure.code}): `;
  const hint = known?.hint === undefined ? hintOf(failure) : `; ${known.hint}`;
  return `${target}: ${name}${failure.message}${hint}`;
}

function hintOf(failure: KafkaFailure): string {
  switch (failure.kind) {
    case 'authentication':
      return '; check sasl_username, sasl_password and sasl_mechanism';
    case 'connection':
    case 'timeout':
      return '; brokers must be reachable at the addresses they advertise (advertised.listeners), not only at those in brokers';
    default:
      return '';
  }
}
