/** What waits in a queue is brought into the face the queue keeps: in turns, and at once where turns do not keep up. */
import { describe, expect, it } from '@jest/globals';
import { encode } from '@telemetryflow/otlp';
import { logs } from '@telemetryflow/testkit';
import type { Batch } from '../../src/data/batch.ts';
import { batchFromRecords } from '../../src/data/segmented.ts';
import { MemoryBudget } from '../../src/delivery/budget.ts';
import { Keeper } from '../../src/delivery/keeper.ts';
import { MemoryQueue } from '../../src/delivery/memory-queue.ts';
import { deliverySettings } from '../../src/delivery/settings.ts';
import { Turns } from '../../src/delivery/turns.ts';

const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function queueOfBytes(budget = new MemoryBudget(1e9)): MemoryQueue {
  const settings = deliverySettings({ reads: 'otlp' } as never, {}, 'logs');
  return new MemoryQueue(settings, budget.join());
}

const batchOf = (items: number): Batch => batchFromRecords('logs', logs(items)) as Batch;

describe('what waits in a queue', () => {
  it('is encoded a step in each turn, and then counts what its bytes take', async () => {
    const time = { now: 0 };
    // Every look at the clock ends the turn.
    const turns = new Turns(() => time.now++);
    const budget = new MemoryBudget(1e9);
    const queue = queueOfBytes(budget);
    const keeper = new Keeper(queue, turns);
    const batch = batchOf(640);
    queue.push(batch, 0, undefined);
    keeper.queued();
    expect(queue.unkept).toBe(640);
    expect(queue.occupancy().bytes).toBe(batch.bytes);
    let needed = 0;
    for (; queue.unkept > 0; needed++) await immediate();
    expect(needed).toBeGreaterThanOrEqual(10);
    const { length } = encode('logs', logs(640));
    expect(queue.occupancy().bytes).toBe(length);
    expect(budget.used).toBe(length);
    expect(batch.hasOtlp).toBe(false);
  });

  it('is encoded at once beyond 8192 items, oldest first', () => {
    const queue = queueOfBytes();
    const keeper = new Keeper(queue, new Turns());
    for (let i = 0; i < 24; i++) {
      queue.push(batchOf(512), 0, undefined);
      keeper.queued();
      expect(queue.unkept).toBe(Math.min(8192, (i + 1) * 512));
    }
  });

  it('is not waited for when it was dropped or taken meanwhile', async () => {
    const queue = queueOfBytes();
    const keeper = new Keeper(queue, new Turns());
    for (let i = 0; i < 4; i++) queue.push(batchOf(512), 0, undefined);
    keeper.queued();
    expect(queue.dropOldest()).toBe(512);
    const request = queue.take();
    expect(queue.unkept).toBe(3 * 512);
    if (request === undefined) throw new Error('nothing to take');
    const pieces = queue.pieces(request);
    for (let step = pieces.next(); step.done !== true; step = pieces.next());
    expect(queue.unkept).toBe(0);
    queue.settle(request, false, true);
    for (let i = 0; i < 5; i++) await immediate();
    expect(queue.unkept).toBe(0);
    expect(queue.occupancy()).toMatchObject({ bytes: 0, requests: 0 });
  });
});
