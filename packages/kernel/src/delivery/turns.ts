/**
 * Gives the event loop back: work of all chains of the process runs in turns of half a millisecond in all, one chain
 * after the other, each turn in its own `setImmediate`.
 */
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';

/** Work in pieces. Looks at `turns.expired()` after each piece and returns true when there is more to do. */
export interface Runner {
  run(turns: Turns): boolean;
}

/**
 * How long a turn may run before other events get theirs. The last piece of work ends after it, and the loop has other
 * callbacks of ours to run: together they stay near a millisecond.
 */
const TURN_MS = 0.5;

export class Turns {
  readonly #now: () => number;
  #waiting: Runner[] = [];
  #scheduled = false;
  #end = 0;

  /** `now` is milliseconds of real time: a turn measures the processor, not the pipeline's clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Give `runner` a turn soon; once, however often it is asked for. */
  request(runner: Runner): void {
    if (this.#waiting.includes(runner)) return;
    this.#waiting.push(runner);
    this.#schedule();
  }

  /** True when the turn is over. */
  expired(): boolean {
    return this.#now() >= this.#end;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    this.#end = this.#now() + TURN_MS;
    const runners = this.#waiting;
    this.#waiting = [];
    let ran = 0;
    try {
      for (const runner of runners) {
        ran++;
        if (runner.run(this) && !this.#waiting.includes(runner)) this.#waiting.push(runner);
        if (this.expired()) break;
      }
    } finally {
      // Who has not run goes first next time, even when a runner threw.
      this.#waiting.unshift(...runners.slice(ran));
      if (this.#waiting.length > 0) this.#schedule();
    }
  }
}

/** The turns of this process. */
export const PROCESS_TURNS: Turns = new Turns();
