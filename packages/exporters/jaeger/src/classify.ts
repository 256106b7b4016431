/**
 * Answers of Jaeger to its two older protocols. OTLP has the table of all OTLP exporters.
 *
 *   Thrift  500 of its size limit       split
 *           500 `Permanent error`       dropped
 *           500 otherwise               retried: the queue of the server is full
 *   gRPC    `Permanent error`           dropped, whatever the code
 *           UNKNOWN                     retried
 *           RESOURCE_EXHAUSTED          retried, but split where it is about the size of the message
 *           INTERNAL about unmarshal    dropped
 */
import type { ClassifyRules, GrpcRule } from '@telemetryflow/http';

const WRONG_PORT = 'Thrift is served on port 14268 under /api/traces; 16686 is the user interface';

export const THRIFT_RULES: ClassifyRules = {
  rules: [
    {
      status: 400,
      body: /unknown data type|unsupported content type/i,
      verdict: { drop: 'invalid' },
      hint: 'Jaeger 1 takes no compressed Thrift: leave compression at none',
    },
    { status: [404, 405], verdict: { drop: 'invalid' }, hint: WRONG_PORT },
    { status: 500, body: /request body too large/i, verdict: { split: 'too_large' } },
    { status: 500, body: /permanent error/i, verdict: { drop: 'rejected' } },
    { status: 500, verdict: { retry: 'unavailable' } },
  ],
};

const ANY_CODE: readonly number[] = Array.from({ length: 16 }, (_, code) => code + 1);

export const GRPC_RULES: readonly GrpcRule[] = [
  { code: ANY_CODE, message: /^permanent error/i, verdict: { drop: 'rejected' } },
  { code: 2, verdict: { retry: 'unavailable' } },
  { code: 8, message: /larger than (max|limit)/i, verdict: { split: 'too_large' } },
  { code: 8, verdict: { retry: 'throttled' } },
  {
    code: 12,
    verdict: { drop: 'invalid' },
    hint: 'the server has no receiver for this protocol: use protocol: otlp/grpc, which every Jaeger since 1.35 takes',
  },
  { code: 13, message: /unmarshal/i, verdict: { drop: 'invalid' } },
];

/** With a Thrift address to fall back to, nobody there and no such service mean to go there. */
export const FALLBACK_RULES: readonly GrpcRule[] = [
  { code: [12, 14], verdict: { retry: 'unsupported' } },
  ...GRPC_RULES,
];
