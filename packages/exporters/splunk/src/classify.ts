/**
 * What the answers of the HTTP Event Collector mean. It takes or refuses a request as a whole:
 *
 *   1-4 21 22         retry  auth: the token
 *   6 12 13 15        one event is bad: dropped alone where the answer names it, else found by halving
 *   7                 drop   the token does not allow the index; a request has one index
 *   5 10 11 16        drop   a defect, or a header that a proxy or the configuration took away
 *   8 9 23, any 5xx   retry  unavailable
 *   26 27             retry  throttled
 *
 * Without a code the status decides.
 */
import {
  Bisection,
  type ClassifyRules,
  classify,
  describe,
  type HttpResponse,
  type HttpResult,
} from '@telemetryflow/http';
import { drop, type Outcome, type Payload, partial, retry } from '@telemetryflow/kernel';
import { readAnswer } from './answer.ts';
import type { HecMessage } from './requests.ts';

/** Single events taken out of one batch before it is halved instead. */
const MAX_ISOLATED = 10;
const REMEMBERED = 64;

const RULES: ClassifyRules = {
  rules: [
    {
      status: [404, 405],
      verdict: { drop: 'invalid' },
      hint: 'no HTTP Event Collector here; Splunk Cloud serves it under http-inputs-<stack>, not under the search head',
    },
    { status: (status) => status >= 500, verdict: { retry: 'unavailable' } },
  ],
};

/** Reads answers; remembers how often a batch was sent again without its bad events. */
export class AnswerReader {
  readonly #bisection = new Bisection();
  readonly #isolated = new Map<string, number>();

  read(result: HttpResult, payload: Payload): Outcome {
    if (result.kind === 'failure') return classify(result, RULES);
    const { code, event } = readAnswer(result.body);
    switch (code) {
      case 1:
      case 2:
      case 3:
      case 4:
      case 21:
      case 22:
        return retry('auth', { detail: describe(result, 'check `token`') });
      case 6:
      case 12:
      case 13:
      case 15:
        return result.status === 400 ? this.#isolate(result, payload, event) : classify(result, RULES);
      case 7: {
        const { index } = payload.body as HecMessage;
        return drop(
          'rejected',
          describe(result, `allow the index ${index || 'of the token'} in the settings of the token`),
        );
      }
      case 5:
        return drop('bug', describe(result));
      case 10:
      case 11:
        return drop('invalid', describe(result, 'something on the way removes the header X-Splunk-Request-Channel'));
      case 26:
      case 27:
        return retry('throttled', { detail: describe(result) });
      default:
        return classify(result, RULES);
    }
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
