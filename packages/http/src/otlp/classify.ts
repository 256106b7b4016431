/** OTLP/HTTP answers: partial success is never retried, and the Collector says "too large" with a 400. */
import { countItems, delivered, type Items, type Outcome, partial } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { type ClassifyRules, classify, isPage } from '../classify.ts';
import { excerpt } from '../redact.ts';
import type { HttpResponse, HttpResult } from '../result.ts';
import { parsePartialSuccess, parseStatusMessage } from './response.ts';

const RULES: ClassifyRules = {
  rules: [{ status: 400, body: /request body too large/i, verdict: { split: 'too_large' } }],
};

/** What was sent: the protocol counts what it rejects per signal. */
export interface OtlpSent {
  readonly signal: Signal;
  readonly items: Items;
}

/**
 * The outcome of an OTLP/HTTP request; `extra` rules of a preset come before those of the protocol.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { classifyOtlp, type OtlpSent } from '@telemetryflow/http';
 * import { encodeExportResponse } from '@telemetryflow/otlp';
 *
 * const body = encodeExportResponse('logs', { rejected: 2, message: 'too old' }, 'proto');
 * const headers = { 'content-type': 'application/x-protobuf' };
 * const answer = { kind: 'response', status: 200, headers, body, url: 'https://otlp.example.com/v1/logs' } as const;
 * const sent: OtlpSent = { signal: 'logs', items: { from: 0, to: 10 } };
 * assert.deepEqual(classifyOtlp(answer, sent).dropped, [{ items: 2, reason: 'rejected', detail: 'too old' }]);
 * ```
 */
export function classifyOtlp(result: HttpResult, sent: OtlpSent, extra?: ClassifyRules): Outcome {
  const rules = extra === undefined ? RULES : { ...extra, rules: [...(extra.rules ?? []), ...(RULES.rules ?? [])] };
  if (result.kind === 'failure') return classify(result, rules);
  if (result.status < 200 || result.status >= 300) return classify(readable(result), rules);
  if (result.unreadable !== undefined || isPage(result)) return classify(result);
  const answer = parsePartialSuccess(sent.signal, result.body, result.headers['content-type']);
  if (answer === undefined) {
    const type = result.headers['content-type'] ?? 'no content type';
    return delivered({
      warning: `response_unreadable: ${result.url} answered ${result.status} with a body that is no OTLP response (${type})`,
    });
  }
  return partialOutcome(answer.rejected, result.scrub?.(answer.message) ?? answer.message, sent.items);
}

/** Rejected items are counted, never retried: the protocol does not say which they are. */
export function partialOutcome(rejected: number, message: string, items: Items): Outcome {
  const text = excerpt(Buffer.from(message));
  const count = Math.min(rejected, countItems(items));
  if (count > 0) return partial({ dropped: [{ items: count, reason: 'rejected', detail: text }] });
  return text === '' ? delivered() : delivered({ warning: text });
}

/** The answer with the message of a google.rpc.Status as its text. */
function readable(response: HttpResponse): HttpResponse {
  const message = parseStatusMessage(response.body, response.headers['content-type']);
  return message === undefined ? response : { ...response, body: Buffer.from(message) };
}
