/** A clock that moves only when a test says so. Owns time and timers; knows nothing of what they are for. */
import type { Clock, TimerHandle } from '@telemetryflow/kernel';

/** A kernel `Clock` under the test's control. */
export interface FakeClock extends Clock {
  /**
   * Let `ms` milliseconds pass. Timers fire in order of their time (ties: in order of creation), timers they set
   * included, and after each one everything that is ready to run (promises, immediates) runs.
   */
  advance(ms: number): Promise<void>;
  /**
   * Go to the next timer and fire it; `false` when there is none. Nothing is fired when `unless` says so once
   * everything that is ready has run.
   */
  advanceToNext(unless?: () => boolean): Promise<boolean>;
  /** Let everything that is ready run, without moving the time. */
  settle(): Promise<void>;
  /** Timers that are set and neither fired nor cancelled. */
  readonly pending: number;
  /** Milliseconds until the next timer, or `undefined` when there is none. */
  readonly untilNext: number | undefined;
}

interface Timer {
  at: number;
  readonly order: number;
  readonly every: number | undefined;
  readonly callback: () => void;
}

/**
 * Where fake time starts unless the test says otherwise: 2026-11-24T12:00:00Z.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { FAKE_EPOCH, fakeClock, logs } from '@telemetryflow/testkit';
 *
 * assert.equal(new Date(FAKE_EPOCH).toISOString(), '2026-11-24T12:00:00.000Z');
 * assert.equal(fakeClock().now(), FAKE_EPOCH);
 * assert.equal(logs(1)[0]?.hrTime[0], FAKE_EPOCH / 1000);
 * ```
 */
export const FAKE_EPOCH = 1_795_521_600_000;

/**
 * A deterministic clock; `start` is milliseconds since the epoch, `monotonic()` starts at 0.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type FakeClock, fakeClock } from '@telemetryflow/testkit';
 *
 * const clock: FakeClock = fakeClock();
 * const fired: number[] = [];
 * clock.setInterval(() => fired.push(clock.monotonic()), 1000);
 * await clock.advance(2500);
 * assert.deepEqual(fired, [1000, 2000]);
 * assert.equal(clock.untilNext, 500);
 * ```
 */
export function fakeClock(start: number = FAKE_EPOCH): FakeClock {
  const timers = new Set<Timer>();
  let elapsed = 0;
  let created = 0;

  function set(callback: () => void, ms: number, every: number | undefined): TimerHandle {
    const timer: Timer = { at: elapsed + Math.max(0, ms), order: created++, every, callback };
    timers.add(timer);
    return { cancel: () => void timers.delete(timer) };
  }

  function earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) {
        first = timer;
      }
    }
    return first;
  }

  async function fire(timer: Timer): Promise<void> {
    elapsed = Math.max(elapsed, timer.at);
    if (timer.every === undefined) timers.delete(timer);
    else timer.at += Math.max(1, timer.every);
    timer.callback();
    await settle();
  }

  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    setTimeout: (callback, ms) => set(callback, ms, undefined),
    setInterval: (callback, ms) => set(callback, ms, ms),
    async advance(ms) {
      const end = elapsed + ms;
      await settle();
      for (let timer = earliest(); timer !== undefined && timer.at <= end; timer = earliest()) await fire(timer);
      elapsed = end;
      await settle();
    },
    async advanceToNext(unless) {
      await settle();
      if (unless?.() === true) return true;
      const timer = earliest();
      if (timer === undefined) return false;
      await fire(timer);
      return true;
    },
    settle,
    get pending() {
      return timers.size;
    },
    get untilNext() {
      const timer = earliest();
      return timer === undefined ? undefined : Math.max(0, timer.at - elapsed);
    },
  };
}

/** Enough turns of the event loop for what a busy machine cuts into several, as a paused encode. */
const TURNS = 8;

async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
