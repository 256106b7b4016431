/**
 * Partial success as the official OTLP exporters get it: they log it and call it a success. The handler they give the
 * answer to is a private member; where an exporter has none of that shape, its successes are whole.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { SdkExporter } from './sdk.ts';

/** What one call of `export` has been answered. */
export interface Answer {
  partialSuccess?: object;
}

/** Which call an answer belongs to: one that was given up may be answered during the next. */
const answers = new AsyncLocalStorage<Answer>();

interface Handler {
  handleResponse?: (response: unknown) => unknown;
}

/** Lets {@link withAnswer} see the answers of this exporter. */
export function listenForAnswers(exporter: SdkExporter): void {
  const { _delegate: delegate } = exporter as { readonly _delegate?: { readonly _responseHandler?: Handler } };
  const handler = delegate?._responseHandler;
  const log = handler?.handleResponse;
  if (handler === undefined || typeof log !== 'function') return;
  handler.handleResponse = (response) => {
    const answer = answers.getStore();
    const partialSuccess = (response as { readonly partialSuccess?: unknown } | null | undefined)?.partialSuccess;
    if (answer !== undefined && typeof partialSuccess === 'object' && partialSuccess !== null) {
      answer.partialSuccess = partialSuccess;
    }
    return log.call(handler, response);
  };
}

/** Runs a call whose answer goes into `answer`. */
export function withAnswer<T>(answer: Answer, call: () => T): T {
  return answers.run(answer, call);
}
