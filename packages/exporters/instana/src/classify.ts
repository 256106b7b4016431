/**
 * What the answers of Instana mean, where they differ from those of other HTTP backends:
 *
 *   2xx        everything was taken; over OTLP the body may say how many items were not
 *   401 403    the agent key; or the guessed region is the wrong one
 *   404        the host is none that takes this
 *   5xx        sent again
 */
import { type ClassifyRules, classify, classifyOtlp, type HttpResult } from '@telemetryflow/http';
import type { Items, Outcome } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { Target } from './target.ts';

/** What was sent. */
export interface SentTo {
  readonly target: Target;
  readonly signal: Signal;
  readonly items: Items;
}

const KEY = 'the agent key is wrong or disabled, or belongs to another unit';
const GUESSED = 'the host was guessed from the region in endpoint_url: set instana.otlp_endpoint';
const LATER: NonNullable<ClassifyRules['rules']>[number] = {
  status: (status) => status >= 500,
  verdict: { retry: 'unavailable' },
};

const NO_ACCEPTOR = 'no serverless acceptor: endpoint_url is https://serverless-COLOR-saas.instana.io, or';
const UNKNOWN = 'the acceptor does not know this format: please report it;';

const HINTS: Readonly<Record<Target['route'], { readonly missing: string; readonly malformed?: string }>> = {
  native: { missing: `${NO_ACCEPTOR} protocol: otlp`, malformed: `${UNKNOWN} protocol: otlp may help` },
  plugins: { missing: `${NO_ACCEPTOR} metrics_format: otlp`, malformed: `${UNKNOWN} metrics_format: otlp may help` },
  otlp: { missing: 'no OTLP acceptor: otlp_endpoint is https://otlp-COLOR-saas.instana.io:4318, without /v1/…' },
  events: { missing: 'no host agent: agent_url is http://HOST:42699' },
  none: { missing: '' },
};

function rulesFor({ route, guessed }: Target): ClassifyRules {
  const { missing, malformed } = HINTS[route];
  return {
    rules: [
      { status: [401, 403], verdict: { retry: 'auth' }, hint: guessed ? `${KEY}, or ${GUESSED}` : KEY },
      { status: [404, 405], verdict: { drop: 'invalid' }, hint: missing },
      ...(malformed === undefined ? [] : [{ status: 400, verdict: { drop: 'invalid' }, hint: malformed } as const]),
      { status: 415, verdict: { drop: 'invalid' }, hint: 'the acceptor takes no such body; try compression: none' },
      LATER,
    ],
  };
}

/** The outcome of an attempt. */
export function readAnswer(result: HttpResult, { target, signal, items }: SentTo): Outcome {
  const rules = rulesFor(target);
  const outcome = target.route === 'otlp' ? classifyOtlp(result, { signal, items }, rules) : classify(result, rules);
  const { retry } = outcome;
  const isUnknownHost = target.guessed && result.kind === 'failure' && result.code === 'ENOTFOUND';
  return isUnknownHost && retry !== undefined
    ? { ...outcome, retry: { ...retry, detail: `${retry.detail}; ${GUESSED}` } }
    : outcome;
}
