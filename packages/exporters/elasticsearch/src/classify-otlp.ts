/**
 * What the answers to OTLP mean. The server acknowledges a request as a whole, and counts what it refused for good:
 *
 *   200                stored, but for those the partial success counts: dropped, as the protocol has it
 *   200, only 409      metrics of a repeated request: stored by an earlier attempt
 *   429                a document at least was throttled: all is sent again
 *   400 "no handler"   no OTLP on this server: dropped, with the version that is needed
 *   400 otherwise      cut until the culprit is alone
 *   5xx but 501 505    sent again
 *
 * Its texts quote what documents hold after "Sample error message"; that is for the log of the debug level only.
 */
import {
  Bisection,
  type ClassifyRules,
  classifyOtlp,
  excerpt,
  type HttpResponse,
  type HttpResult,
} from '@telemetryflow/http';
import { delivered, type Items, type Outcome } from '@telemetryflow/kernel';
import { decodeExportResponse, type Signal } from '@telemetryflow/otlp';
import { type Debug, RULES } from './classify.ts';
import type { OtlpMessage } from './encode-otlp.ts';

const NEEDED =
  'no OTLP here: Elasticsearch takes metrics from 9.2, logs and traces from 9.5, OpenSearch nothing; use protocol: bulk';
const NO_HANDLER = /no handler found/i;

const OTLP_RULES: ClassifyRules = {
  rules: [
    { status: 400, body: NO_HANDLER, verdict: { drop: 'invalid' }, hint: NEEDED },
    { status: [404, 405, 406, 415], verdict: { drop: 'invalid' }, hint: NEEDED },
    ...(RULES.rules ?? []),
  ],
};

/** What was sent. */
export interface OtlpSentAbout {
  readonly signal: Signal;
  readonly items: Items;
  readonly message: Pick<OtlpMessage, 'items' | 'batchId'>;
  /** 1 for the first. */
  readonly attempt: number;
}

/** Reads answers; remembers how often a batch was cut. */
export class OtlpAnswerReader {
  readonly #debug: Debug;
  readonly #bisection = new Bisection();

  constructor(debug: Debug) {
    this.#debug = debug;
  }

  read(result: HttpResult, sent: OtlpSentAbout): Outcome {
    const outcome = this.#outcome(result, sent);
    return result.kind === 'response' ? this.#withoutQuotes(outcome, result) : outcome;
  }

  #outcome(result: HttpResult, { signal, items, message, attempt }: OtlpSentAbout): Outcome {
    const outcome = classifyOtlp(result, { signal, items }, OTLP_RULES);
    if (result.kind === 'failure') return outcome;
    if (result.status === 400 && outcome.dropped !== undefined && !NO_HANDLER.test(textOf(result))) {
      return this.#bisection.cut('invalid', message, outcome.dropped[0]?.detail ?? '');
    }
    if (outcome.dropped !== undefined && signal === 'metrics' && attempt > 1 && onlyConflicts(result)) {
      return delivered();
    }
    return outcome;
  }

  #withoutQuotes(outcome: Outcome, result: HttpResponse): Outcome {
    const { dropped, retry, split, warning } = outcome;
    const texts = [...(dropped ?? []).map(({ detail }) => detail), retry?.detail, split?.detail, warning];
    if (!texts.some((text) => text !== undefined && QUOTE.test(text))) return outcome;
    this.#debug('documents were not stored', { status: result.status, reason: excerpt(result.body) });
    return {
      ...outcome,
      ...(dropped !== undefined && { dropped: dropped.map((each) => ({ ...each, detail: unquoted(each.detail) })) }),
      ...(retry !== undefined && { retry: { ...retry, detail: unquoted(retry.detail) } }),
      ...(split !== undefined && { split: { ...split, detail: unquoted(split.detail) } }),
      ...(warning !== undefined && { warning: unquoted(warning) }),
    } as Outcome;
  }
}

const QUOTE = / *Sample error message.*$/s;

function unquoted<T extends string | undefined>(text: T): T {
  return text?.replace(QUOTE, '') as T;
}

function textOf({ body }: HttpResponse): string {
  return Buffer.from(body.subarray(0, 4096)).toString('utf8');
}

/** True when all that was refused is there already: a time series holds a point of the same dimensions and time. */
function onlyConflicts({ body }: HttpResponse): boolean {
  let message: string;
  try {
    ({ message } = decodeExportResponse('metrics', body, 'proto'));
  } catch {
    return false;
  }
  const statuses = [...message.matchAll(/^Index \[.*?\] returned status \[([A-Z_]+)\]/gm)].map(([, status]) => status);
  return statuses.length > 0 && statuses.every((status) => status === 'CONFLICT') && !/^Ignored \d/m.test(message);
}
