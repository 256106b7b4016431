/** Waiting with a limit, and knowing whom one waits for. */
import { clearInterval, setImmediate, setInterval } from 'node:timers';
import type { Clock } from '../component/context.ts';

/** The outcome of a wait. */
export type Waited = { readonly done: true; readonly error?: unknown } | { readonly done: false };

/**
 * Waits for `work` at most `ms`. Never rejects; what comes too late is ignored.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { systemClock, type Waited, waitAtMost } from '@telemetryflow/kernel';
 *
 * const refused: Waited = await waitAtMost(Promise.reject(new Error('refused')), 1000, systemClock);
 * assert.equal(refused.done && (refused.error as Error).message, 'refused');
 * ```
 */
export function waitAtMost(work: Promise<unknown>, ms: number, clock: Clock): Promise<Waited> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => resolve({ done: false }), ms);
    const settle = (waited: Waited): void => {
      timer.cancel();
      resolve(waited);
    };
    work.then(
      () => settle({ done: true }),
      (error: unknown) => settle({ done: true, error }),
    );
  });
}

/** Waits for `work` until the signal fires and `graceMs` have passed. Never rejects. */
export async function waitUntil(
  work: Promise<unknown>,
  deadline: AbortSignal,
  graceMs: number,
  clock: Clock,
): Promise<Waited> {
  const settled: Promise<Waited> = work.then(
    () => ({ done: true }),
    (error: unknown) => ({ done: true, error }),
  );
  if (!deadline.aborted) {
    let stopWaiting = (): void => {};
    const fired = new Promise<undefined>((resolve) => {
      stopWaiting = () => resolve(undefined);
      deadline.addEventListener('abort', stopWaiting, { once: true });
    });
    const first = await Promise.race([settled, fired]);
    deadline.removeEventListener('abort', stopWaiting);
    if (first !== undefined) return first;
  }
  return graceMs > 0 ? waitAtMost(work, graceMs, clock) : Promise.race([settled, immediately()]);
}

function immediately(): Promise<Waited> {
  return new Promise((resolve) => {
    setImmediate(() => resolve({ done: false }));
  });
}

/**
 * Keeps the process alive until released. All timers of a pipeline are unref'd, so without this a process that only
 * awaits `shutdown` would exit in the middle of it, and the last data with it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { holdProcess, systemClock } from '@telemetryflow/kernel';
 *
 * // The clock's timers keep no process alive; without the hold this one would end before the timer fires.
 * const release = holdProcess();
 * const fired = await new Promise((resolve) => systemClock.setTimeout(() => resolve(true), 5));
 * release();
 * assert.equal(fired, true);
 * ```
 */
export function holdProcess(): () => void {
  const timer = setInterval(() => {}, 60_000);
  return () => clearInterval(timer);
}
