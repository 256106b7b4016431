/**
 * Waiting in real time for what ought to happen soon. A busy machine may stop this process for seconds; when it goes on, a
 * plain timer is over before what happened meanwhile is seen. Here only time counts in which the event loop turns.
 */
import { setTimeout as realTimeout } from 'node:timers';

/** A stop of the process, however long, counts as this much. */
const TICK_MS = 25;

export interface Patience {
  readonly expired: boolean;
  /** Resolves when it has expired. */
  readonly over: Promise<void>;
  /** Has to be called when nothing is waited for any more. */
  end(): void;
}

/** Begins to wait for this many milliseconds. */
export function patience(ms: number): Patience {
  let left = Math.ceil(ms / TICK_MS);
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    const tick = (): void => {
      if (left-- > 0) timer = realTimeout(tick, TICK_MS);
      else resolve();
    };
    tick();
  });
  return {
    over,
    get expired() {
      return left < 0;
    },
    end: () => clearTimeout(timer),
  };
}

/** Whether a promise resolves within this many milliseconds. */
export async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  const limit = patience(ms);
  try {
    return await Promise.race([promise.then(() => true), limit.over.then(() => false)]);
  } finally {
    limit.end();
  }
}
