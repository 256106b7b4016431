/**
 * From a result to an outcome: the default table for HTTP backends, and a small table of exceptions per exporter.
 *
 *   2xx                        delivered
 *   2xx with a page of HTML    drop   invalid      (a login, a proxy or a web interface answered, not the backend)
 *   401 403 407                retry  auth         (the gate for credentials; a rotated key heals it)
 *   408                        retry  timeout
 *   429                        retry  throttled    (Retry-After sets the delay, here and for the other retries)
 *   425 502 503 504            retry  unavailable
 *   413, over maxBodyBytes     split  too_large
 *   3xx, any other 4xx         drop   invalid      (redirects are never followed)
 *   any other 5xx              drop   rejected
 *   no answer                  retry  network or timeout
 */
import { delivered, drop, type Outcome, type Reason, retry, split } from '@telemetryflow/kernel';
import { excerpt, redactUrl } from './redact.ts';
import type { HttpResponse, HttpResult } from './result.ts';
import { parseRetryAfter } from './retry-after.ts';

/** What to do with an answer. */
export type Verdict = 'delivered' | { readonly retry: Reason } | { readonly drop: Reason } | { readonly split: Reason };

/**
 * One exception to the default table; the first that matches wins.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { classify, type ClassifyRule, type Verdict } from '@telemetryflow/http';
 *
 * const late: Verdict = { drop: 'too_old' };
 * const rule: ClassifyRule = { status: 400, body: /timestamp too old/, verdict: late, hint: 'check the clock' };
 * const body = Buffer.from('entry for stream {} has timestamp too old');
 * const answer = { kind: 'response', status: 400, headers: {}, body, url: 'https://loki/' } as const;
 * assert.equal(classify(answer, { rules: [rule] }).dropped?.[0]?.reason, 'too_old');
 * ```
 */
export interface ClassifyRule {
  /** Statuses it is about. */
  readonly status: number | readonly number[] | ((status: number) => boolean);
  /** Only when the text of the answer matches. */
  readonly body?: RegExp;
  readonly verdict: Verdict;
  /** What the reader of the log should do about it. */
  readonly hint?: string;
}

/** How an exporter differs from the default table. */
export interface ClassifyRules {
  readonly rules?: readonly ClassifyRule[];
}

/** How a page begins: a declaration or a comment may stand before its first tag. */
const PAGE = /^\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b/is;
const PAGE_HINT = 'a web page, not the backend; check the endpoint and what stands before it, such as a login';

const HINTS: Readonly<Record<number, string>> = {
  401: 'the backend does not know these credentials',
  403: 'the credentials lack permission',
  404: 'nothing is served under this path; check the endpoint',
  405: 'the path takes no such method; check the endpoint',
  407: 'the proxy demands credentials',
  415: 'the backend does not take this encoding or compression',
};

/**
 * The outcome of a result, by the exporter's rules and then by the default table.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type ClassifyRules, classify, type HttpResponse } from '@telemetryflow/http';
 *
 * const body = Buffer.from('index is read-only');
 * const answer = { kind: 'response', headers: {}, body, url: 'https://es/' } as const;
 * const busy: HttpResponse = { ...answer, status: 429, headers: { 'retry-after': '2' } };
 * assert.deepEqual([classify(busy).retry?.reason, classify(busy).retry?.afterMs], ['throttled', 2000]);
 *
 * const exceptions: ClassifyRules = {
 *   rules: [{ status: 403, body: /read-only/, verdict: { retry: 'unavailable' }, hint: 'free some disk space' }],
 * };
 * assert.equal(classify({ ...answer, status: 403 }).retry?.reason, 'auth');
 * assert.equal(classify({ ...answer, status: 403 }, exceptions).retry?.reason, 'unavailable');
 * ```
 */
export function classify(result: HttpResult, options: ClassifyRules = {}): Outcome {
  if (result.kind === 'response') return classifyResponse(result, options);
  if (result.reason === 'invalid') return drop('invalid', result.message);
  if (result.reason === 'too_large') return split('too_large', { detail: result.message });
  return retry(result.reason, { detail: result.message });
}

function classifyResponse(response: HttpResponse, options: ClassifyRules): Outcome {
  const rule = options.rules?.find((candidate) => matches(candidate, response));
  const verdict = rule?.verdict ?? defaultVerdict(response.status);
  if (rule === undefined && verdict === 'delivered' && isPage(response)) {
    return drop('invalid', describe(response, PAGE_HINT));
  }
  if (verdict === 'delivered') return unreadableWarning(response);
  return outcomeOf(verdict, describe(response, rule?.hint), retryAfter(response));
}

function matches(rule: ClassifyRule, response: HttpResponse): boolean {
  const { status } = rule;
  const hit =
    typeof status === 'number'
      ? status === response.status
      : typeof status === 'function'
        ? status(response.status)
        : status.includes(response.status);
  return hit && (rule.body === undefined || rule.body.test(excerpt(response.body, { maxCharacters: 4096 })));
}

/**
 * True for a page of HTML. As the answer to telemetry it is nobody's success: `classify` drops what met one, whatever
 * its status.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { classify, type HttpResponse, isPage } from '@telemetryflow/http';
 *
 * const body = Buffer.from('<!DOCTYPE html><title>Sign in</title>');
 * const login: HttpResponse = { kind: 'response', status: 200, headers: {}, body, url: 'https://loki/' };
 * assert.equal(isPage(login), true);
 * assert.equal(classify(login).dropped?.[0]?.reason, 'invalid');
 * assert.equal(isPage({ ...login, body: Buffer.from('{}') }), false);
 * ```
 */
export function isPage({ body }: HttpResponse): boolean {
  return body[0] !== 0x7b && PAGE.test(excerpt(body, { maxCharacters: 256 }));
}

/** A verdict as an outcome for all items of the request. */
export function outcomeOf(verdict: Verdict, detail: string, afterMs?: number): Outcome {
  if (verdict === 'delivered') return delivered();
  if ('drop' in verdict) return drop(verdict.drop, detail);
  if ('split' in verdict) return split(verdict.split, { detail });
  return retry(verdict.retry, { detail, ...(afterMs !== undefined && { afterMs }) });
}

function defaultVerdict(status: number): Verdict {
  if (status >= 200 && status < 300) return 'delivered';
  switch (status) {
    case 401:
    case 403:
    case 407:
      return { retry: 'auth' };
    case 408:
      return { retry: 'timeout' };
    case 413:
      return { split: 'too_large' };
    case 429:
      return { retry: 'throttled' };
    case 425:
    case 502:
    case 503:
    case 504:
      return { retry: 'unavailable' };
    default:
      return { drop: status >= 500 ? 'rejected' : 'invalid' };
  }
}

/**
 * The delay an answer asks for, in milliseconds.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type HttpResponse, retryAfter } from '@telemetryflow/http';
 *
 * const headers = { 'retry-after': '3' };
 * const answer: HttpResponse = { kind: 'response', status: 503, headers, body: Buffer.alloc(0), url: 'https://es/' };
 * assert.equal(retryAfter(answer), 3000);
 * assert.equal(retryAfter({ ...answer, headers: {} }), undefined);
 * ```
 */
export function retryAfter(response: HttpResponse): number | undefined {
  const { date } = response.headers;
  return parseRetryAfter(response.headers['retry-after'], { now: Date.now(), ...(date !== undefined && { date }) });
}

/**
 * An answer as one line: where, status, what the backend said, and what to do.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { describe, type HttpResponse } from '@telemetryflow/http';
 *
 * const body = Buffer.from('no such index');
 * const answer: HttpResponse = { kind: 'response', status: 404, headers: {}, body, url: 'https://es/_bulk' };
 * assert.equal(
 *   describe(answer, 'create the data stream first'),
 *   'https://es/_bulk answered 404: no such index (create the data stream first)',
 * );
 * ```
 */
export function describe(response: HttpResponse, hint: string | undefined = HINTS[response.status]): string {
  const said = excerpt(response.body, { scrub: response.scrub });
  const redirect = response.status >= 300 && response.status < 400 ? redirectHint(response) : undefined;
  const advice = redirect ?? hint;
  return `${response.url} answered ${response.status}${said === '' ? '' : `: ${said}`}${advice === undefined ? '' : ` (${advice})`}`;
}

function redirectHint(response: HttpResponse): string {
  const { location } = response.headers;
  const base = URL.canParse(response.url) ? response.url : undefined;
  if (location === undefined || !URL.canParse(location, base)) return 'redirects are not followed; check the endpoint';
  return `redirects are not followed; the endpoint has moved to ${scrubbed(response, redactUrl(new URL(location, base)))}`;
}

function scrubbed({ scrub }: HttpResponse, text: string): string {
  return scrub === undefined ? text : scrub(text);
}

/** Delivered; with a remark when the answer could not be read. */
function unreadableWarning(response: HttpResponse): Outcome {
  if (response.unreadable === undefined) return delivered();
  return delivered({
    warning: `response_unreadable: ${response.url} answered ${response.status}, but the body was ${UNREADABLE[response.unreadable]}`,
  });
}

const UNREADABLE = {
  cut_off: 'cut off',
  timeout: 'not complete in time',
  too_large: 'larger than max_response_bytes',
  encoding: 'compressed in a way that cannot be read',
} as const;
