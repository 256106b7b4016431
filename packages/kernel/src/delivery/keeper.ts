/** Brings what waits in a queue into the face the queue keeps, in turns: whoever hands a batch over does not wait for it. */
import type { RequestQueue } from './queue.ts';
import type { Runner, Turns } from './turns.ts';

/** The most items that wait for a turn, a full request. They are twice as heavy as what is kept. */
const MOST_UNKEPT = 8192;

export class Keeper implements Runner {
  readonly #queue: RequestQueue;
  readonly #turns: Turns;
  #current: Generator<undefined, void> | undefined;

  constructor(queue: RequestQueue, turns: Turns) {
    this.#queue = queue;
    this.#turns = turns;
  }

  /** A batch was queued. Whoever hands over more than the turns keep up with waits for the rest. */
  queued(): void {
    while (this.#queue.unkept > MOST_UNKEPT && this.#step());
    if (this.#queue.unkept > 0) this.#turns.request(this);
  }

  run(turns: Turns): boolean {
    while (this.#step()) if (turns.expired()) return true;
    return false;
  }

  /** False when there is nothing to do. */
  #step(): boolean {
    this.#current ??= this.#queue.keepNext();
    if (this.#current === undefined) return false;
    if (this.#current.next().done === true) this.#current = undefined;
    return true;
  }
}
