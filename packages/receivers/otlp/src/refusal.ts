/** Why a request was not taken, in terms of both protocols. */
import { ConsumeError } from '@telemetryflow/kernel';
import { OtlpError } from '@telemetryflow/otlp';

/** Codes of google.rpc.Code. */
export const Code = {
  INVALID_ARGUMENT: 3,
  RESOURCE_EXHAUSTED: 8,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

export class Refusal extends Error {
  readonly httpStatus: number;
  readonly grpcCode: number;
  /** Set where the sender should come again. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, httpStatus: number, grpcCode: number, retryAfterMs?: number) {
    super(message);
    this.httpStatus = httpStatus;
    this.grpcCode = grpcCode;
    this.retryAfterMs = retryAfterMs;
  }
}

export function unauthenticated(): Refusal {
  return new Refusal('the bearer token is missing or wrong', 401, Code.UNAUTHENTICATED);
}

export function tooLarge(limit: number): Refusal {
  return new Refusal(`request body too large: the limit is ${limit} bytes`, 413, Code.RESOURCE_EXHAUSTED);
}

export function overloaded(reason: 'memory' | 'shutdown' | 'concurrency'): Refusal {
  const why = {
    memory: 'memory is short',
    shutdown: 'the receiver is shutting down',
    concurrency: 'too many requests are in progress',
  };
  return new Refusal(`${why[reason]}; send again`, 503, Code.UNAVAILABLE, 1000);
}

/** What became of a body that could not be taken: malformed, refused by the pipeline, or a fault of ours. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (OtlpError.is(error)) return new Refusal(error.message, 400, Code.INVALID_ARGUMENT);
  if (ConsumeError.is(error)) {
    const code = error.code === 'queue_full' ? Code.RESOURCE_EXHAUSTED : Code.UNAVAILABLE;
    return new Refusal(error.message, 503, code, error.retryAfterMs);
  }
  return new Refusal('internal error', 500, Code.INTERNAL);
}
