/** An SDK exporter as a guest of the pipeline: its calls, one attempt each, and its end. */
import { type Outcome, retry } from '@telemetryflow/kernel';
import { classifyResult, type Handed } from './classify.ts';
import { type Answer, listenForAnswers, withAnswer } from './partial-success.ts';
import type { SdkExporter } from './sdk.ts';

export class Guest {
  readonly #exporter: SdkExporter;
  /** Calls that have come to nothing so far. */
  readonly #open = new Set<object>();

  constructor(exporter: SdkExporter) {
    this.#exporter = exporter;
    listenForAnswers(exporter);
  }

  /**
   * Resolves with what the exporter called back, or when `signal` is aborted: the SDK's contract has no way to cancel.
   * Rejects when it throws, at once or later.
   */
  call(exported: unknown, handed: Handed, signal: AbortSignal): Promise<Outcome> {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const onAbort = (): void =>
      resolve(retry('timeout', { detail: `${handed.label}: the exporter did not call back in time` }));
    signal.addEventListener('abort', onAbort, { once: true });
    const call: Answer = {};
    this.#open.add(call);
    // What throws in the callback would throw inside the exporter.
    const read = async (result: unknown): Promise<Outcome> => classifyResult(result, handed, call.partialSuccess);
    const onResult = (result: unknown): void => {
      this.#open.delete(call);
      resolve(read(result));
    };
    const onError = (error: unknown): void => {
      this.#open.delete(call);
      reject(error);
    };
    // Some are async although the contract is not: their rejection would be nobody's.
    withAnswer(call, async () => await this.#exporter.export(exported, onResult)).catch(onError);
    return promise.finally(() => signal.removeEventListener('abort', onAbort));
  }

  /**
   * Resolves when the exporter has sent what it keeps. One that has not called back by now is told and not waited for: it
   * would wait for its calls, and what they carry is tried again or dropped already.
   */
  async shutdown(): Promise<void> {
    const ended = (async () => await this.#exporter.shutdown())();
    if (this.#open.size === 0) await ended;
    else ended.catch(() => {});
  }
}
