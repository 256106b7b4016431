/** The way into a chain: admission, acknowledgements, and what a full queue does with the next batch. */
import type { Clock } from '../component/context.ts';
import { ConsumeError } from '../component/errors.ts';
import type { Batch } from '../data/batch.ts';
import type { Books } from './books.ts';
import type { Admission, Ticket } from './chain.ts';
import type { Acknowledgement, RequestQueue } from './queue.ts';
import type { QueueSettings } from './settings.ts';

export interface IntakeOptions {
  readonly id: string;
  readonly queue: RequestQueue;
  readonly settings: QueueSettings;
  readonly books: Books;
  readonly clock: Clock;
  /** The backend gives no sign of life, or refuses our credentials. */
  readonly down: () => boolean;
  readonly onQueued: () => void;
}

interface Blocked {
  readonly batch: Batch;
  readonly queued: (acknowledged: Promise<void>) => void;
}

const DONE = Promise.resolve();

export class Intake {
  readonly #options: IntakeOptions;
  #blocked: Blocked[] = [];
  #closed = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  admit(count: number, bytes: number, subject: object): Admission {
    if (this.#closed) return 'busy';
    const { queue, settings, down } = this.#options;
    if (settings.onFull === 'drop_oldest') return this.#ticket((batch) => this.#makeRoom(batch));
    if (settings.onFull === 'block') return this.#ticket((batch) => this.#block(batch));
    if (!queue.hasRoom(count, bytes, subject)) return settings.onFull === 'auto' && down() ? 'down' : 'busy';
    queue.reserve(count, bytes, subject);
    return this.#ticket(
      (batch) => {
        // Hold the batch before letting go of its reservation, so that a shared budget never sees a gap.
        const acknowledged = this.#enter(batch);
        queue.unreserve(count, bytes, subject);
        return acknowledged;
      },
      () => queue.unreserve(count, bytes, subject),
    );
  }

  /** Room became free: let blocked batches in, in order. */
  unblock(): void {
    const { queue } = this.#options;
    while (this.#blocked.length > 0) {
      const [next] = this.#blocked;
      if (next === undefined || !queue.hasRoom(next.batch.count, next.batch.bytes, next.batch)) return;
      this.#blocked.shift();
      next.queued(this.#enter(next.batch));
    }
  }

  /** Nothing more comes in, except what was accepted and waits for room. */
  close(): void {
    this.#closed = true;
    for (const { batch, queued } of this.#blocked.splice(0)) queued(this.#enter(batch));
  }

  #ticket(accept: (batch: Batch) => Promise<void>, release?: () => void): Ticket {
    let used = false;
    return {
      accept: (batch) => {
        if (used) throw new Error('A ticket is accepted or released once');
        used = true;
        if (!this.#closed) return accept(batch);
        release?.();
        return Promise.reject(new ConsumeError('shutdown', `exporter "${this.#options.id}" is shutting down`));
      },
      release: () => {
        if (used) return;
        used = true;
        release?.();
      },
    };
  }

  #enter(batch: Batch): Promise<void> {
    const { queue, books, clock, settings, onQueued } = this.#options;
    if (batch.count === 0) return DONE;
    let acknowledged = DONE;
    let acknowledgement: Acknowledgement | undefined;
    if (settings.waitForResult) {
      acknowledged = new Promise<void>((resolve, reject) => {
        acknowledgement = {
          settled: (undelivered) => (undelivered ? reject(this.#undelivered()) : resolve()),
        };
      });
    }
    books.ledger.enter(batch.count);
    queue.push(batch, clock.monotonic(), acknowledgement);
    onQueued();
    return acknowledged;
  }

  #undelivered(): ConsumeError {
    const { id } = this.#options;
    return this.#closed
      ? new ConsumeError('shutdown', `exporter "${id}" stopped before the batch was delivered`)
      : new ConsumeError('undelivered', `exporter "${id}" gave up on the batch, or on a part of it`);
  }

  #makeRoom(batch: Batch): Promise<void> {
    const { queue, books } = this.#options;
    while (!queue.hasRoom(batch.count, batch.bytes, batch)) {
      const dropped = queue.dropOldest();
      if (dropped === 0) {
        // What is in flight fills the bounds: there is nothing older to drop.
        books.turnAway(batch.count, 'the queue is full');
        return DONE;
      }
      books.dropQueued(dropped, 'queue_full', 'the oldest gave way (queue.on_full: drop_oldest)');
    }
    return this.#enter(batch);
  }

  #block(batch: Batch): Promise<void> {
    const { queue } = this.#options;
    if (this.#blocked.length === 0 && queue.hasRoom(batch.count, batch.bytes, batch)) return this.#enter(batch);
    return new Promise<void>((resolve) => {
      this.#blocked.push({ batch, queued: resolve });
    });
  }
}
