import { describe, expect, test } from '@jest/globals';
import { fakeClock } from '@telemetryflow/testkit';

describe('fakeClock', () => {
  test('stands still until it is advanced', async () => {
    const clock = fakeClock(1000);
    await clock.settle();
    expect(clock.now()).toBe(1000);
    expect(clock.monotonic()).toBe(0);
    await clock.advance(250);
    expect(clock.now()).toBe(1250);
    expect(clock.monotonic()).toBe(250);
  });

  test('fires timers in order of time, then of creation, at their own time', async () => {
    const clock = fakeClock(0);
    const fired: string[] = [];
    for (const [name, ms] of [
      ['c', 30],
      ['a', 10],
      ['b', 10],
      ['never', 31],
    ] as const) {
      clock.setTimeout(() => fired.push(`${name}@${clock.monotonic()}`), ms);
    }
    await clock.advance(30);
    expect(fired).toEqual(['a@10', 'b@10', 'c@30']);
    expect(clock.pending).toBe(1);
    expect(clock.untilNext).toBe(1);
  });

  test('runs promises and immediates between two timers, and timers set meanwhile', async () => {
    const clock = fakeClock(0);
    const seen: string[] = [];
    clock.setTimeout(() => {
      void Promise.resolve().then(() => seen.push('promise'));
      setImmediate(() => seen.push('immediate'));
      clock.setTimeout(() => seen.push('nested'), 5);
    }, 10);
    clock.setTimeout(() => seen.push('later'), 20);
    await clock.advance(20);
    expect(seen).toEqual(['promise', 'immediate', 'nested', 'later']);
  });

  test('repeats intervals until they are cancelled, and cancels timeouts', async () => {
    const clock = fakeClock();
    let ticks = 0;
    const interval = clock.setInterval(() => {
      ticks++;
    }, 100);
    clock
      .setTimeout(() => {
        throw new Error('cancelled timers must not fire');
      }, 50)
      .cancel();
    await clock.advance(350);
    expect(ticks).toBe(3);
    interval.cancel();
    await clock.advance(1000);
    expect(ticks).toBe(3);
    expect(clock.pending).toBe(0);
    expect(clock.untilNext).toBeUndefined();
  });

  test('goes from timer to timer', async () => {
    const clock = fakeClock();
    const fired: number[] = [];
    clock.setTimeout(() => fired.push(clock.monotonic()), 5000);
    clock.setTimeout(() => fired.push(clock.monotonic()), 70);
    expect(await clock.advanceToNext()).toBe(true);
    expect(fired).toEqual([70]);
    expect(await clock.advanceToNext()).toBe(true);
    expect(await clock.advanceToNext()).toBe(false);
    expect(fired).toEqual([70, 5000]);
  });
});
