/** One attempt: without tracing, within its timeout, and with an outcome whatever `send` does. */
import type { Clock, TimerHandle } from '../component/context.ts';
import type { Exporter, Payload } from '../component/exporter.ts';
import { drop, type Outcome, retry } from '../component/outcome.ts';
import { classifyThrow } from './classify-throw.ts';
import { withoutTracing } from './suppression.ts';

/** A `send` that ignores its abort signal is given this long to answer before its slot is taken back. */
const GRACE_MS = 1000;
/** The longest a Node timer can run. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface SenderOptions {
  readonly exporter: Exporter;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** An exporter threw, or answered what is no outcome: a defect of it. */
  readonly onBug: (what: string, error: unknown) => void;
}

/** `ended`: `send` has returned, and reads the payload no more. */
type Done = (outcome: Outcome, durationMs: number, ended: boolean) => void;

export class Sender {
  readonly #options: SenderOptions;
  readonly #attempts = new Set<Attempt>();

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Send once. `done` is called exactly once, later, unless the attempt is cut off by {@link abort}. */
  send(payload: Payload, attempt: number, done: Done): void {
    const running = new Attempt(this.#options, (outcome, durationMs, ended) => {
      this.#attempts.delete(running);
      done(outcome, durationMs, ended);
    });
    this.#attempts.add(running);
    running.start(payload, attempt);
  }

  /** Abort the attempts in progress: they may still answer at once. */
  abort(reason: Error): void {
    for (const attempt of this.#attempts) attempt.abort(reason);
  }
}

class Attempt {
  readonly #options: SenderOptions;
  readonly #done: Done;
  readonly #controller = new AbortController();
  readonly #startedAt: number;
  #timer: TimerHandle | undefined;
  #timedOut = false;
  #over = false;

  constructor(options: SenderOptions, done: Done) {
    this.#options = options;
    this.#done = done;
    this.#startedAt = options.clock.monotonic();
  }

  start(payload: Payload, attempt: number): void {
    const { clock, exporter, timeoutMs } = this.#options;
    this.#timer = clock.setTimeout(() => this.#expire(), Math.min(timeoutMs, MAX_TIMER_MS));
    const { signal } = this.#controller;
    let answer: Promise<Outcome>;
    try {
      answer = Promise.resolve(withoutTracing(() => exporter.send(payload, { signal, attempt })));
    } catch (error) {
      answer = Promise.reject(error);
    }
    answer.then(
      (outcome) => this.#finish(this.#checked(outcome), true),
      (error: unknown) => this.#finish(this.#thrown(error), true),
    );
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }

  #expire(): void {
    this.#timedOut = true;
    this.#controller.abort(new DOMException(this.#timeoutText(), 'TimeoutError'));
    this.#timer = this.#options.clock.setTimeout(
      () =>
        this.#finish(retry('timeout', { detail: `${this.#timeoutText()}, and send ignored its abort signal` }), false),
      GRACE_MS,
    );
  }

  #finish(outcome: Outcome, ended: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#done(outcome, this.#options.clock.monotonic() - this.#startedAt, ended);
  }

  #checked(outcome: Outcome): Outcome {
    if (typeof outcome === 'object' && outcome !== null) return outcome;
    const what = `send answered ${String(outcome)} instead of an outcome`;
    this.#options.onBug(what, undefined);
    return drop('bug', what);
  }

  #thrown(error: unknown): Outcome {
    if (this.#timedOut) return retry('timeout', { detail: this.#timeoutText() });
    const known = classifyThrow(error);
    if (known !== undefined) return known;
    if (this.#controller.signal.aborted) return retry('timeout', { detail: 'aborted' });
    this.#options.onBug('send threw', error);
    return drop('bug', error instanceof Error ? error.message : String(error));
  }

  #timeoutText(): string {
    return `no answer within ${this.#options.timeoutMs} ms`;
  }
}
