/** Asks Splunk which requests it has indexed. */
import type { HttpClient } from '@telemetryflow/http';
import { type Clock, delivered, type Outcome, retry, type TimerHandle } from '@telemetryflow/kernel';
import { readAnswer, readConfirmed } from './answer.ts';

export interface AcksOptions {
  readonly client: HttpClient;
  /** With the channel; acknowledgements belong to one. */
  readonly url: string;
  readonly pollMs: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

interface Waiting {
  readonly settle: (outcome: Outcome) => void;
  readonly timer: TimerHandle;
}

const ACK_DISABLED = 14;
const SWITCHED_OFF = 'the token no longer has indexer acknowledgement: taken for delivered without it';

export class Acks {
  readonly #options: AcksOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #stopped = new AbortController();
  #poll: TimerHandle | undefined;

  constructor(options: AcksOptions) {
    this.#options = options;
  }

  /** Resolves when the request of this id is indexed, or is to be sent again. */
  confirmation(id: number, signal: AbortSignal): Promise<Outcome> {
    const { clock, timeoutMs } = this.#options;
    return new Promise((resolve) => {
      const settle = (outcome: Outcome): void => {
        signal.removeEventListener('abort', cut);
        timer.cancel();
        if (this.#waiting.get(id)?.settle === settle) this.#waiting.delete(id);
        resolve(outcome);
      };
      const cut = (): void =>
        settle(retry('timeout', { detail: 'Splunk took the request, but has not yet confirmed it' }));
      const timer = clock.setTimeout(
        () => settle(retry('timeout', { detail: `Splunk has not confirmed the request within ${timeoutMs} ms` })),
        timeoutMs,
      );
      this.#waiting.set(id, { settle, timer });
      if (signal.aborted) cut();
      else signal.addEventListener('abort', cut);
      this.#schedule();
    });
  }

  stop(): void {
    this.#stopped.abort();
    this.#poll?.cancel();
  }

  #schedule(): void {
    if (this.#poll !== undefined || this.#waiting.size === 0 || this.#stopped.signal.aborted) return;
    this.#poll = this.#options.clock.setTimeout(() => {
      void this.#ask().finally(() => {
        this.#poll = undefined;
        this.#schedule();
      });
    }, this.#options.pollMs);
  }

  /** A failed poll is no failure of the data: the next one may work. */
  async #ask(): Promise<void> {
    const { client, url } = this.#options;
    const body = JSON.stringify({ acks: [...this.#waiting.keys()] });
    const result = await client.request({ url, body, signal: this.#stopped.signal });
    if (result.kind === 'failure') return;
    if (readAnswer(result.body).code === ACK_DISABLED) {
      for (const { settle } of this.#waiting.values()) settle(delivered({ warning: SWITCHED_OFF }));
      return;
    }
    for (const id of readConfirmed(result.body)) this.#waiting.get(id)?.settle(delivered());
  }
}
