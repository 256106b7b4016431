/** Brings what waits in a queue into the face the queue keeps, in turns: whoever hands a batch over does not wait for it. */
import type { RequestQueue } from './queue.ts';
import type { Runner, Turns } from './turns.ts';

export class Keeper implements Runner {
  readonly #queue: RequestQueue;
  #current: Generator<undefined, void> | undefined;

  constructor(queue: RequestQueue) {
    this.#queue = queue;
  }

  run(turns: Turns): boolean {
    for (;;) {
      this.#current ??= this.#queue.keepNext();
      if (this.#current === undefined) return false;
      if (this.#current.next().done === true) this.#current = undefined;
      if (turns.expired()) return true;
    }
  }
}
