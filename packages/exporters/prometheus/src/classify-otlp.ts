/**
 * What an answer of Prometheus to OTLP means. It stores a request as a whole or not at all, so a refused one is cut
 * until the culprit is alone:
 *
 *   400   out of order, a second value, too old, in the future: cut; an encoding that it does not take: dropped
 *   404   the receiver is not enabled
 *   500   with the text of a conversion that failed, or the same five times over: as 400; else sent again
 */
import { Bisection, classifyOtlp, describe, type HttpResponse, type HttpResult, retryAfter } from '@telemetryflow/http';
import { drop, type Items, type Outcome, retry, split } from '@telemetryflow/kernel';
import { HINT_400 } from './classify.ts';
import type { OtlpMessage } from './encode-otlp.ts';
import { SAME_FAILURES, SameFailures } from './same-failures.ts';

export const HINT_OTLP_404 =
  'start Prometheus with --web.enable-otlp-receiver (3.0 and newer), or correct the path of the endpoint';
const HINT_500 = 'the server cannot convert a data point, and says so with a 500';
/** Prometheus says 500 to these, and would say it to every attempt. */
const NEVER_STORED =
  /invalid temporality and type combination|resulted in (?:an )?(?:empty|invalid) name|label name is empty|but the Count field is|cannot convert exponential|could not get aggregation temporality|empty data points/;
const NOT_READ = /unsupported (?:content type|compression)/;
const TOO_LARGE = /(?:decoded size exceeds|request body too large)/;
const MAX_TEXT = 1024;

/** Reads the answers to one exporter instance. */
export class OtlpAnswers {
  readonly #retryOn429: boolean;
  readonly #refused: (batchId: string) => void;
  readonly #bisection = new Bisection();
  readonly #failures = new SameFailures();

  /** `refused` is told of the batch of each request of which nothing was stored. */
  constructor(retryOn429: boolean, refused: (batchId: string) => void = () => undefined) {
    this.#retryOn429 = retryOn429;
    this.#refused = refused;
  }

  read(result: HttpResult, message: OtlpMessage, items: Items): Outcome {
    const plain = (): Outcome => classifyOtlp(result, { signal: 'metrics', items });
    if (result.kind !== 'response') return plain();
    switch (result.status) {
      case 400:
        return this.#badRequest(result, message);
      case 404:
        return drop('invalid', describe(result, HINT_OTLP_404));
      case 429:
        return this.#retryOn429 ? plain() : drop('throttled', describe(result, 'retry_on_429 is false'));
      default:
        return result.status >= 500 ? this.#serverError(result, message) : plain();
    }
  }

  #badRequest(response: HttpResponse, message: OtlpMessage): Outcome {
    const text = textOf(response);
    if (NOT_READ.test(text)) return drop('unsupported', describe(response));
    if (TOO_LARGE.test(text)) return split('too_large', { detail: describe(response) });
    return this.#cut(message, describe(response, HINT_400));
  }

  #serverError(response: HttpResponse, message: OtlpMessage): Outcome {
    const forever = response.status === 500 && NEVER_STORED.test(textOf(response));
    const failures = response.status === 500 ? this.#failures.count(message, describe(response)) : 0;
    if (forever || failures >= SAME_FAILURES) return this.#cut(message, describe(response, HINT_500));
    return retry('unavailable', { detail: describe(response), afterMs: retryAfter(response) });
  }

  #cut(message: OtlpMessage, detail: string): Outcome {
    this.#refused(message.batchId);
    return this.#bisection.cut('rejected', message, detail);
  }
}

function textOf({ body }: HttpResponse): string {
  return Buffer.from(body).toString('utf8', 0, MAX_TEXT);
}
