/**
 * What the answers of Dynatrace mean, where they differ from those of other HTTP backends:
 *
 *   metrics  202         the valid lines were taken
 *   metrics  200         not of the metrics API, unless it counts lines
 *   metrics  400         the valid lines were taken, so it is never sent again; `linesInvalid` says how many were not
 *   metrics  500         sent again once: increments might be counted twice
 *   logs     200         some records were refused or changed; the text does not say how many
 *   logs     402         no licence left: a pause of a minute
 *   any      429, 5xx    `X-RateLimit-Reset` in microseconds is honoured like Retry-After
 */
import {
  type ClassifyRules,
  classify,
  classifyOtlp,
  describe,
  excerpt,
  type HttpResponse,
  type HttpResult,
  isPage,
} from '@telemetryflow/http';
import { countItems, delivered, drop, type Items, type Outcome, partial, retry } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { Route } from './config.ts';

/** What was sent. */
export interface SentTo {
  readonly route: Route;
  readonly signal: Signal;
  readonly items: Items;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

const LICENCE_PAUSE_MS = 60_000;
const MAX_RESET_MS = 300_000;
const BASE_HINT =
  'check environment_url: https://ID.live.dynatrace.com, https://DOMAIN/e/ID (Managed) or https://HOST:9999/e/ID (ActiveGate)';

const COMMON: ClassifyRules['rules'] = [
  { status: [404, 405], verdict: { drop: 'invalid' }, hint: BASE_HINT },
  {
    status: [401, 403],
    verdict: { retry: 'auth' },
    hint: 'the token is wrong, expired, or lacks a scope: metrics.ingest, logs.ingest, openTelemetryTrace.ingest',
  },
];
const RULES: Readonly<Record<Route, ClassifyRules>> = {
  mint: { rules: COMMON },
  api: {
    rules: [
      { status: 404, verdict: { drop: 'invalid' }, hint: `no log module on this ActiveGate, or ${BASE_HINT}` },
      ...COMMON,
      { status: 500, verdict: { retry: 'unavailable' } },
      { status: 501, verdict: { drop: 'rejected' }, hint: 'the environment has no storage for logs' },
    ],
  },
  otlp: { rules: [...COMMON, { status: 500, verdict: { retry: 'unavailable' } }] },
};

/** The outcome of an attempt. */
export function classifyAnswer(result: HttpResult, sent: SentTo): Outcome {
  const outcome = judge(result, sent);
  if (result.kind === 'failure' || outcome.retry === undefined || outcome.retry.afterMs !== undefined) return outcome;
  const afterMs = resetMs(result);
  return afterMs === undefined ? outcome : { ...outcome, retry: { ...outcome.retry, afterMs } };
}

function judge(result: HttpResult, sent: SentTo): Outcome {
  const rules = RULES[sent.route];
  if (sent.route === 'otlp') return classifyOtlp(result, sent, rules);
  if (result.kind === 'response') {
    const own = sent.route === 'mint' ? metricsAnswer(result, sent) : logsAnswer(result);
    if (own !== undefined) return own;
  }
  return classify(result, rules);
}

function metricsAnswer(response: HttpResponse, { items, attempt }: SentTo): Outcome | undefined {
  switch (response.status) {
    case 200:
    case 202: {
      if (isPage(response)) return undefined;
      const invalid = linesInvalid(response) ?? 0;
      if (invalid > 0) return refused(invalid, items, describe(response, 'valid lines of the request were stored'));
      const warning = warningOf(response);
      return warning === undefined ? undefined : delivered({ warning });
    }
    case 400: {
      const detail = describe(response, 'valid lines of the request were stored');
      const invalid = linesInvalid(response);
      if (invalid === undefined) return drop('invalid', describe(response));
      return invalid === 0 ? delivered({ warning: detail }) : refused(invalid, items, detail);
    }
    case 500:
      return attempt > 1 ? drop('rejected', describe(response)) : retry('unavailable', { detail: describe(response) });
    default:
      return undefined;
  }
}

function refused(lines: number, items: Items, detail: string): Outcome {
  return partial({ dropped: [{ items: Math.min(lines, countItems(items)), reason: 'invalid', detail }] });
}

function logsAnswer(response: HttpResponse): Outcome | undefined {
  if (response.status === 402) {
    const detail = describe(response, 'the licence for logs is used up');
    return retry('throttled', { afterMs: LICENCE_PAUSE_MS, detail });
  }
  if (response.status !== 200 || response.unreadable !== undefined || isPage(response)) return undefined;
  return response.body.length === 0
    ? delivered()
    : delivered({
        warning: describe(response, 'some records were refused or changed; the answer does not say how many'),
      });
}

/** A count that the answer to lines names; `undefined` when it is none of the metrics API. */
function linesInvalid(response: HttpResponse): number | undefined {
  const answer = json(response);
  const { linesOk, linesValid = linesOk, linesInvalid: invalid } = answer ?? {};
  if (typeof linesValid !== 'number' || typeof invalid !== 'number' || !Number.isFinite(invalid)) return undefined;
  return Math.max(0, Math.floor(invalid));
}

/** What Dynatrace remarks about lines it took; documented under another name than the one it uses. */
function warningOf(response: HttpResponse): string | undefined {
  if (response.status === 200 && linesInvalid(response) === undefined) {
    return describe(response, 'not an answer of the metrics API: is there a proxy on the way?');
  }
  const { warnings, changedMetricKeys = warnings } = json(response) ?? {};
  if (changedMetricKeys === null || changedMetricKeys === undefined) return undefined;
  const text = excerpt(Buffer.from(JSON.stringify(changedMetricKeys)), { scrub: response.scrub });
  return `${response.url} took the lines with remarks: ${text}`;
}

function json({ body, unreadable }: HttpResponse): Readonly<Record<string, unknown>> | undefined {
  if (unreadable !== undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The pause until the time that the answer names, by the clock of the server where it tells it. */
function resetMs({ headers }: HttpResponse): number | undefined {
  const micros = Number(headers['x-ratelimit-reset']);
  if (!(micros > 0)) return undefined;
  const now = Date.parse(headers.date ?? '');
  const wait = micros / 1000 - (Number.isNaN(now) ? Date.now() : now);
  return Math.min(Math.max(Math.round(wait), 0), MAX_RESET_MS);
}
