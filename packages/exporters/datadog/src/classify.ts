/**
 * What the answers of Datadog mean, where they differ from those of other HTTP backends:
 *
 *   202 with errors   some of the request was refused, and not which: as many items are counted as there are errors
 *   400               nothing was taken, and the answer never says because of which item: it is looked for
 *   401, 403          a wrong key, or the key of another site: the host is part of the text
 *   413               cut; OTLP requests are made smaller from then on
 *   500               sent again
 *   429 of an Agent   it is overloaded: sent again
 *   X-RateLimit-Reset seconds to wait, where there is no Retry-After
 */
import {
  type Bisection,
  type ClassifyRules,
  classify,
  classifyOtlp,
  describe,
  type HttpResponse,
  type HttpResult,
  MAX_RETRY_AFTER_MS,
} from '@telemetryflow/http';
import { countItems, type Items, type Outcome, partial } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { Protocol } from './config.ts';
import { isOtlp } from './destination.ts';
import { LOWERED } from './encode-otlp.ts';

const HINT = 'is the key right, and is it of this site?';
const RULES: ClassifyRules = {
  rules: [
    { status: [401, 403], verdict: { retry: 'auth' }, hint: HINT },
    { status: [501, 505], verdict: { drop: 'rejected' } },
    { status: (status) => status >= 500, verdict: { retry: 'unavailable' } },
  ],
};

const AGENT_RULES: ClassifyRules = {
  rules: [
    { status: [401, 403], verdict: { retry: 'auth' }, hint: 'an Agent asks for no key: is it one?' },
    {
      status: [404, 405],
      verdict: { drop: 'invalid' },
      hint: 'no intake of an Agent for traces: traces_endpoint is http://HOST:8126/v0.4/traces',
    },
    ...(RULES.rules ?? []),
  ],
};

/** What was sent. */
export interface Sent {
  readonly signal: Signal;
  readonly protocol: Protocol;
  readonly items: Items;
  readonly batchId: string;
}

export function classifyDatadog(result: HttpResult, sent: Sent, bisection: Bisection): Outcome {
  if (result.kind === 'failure') return classify(result, RULES);
  if (isOtlp(sent.protocol)) {
    const outcome = classifyOtlp(result, sent, RULES);
    return result.status === 413 ? { ...outcome, mode: LOWERED } : delayed(outcome, result);
  }
  if (result.status === 400) {
    return bisection.cut('invalid', { batchId: sent.batchId, items: countItems(sent.items) }, describe(result));
  }
  if (result.status === 202 || result.status === 200) {
    const refused = readErrors(result);
    if (refused.length > 0) {
      const items = Math.min(refused.length, countItems(sent.items));
      return partial({ dropped: [{ items, reason: 'rejected', detail: describe(result) }] });
    }
  }
  return delayed(classify(result, sent.protocol === 'agent_v04' ? AGENT_RULES : RULES), result);
}

/** The errors an answer lists; none for an answer that is not of this form. */
function readErrors({ body }: HttpResponse): readonly unknown[] {
  if (body.length === 0) return [];
  try {
    const answer: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
    const errors = typeof answer === 'object' && answer !== null ? (answer as { errors?: unknown }).errors : undefined;
    return Array.isArray(errors) ? errors : [];
  } catch {
    return [];
  }
}

/** The outcome with the delay of `X-RateLimit-Reset`, where nothing better says how long to wait. */
function delayed(outcome: Outcome, { headers }: HttpResponse): Outcome {
  const { retry } = outcome;
  if (retry === undefined || retry.afterMs !== undefined) return outcome;
  const reset = headers['x-ratelimit-reset'];
  if (typeof reset !== 'string' || !/^\d{1,9}$/.test(reset)) return outcome;
  return { ...outcome, retry: { ...retry, afterMs: Math.min(Number(reset) * 1000, MAX_RETRY_AFTER_MS) } };
}
