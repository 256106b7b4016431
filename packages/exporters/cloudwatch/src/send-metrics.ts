/** One attempt of PutMetricData. CloudWatch takes all datums of a request, or none. */
import { countItems, delivered, drop, type Items, type Outcome, retry, split } from '@telemetryflow/kernel';
import { UnreadableAnswer } from './aws-call.ts';
import { classify, describe, namedDatum } from './classify.ts';
import type { MetricsApi } from './client.ts';
import type { MetricsBody } from './encode-metrics.ts';
import { entityWarning } from './entity.ts';

/** Longest text of an answer that is passed on. */
export const MAX_DETAIL = 512;

export async function sendMetrics(
  api: MetricsApi,
  payload: { readonly body: MetricsBody; readonly items: Items },
  { signal, nowMs }: { readonly signal: AbortSignal; readonly nowMs: () => number },
): Promise<Outcome> {
  const { body, items } = payload;
  const warnings: string[] = [];
  try {
    const refused = await api.putMetricData(body.json, signal);
    if (refused !== undefined) warnings.push(entityWarning(api.scrub(refused).slice(0, MAX_DETAIL)));
  } catch (error) {
    if (error instanceof UnreadableAnswer) return delivered({ warning: `response_unreadable: ${error.message}` });
    return refusal(error, { api, body, items, nowMs: nowMs() });
  }
  if (body.cutDimensions > 0)
    warnings.push(
      `${body.cutDimensions} dimensions were left out: too many for one metric, or two names that CloudWatch cannot tell apart; name those to keep in dimensions`,
    );
  return warnings.length === 0 ? delivered() : delivered({ warning: warnings.join('; ') });
}

interface Context {
  readonly api: MetricsApi;
  readonly body: MetricsBody;
  readonly items: Items;
  readonly nowMs: number;
}

function refusal(error: unknown, { api, body, items, nowMs }: Context): Outcome {
  const verdict = classify(error, nowMs);
  if (verdict === undefined) throw error;
  const { name, message } = describe(error);
  const detail = api.scrub(`${name}: ${message}`).slice(0, MAX_DETAIL);
  switch (verdict.kind) {
    case 'retry':
      return retry(verdict.reason, { detail, afterMs: verdict.afterMs });
    case 'split': {
      const bad = body.owners[namedDatum(message, body.entityStarts) ?? -1];
      if (verdict.reason !== 'invalid' || bad === undefined) return split(verdict.reason, { detail });
      const dropped = [{ items: [bad], reason: verdict.reason, detail }];
      return countItems(items) === 1 ? { dropped } : { dropped, split: { reason: verdict.reason, detail } };
    }
    case 'drop':
      return drop(verdict.reason, detail);
    case 'missing':
    case 'exists':
      return drop('rejected', detail);
  }
}
