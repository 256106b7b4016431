/**
 * Answers of the OTLP endpoints of AWS where they differ from those of the protocol: services of AWS say 400 to much
 * that passes, and name it in the text.
 */
import { type ClassifyRules, classifyOtlp, type HttpResult, type OtlpSent } from '@telemetryflow/http';
import type { Outcome } from '@telemetryflow/kernel';

const RULES: ClassifyRules = {
  rules: [
    {
      status: [400, 403],
      body: /Throttl|Rate exceeded|TooManyRequests|RequestLimitExceeded|LimitExceededException|SlowDown|BandwidthLimitExceeded/,
      verdict: { retry: 'throttled' },
    },
    {
      status: 400,
      body: /ExpiredToken|RequestExpired|AccessDenied|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken/,
      verdict: { retry: 'auth' },
      hint: 'check the credentials and their permissions, or bearer_token',
    },
    {
      status: [401, 403],
      verdict: { retry: 'auth' },
      hint: 'check the credentials and their permissions, or bearer_token; the clock must be right to five minutes',
    },
    {
      status: [400, 404],
      body: /ResourceNotFound|log (?:group|stream) does not exist/i,
      verdict: { retry: 'unavailable' },
      hint: 'create the log group and the log stream: over OTLP nothing is created',
    },
    {
      status: 500,
      body: /Internal(?:Server|Service|Failure)|ServiceUnavailable/,
      verdict: { retry: 'unavailable' },
    },
  ],
};

/** The outcome of a request. */
export function classifyAnswer(result: HttpResult, sent: OtlpSent): Outcome {
  return classifyOtlp(result, sent, RULES);
}
