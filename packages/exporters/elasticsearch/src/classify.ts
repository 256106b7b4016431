/**
 * What the answers mean. Those about single documents, inside a 200:
 *
 *   200 201            stored
 *   409                stored by an earlier attempt; of a metric's first attempt: dropped, it was a duplicate
 *   429                sent again, throttled
 *   401 403            sent again behind the gate for credentials; where telemetry chose the index, five times
 *   403 (write block)  sent again five times
 *   5xx but 501        sent again
 *   else               dropped
 *
 * Those about the whole request differ from other backends in 400 (cut until the culprit is alone) and 5xx.
 */
import {
  Bisection,
  type ClassifyRules,
  classify,
  describe,
  type HttpResponse,
  type HttpResult,
} from '@telemetryflow/http';
import { type DroppedItems, drop, type Outcome, type Reason, retry } from '@telemetryflow/kernel';
import type { BulkMessage } from './bulk.ts';
import { type DocumentResult, readBulkAnswer } from './bulk-answer.ts';
import type { ClusterMode } from './mode.ts';

export const RULES: ClassifyRules = {
  rules: [
    { status: 404, verdict: { drop: 'invalid' }, hint: 'no bulk API under this path; write the endpoint without path' },
    { status: 406, verdict: { drop: 'invalid' }, hint: 'this server does not take NDJSON: is it an Elasticsearch?' },
    { status: [501, 505], verdict: { drop: 'rejected' } },
    { status: (status) => status >= 500, verdict: { retry: 'unavailable' } },
  ],
};

/** Attempts for what time rarely heals. */
const SLOW_ATTEMPTS = 5;
const NO_TEMPLATE = /Can't find dynamic template|failed to find type parsed/;
const UNKNOWN_PARAMETER = /unrecognized parameter|contains unrecognized/i;
const UNKNOWN_ACTION_FIELD = /Action\/metadata line .*(?:contains an unknown parameter|dynamic_templates)/i;

type Verdict =
  | 'stored'
  | 'without templates'
  | { readonly retry: Reason; readonly hint?: string }
  | { readonly drop: Reason; readonly hint?: string };

/** Where reasons go that quote documents. */
export type Debug = (message: string, fields: Readonly<Record<string, unknown>>) => void;

/** Reads answers; remembers how often a batch was cut. */
export class AnswerReader {
  readonly #debug: Debug;
  readonly #bisection = new Bisection();

  constructor(debug: Debug) {
    this.#debug = debug;
  }

  read(result: HttpResult, message: BulkMessage, attempt: number): Outcome {
    if (result.kind === 'failure') return classify(result, RULES);
    if (result.status === 400) return this.#badRequest(result, message);
    if (result.status < 200 || result.status > 299) return classify(result, RULES);
    const answer = result.unreadable === undefined ? readBulkAnswer(result.body) : undefined;
    if (answer === undefined) {
      const what = 'the answer, which says what became of each document, could not be read';
      return retry('unavailable', { detail: describe(result, what) });
    }
    const stored =
      answer.failureStore > 0
        ? { warning: `${answer.failureStore} documents went into the failure store of their data stream` }
        : {};
    if (!answer.errors) return stored;
    if (answer.results.length !== message.documents.length) {
      const what = `${answer.results.length} results for ${message.documents.length} documents`;
      return retry('unavailable', { detail: describe(result, what) });
    }
    return { ...stored, ...this.#documents(answer.results, message, attempt) };
  }

  #documents(results: readonly DocumentResult[], message: BulkMessage, attempt: number): Outcome {
    const fates = new Map<number, Exclude<Verdict, 'stored'>>();
    const details = new Map<number, string>();
    let quoted = false;
    for (let i = 0; i < results.length; i++) {
      const result = results[i] as DocumentResult;
      const verdict = judge(result, message, i, attempt);
      if (verdict === 'stored') continue;
      if (!quoted) {
        quoted = true;
        this.#debug('a document was not stored', { status: result.status, type: result.type, reason: result.reason });
      }
      const items = message.documents[i] ?? [];
      for (const item of typeof items === 'number' ? [items] : items) {
        const before = fates.get(item);
        // An item is sent again when one of its documents is: those that are stored have an _id.
        if (before !== undefined && !(isDrop(before) && !isDrop(verdict))) continue;
        fates.set(item, verdict);
        details.set(item, detailOf(result, verdict));
      }
    }
    return outcomeOf(fates, details, message.mode);
  }

  #badRequest(response: HttpResponse, message: BulkMessage): Outcome {
    const text = Buffer.from(response.body.subarray(0, 4096)).toString('utf8');
    const { mode } = message;
    if (UNKNOWN_PARAMETER.test(text) && mode.requireDataStream) {
      return fallBack(response, { ...mode, requireDataStream: false });
    }
    if (UNKNOWN_ACTION_FIELD.test(text) && mode.dynamicTemplates) {
      return fallBack(response, { ...mode, dynamicTemplates: false });
    }
    if (UNKNOWN_PARAMETER.test(text)) return drop('invalid', describe(response));
    return this.#bisection.cut('invalid', message, describe(response));
  }
}

function judge({ status, type, reason }: DocumentResult, message: BulkMessage, at: number, attempt: number): Verdict {
  if (status >= 200 && status < 300) return 'stored';
  switch (status) {
    case 409:
      if (message.identified || attempt > 1) return 'stored';
      return { drop: 'invalid', hint: 'a document of the same dimensions and millisecond is stored already' };
    case 429:
      return { retry: 'throttled' };
    case 401:
    case 403:
      return denied(type, message.chosen.has(at), attempt);
    case 404:
      return { drop: 'invalid', hint: 'no such index, and it may not be made; install its template, or name another' };
    case 413:
      return { drop: 'too_large' };
    case 501:
      return { drop: 'rejected' };
    case 0:
      return { retry: 'unavailable', hint: 'the answer has no status' };
    default:
      break;
  }
  if (status >= 500 || status === 408) return { retry: 'unavailable' };
  if (NO_TEMPLATE.test(reason) && message.mode.dynamicTemplates) return 'without templates';
  return { drop: 'invalid' };
}

function denied(type: string, chosen: boolean, attempt: number): Verdict {
  const hint =
    type === 'cluster_block_exception'
      ? 'the index takes no writes'
      : chosen
        ? 'the index was chosen by the attribute elasticsearch.index'
        : 'the credentials lack the privilege create_doc for this index';
  if (type !== 'cluster_block_exception' && !chosen) return { retry: 'auth', hint };
  const reason = chosen ? 'auth' : 'rejected';
  return attempt < SLOW_ATTEMPTS ? { retry: 'unavailable', hint } : { drop: reason, hint };
}

/** The strongest reason first: its rules apply to all that is sent again. */
const RETRY_ORDER: readonly Reason[] = ['auth', 'throttled', 'unavailable'];

function outcomeOf(
  fates: ReadonlyMap<number, Exclude<Verdict, 'stored'>>,
  details: ReadonlyMap<number, string>,
  mode: ClusterMode,
): Outcome {
  const again: number[] = [];
  const dropped = new Map<string, DroppedItems & { readonly items: number[] }>();
  let reason: Reason | undefined;
  let detail: string | undefined;
  let fallback = false;
  for (const [item, fate] of fates) {
    const said = details.get(item) ?? '';
    if (isDrop(fate)) {
      const group = dropped.get(`${fate.drop} ${said}`);
      if (group === undefined) dropped.set(`${fate.drop} ${said}`, { items: [item], reason: fate.drop, detail: said });
      else group.items.push(item);
      continue;
    }
    again.push(item);
    if (fate === 'without templates') {
      fallback = true;
      detail ??= said;
    } else if (reason === undefined || RETRY_ORDER.indexOf(fate.retry) < RETRY_ORDER.indexOf(reason)) {
      reason = fate.retry;
      detail = said;
    }
  }
  again.sort((a, b) => a - b);
  return {
    ...(dropped.size > 0 && { dropped: [...dropped.values()] }),
    ...(again.length > 0 && {
      retry: { items: again, reason: reason ?? 'unsupported', detail, ...(reason === undefined && { afterMs: 0 }) },
    }),
    ...(fallback && { mode: { ...mode, dynamicTemplates: false } }),
  };
}

function fallBack(response: HttpResponse, mode: ClusterMode): Outcome {
  return { ...retry('unsupported', { afterMs: 0, detail: describe(response) }), mode };
}

function isDrop(fate: Exclude<Verdict, 'stored'>): fate is { readonly drop: Reason; readonly hint?: string } {
  return typeof fate === 'object' && 'drop' in fate;
}

/** Status and type; the reason may quote the document, so it is for the log of the debug level only. */
function detailOf({ status, type }: DocumentResult, verdict: Verdict): string {
  const hint = typeof verdict === 'object' ? verdict.hint : undefined;
  const name = /^[\w.:-]{1,80}$/.test(type) ? ` ${type}` : '';
  return `the bulk API answered ${status}${name} for a document${hint === undefined ? '' : ` (${hint})`}`;
}
