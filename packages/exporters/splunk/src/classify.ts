/**
 * What the answers of the HTTP Event Collector mean. It takes or refuses a request as a whole:
 *
 *   1-4 21 22         retry  auth: the token
 *   6 12 13 15        one event is bad: dropped alone where the answer names it, else found by halving
 *   7                 drop   the token does not allow the index; a request has one index
 *   5 10 11 16        drop   a defect, or a header that a proxy or the configuration took away
 *   8 9 18-20 23      retry  unavailable, as any 5xx
 *   26 27             retry  throttled
 *
 * Without a code the status decides.
 */
import {
  Bisection,
  type ClassifyRule,
  type ClassifyRules,
  classify,
  describe,
  type HttpResponse,
  type HttpResult,
} from '@telemetryflow/http';
import { drop, type Outcome, type Payload, partial } from '@telemetryflow/kernel';
import { readAnswer } from './answer.ts';
import type { HecMessage } from './requests.ts';

/** Single events taken out of one batch before it is halved instead. */
const MAX_ISOLATED = 10;
const REMEMBERED = 64;

/** What an answer means, whatever its status. */
type CodeRule = Omit<ClassifyRule, 'status'>;
const NO_COLLECTOR: CodeRule = {
  verdict: { drop: 'invalid' },
  hint: 'no HTTP Event Collector here; Splunk Cloud serves it under http-inputs-<stack>, not under the search head',
};

const RULES: ClassifyRules = {
  rules: [
    { status: [404, 405], ...NO_COLLECTOR },
    // A page to log in, say: nothing behind it takes events.
    { status: (status) => status < 300, body: /^\s*<(?:!doctype|html)\b/i, ...NO_COLLECTOR },
    { status: (status) => status >= 500, verdict: { retry: 'unavailable' } },
  ],
};

/** About one event of the request. */
const BAD_EVENT: ReadonlySet<number> = new Set([6, 12, 13, 15]);
const INCORRECT_INDEX = 7;

const TOKEN: CodeRule = { verdict: { retry: 'auth' }, hint: 'check `token`' };
const CHANNEL: CodeRule = {
  verdict: { drop: 'invalid' },
  hint: 'something on the way removes the header X-Splunk-Request-Channel',
};
const BUSY: CodeRule = { verdict: { retry: 'unavailable' } };
const FULL: CodeRule = { verdict: { retry: 'throttled' } };

/** Codes that say more than their status, which differs between versions, or that a proxy may have changed. */
const CODES: Readonly<Record<number, CodeRule>> = {
  1: TOKEN,
  2: TOKEN,
  3: TOKEN,
  4: TOKEN,
  5: { verdict: { drop: 'bug' } },
  8: BUSY,
  9: BUSY,
  10: CHANNEL,
  11: CHANNEL,
  16: { verdict: { drop: 'invalid' } },
  18: BUSY,
  19: BUSY,
  20: BUSY,
  21: TOKEN,
  22: TOKEN,
  23: BUSY,
  26: FULL,
  27: FULL,
};

/** Reads answers; remembers how often a batch was sent again without its bad events. */
export class AnswerReader {
  readonly #bisection = new Bisection();
  readonly #isolated = new Map<string, number>();

  read(result: HttpResult, payload: Payload): Outcome {
    if (result.kind === 'failure') return classify(result, RULES);
    const { code = -1, event } = readAnswer(result.body);
    if (BAD_EVENT.has(code)) return this.#isolate(result, payload, event);
    if (code === INCORRECT_INDEX) {
      const { index } = payload.body as HecMessage;
      const hint = `allow the index ${index || 'of the token'} in the settings of the token`;
      return drop('rejected', describe(result, hint));
    }
    const rule = CODES[code];
    return classify(result, rule === undefined ? RULES : { rules: [{ status: () => true, ...rule }] });
  }

  #isolate(response: HttpResponse, payload: Payload, event: number | undefined): Outcome {
    const detail = describe(response);
    const { batchId, events } = payload.body as HecMessage;
    const items = payload.items as readonly number[];
    const item = event === undefined ? undefined : events[event];
    const isolated = this.#isolated.get(batchId) ?? 0;
    if (items.length <= 1 || typeof item !== 'number' || isolated >= MAX_ISOLATED) {
      return this.#bisection.cut('invalid', { batchId, items: items.length }, detail);
    }
    if (this.#isolated.size >= REMEMBERED) this.#isolated.clear();
    this.#isolated.set(batchId, isolated + 1);
    return partial({
      dropped: [{ items: [item], reason: 'invalid', detail }],
      retry: { items: items.filter((other) => other !== item), reason: 'invalid', afterMs: 0, detail },
    });
  }
}
