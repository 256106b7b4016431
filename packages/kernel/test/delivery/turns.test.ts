import { describe, expect, it } from '@jest/globals';
import { type Runner, Turns } from '../../src/delivery/turns.ts';

/** A runner whose every piece takes `cost` milliseconds. */
function worker(name: string, pieces: number, cost: number, time: { now: number }, log: string[]): Runner {
  let left = pieces;
  return {
    run(turns) {
      while (left > 0) {
        left--;
        time.now += cost;
        log.push(name);
        if (turns.expired()) return left > 0;
      }
      return false;
    },
  };
}

const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('end after half a millisecond and go on in the next immediate', async () => {
    const time = { now: 0 };
    const log: string[] = [];
    const turns = new Turns(() => time.now);
    turns.request(worker('a', 10, 0.125, time, log));
    await immediate();
    expect(log).toHaveLength(4);
    await immediate();
    expect(log).toHaveLength(8);
    await immediate();
    expect(log).toHaveLength(10);
  });

  it('are shared by all who ask: half a millisecond in all, and everybody in turn', async () => {
    const time = { now: 0 };
    const log: string[] = [];
    const turns = new Turns(() => time.now);
    for (const name of ['a', 'b', 'c']) turns.request(worker(name, 4, 0.3, time, log));
    const seen: string[] = [];
    for (let i = 0; i < 8; i++) {
      await immediate();
      seen.push(log.splice(0).join(''));
    }
    expect(seen.join(' ').trim()).toBe('aa bb cc aa bb cc');
  });

  it('are taken once, however often a runner asks', async () => {
    const turns = new Turns();
    let runs = 0;
    const runner: Runner = { run: () => ++runs < 0 };
    turns.request(runner);
    turns.request(runner);
    await immediate();
    await immediate();
    expect(runs).toBe(1);
  });
});
