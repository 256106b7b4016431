/**
 * How New Relic answers. It says 202 before it has looked into a request, names no items, and has no partial success:
 * what is wrong with an item never shows here, only as NrIntegrationError events of the account.
 */
import {
  type ClassifyRules,
  classify,
  classifyOtlp,
  excerpt,
  type HttpResult,
  type OtlpSent,
} from '@telemetryflow/http';
import { countItems, type Outcome, split } from '@telemetryflow/kernel';
import type { Protocol } from './config.ts';
import type { Region } from './region.ts';

/** What was sent. */
export interface SentRequest extends OtlpSent {
  readonly protocol: Protocol;
  readonly region: Region;
  /** Before compression. */
  readonly bytes: number;
  /** 1 for the first. */
  readonly attempt: number;
}

/** Requests under this many bytes are not split when they time out. */
const SLOW_BYTES = 500_000;
const TIMEOUT_WAIT_MS = 1000;

function rulesFor(region: Region): ClassifyRules {
  return {
    rules: [
      {
        status: [401, 403],
        verdict: { retry: 'auth' },
        hint: `the key is wrong, may not ingest, or belongs to another region than ${region}`,
      },
      {
        status: 404,
        verdict: { drop: 'invalid' },
        hint: 'the path is wrong: OTLP is under /v1/…, the APIs are /metric/v1, /log/v1 and /trace/v1',
      },
      { status: (status) => status >= 500, verdict: { retry: 'unavailable' } },
    ],
  };
}

export function readAnswer(result: HttpResult, sent: SentRequest): Outcome {
  const rules = rulesFor(sent.region);
  const outcome = sent.protocol === 'otlp' ? classifyOtlp(result, sent, rules) : classify(result, rules);
  const { retry } = outcome;
  if (retry?.reason !== 'timeout') return outcome;
  const { items } = sent;
  const several = countItems(items) > 1;
  // An upload that is too large can time out before its 413 arrives.
  if (sent.attempt > 1 && several && sent.bytes > SLOW_BYTES) {
    return split('timeout', { detail: `${retry.detail}; sent again in two halves` });
  }
  return result.kind === 'response' ? { retry: { afterMs: TIMEOUT_WAIT_MS, ...retry } } : outcome;
}

/** What the APIs call a request that they took, and NrIntegrationError events say whose item was wrong. */
export function requestIdOf(result: HttpResult): string | undefined {
  if (result.kind !== 'response' || result.status !== 202) return undefined;
  return /"requestId"\s*:\s*"([\w-]{1,64})"/.exec(excerpt(result.body))?.[1];
}
