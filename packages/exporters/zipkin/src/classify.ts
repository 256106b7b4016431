/**
 * What the answers of Zipkin mean, where they differ from those of other HTTP backends: it takes or refuses a list as
 * a whole and never says which span was wrong.
 *
 *   400             cut until the bad span is alone; texts about the whole body are a defect
 *   500 "413 …"     too large: cut
 *   5xx             sent again: the storage, or a Collector whose own backend refuses
 *   3xx 404 405     the endpoint is wrong
 */
import { type Bisection, type ClassifyRules, classify, describe, type HttpResult } from '@telemetryflow/http';
import type { Outcome, Payload } from '@telemetryflow/kernel';
import type { ZipkinMessage } from './encode-traces.ts';

const WHOLE_BODY = /Cannot gunzip spans|Expected a (?:JSON_V2|PROTO3) encoded list/;
const HINT = 'spans go to /api/v2/spans; write the endpoint without a path, or with the whole one';

const RULES: ClassifyRules = {
  rules: [
    { status: 400, body: WHOLE_BODY, verdict: { drop: 'bug' } },
    { status: [404, 405], verdict: { drop: 'invalid' }, hint: HINT },
    { status: 500, body: /^413 /, verdict: { split: 'too_large' } },
    { status: (status) => status >= 500, verdict: { retry: 'unavailable' } },
  ],
};

export function classifyZipkin(result: HttpResult, payload: Payload, bisection: Bisection): Outcome {
  const outcome = classify(result, RULES);
  if (result.kind === 'failure' || result.status !== 400 || outcome.dropped?.[0]?.reason !== 'invalid') return outcome;
  const { batchId } = payload.body as ZipkinMessage;
  return bisection.cut('invalid', { batchId, items: (payload.items as readonly number[]).length }, describe(result));
}
