/** Items lost before they reached a queue: counted by signal and reason, and told without flooding the log. */
import type { Clock, Logger, Reason } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';

const REPEAT_MS = 60_000;

const HINTS: Partial<Readonly<Record<Reason, string>>> = {
  queue_full: 'the backend is slower than this service; raise `queue.max_requests` and `queue.max_bytes`, or send less',
  memory: 'memory is short: give the process more, or send less',
  shutdown: 'telemetry was made after the pipeline had stopped',
  unavailable: 'the pipeline did not start; see the error before this one',
};

export class DropCount {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #counts = new Map<string, { readonly signal: Signal; readonly reason: Reason; items: number }>();
  #saidAt = Number.NEGATIVE_INFINITY;
  #unsaid = 0;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  add(signal: Signal, reason: Reason, items: number): void {
    const key = `${signal} ${reason}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { signal, reason, items });
    else known.items += items;
    this.#unsaid += items;
    const now = this.#clock.monotonic();
    if (now - this.#saidAt < REPEAT_MS) return;
    this.#saidAt = now;
    this.#logger.error('Telemetry was dropped before it reached a queue.', {
      signal,
      reason,
      items: this.#unsaid,
      hint: HINTS[reason],
    });
    this.#unsaid = 0;
  }

  /** Every count, by signal and reason. */
  entries(): Iterable<{ readonly signal: Signal; readonly reason: Reason; readonly items: number }> {
    return this.#counts.values();
  }
}
