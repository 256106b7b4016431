import { expect, test } from '@jest/globals';
import { fakeClock } from '@telemetryflow/testkit';
import { createMemoryPressure, MEMORY_SERVICE, type MemoryUsage, memoryPressureOf } from '../../src/memory/pressure.ts';

function rig(first: Partial<MemoryUsage> = {}) {
  const clock = fakeClock();
  const usage = { rss: 0, heapUsed: 0, heapLimit: 1000, available: 1000 as number | undefined, ...first };
  let samples = 0;
  const memory = createMemoryPressure(clock, () => {
    samples++;
    return { ...usage };
  });
  return { clock, usage, memory, samples: () => samples };
}

test('nothing is measured and nothing is refused until somebody sets limits', async () => {
  const { clock, memory, samples } = rig({ rss: 999, heapUsed: 999 });
  await clock.advance(10_000);
  expect([memory.level(), samples(), clock.pending]).toEqual(['ok', 0, 0]);
});

test('80 % of what the container allows is soft, 90 % is hard, sampled each second', async () => {
  const { clock, usage, memory } = rig();
  memory.limit();
  const levels: string[] = [];
  for (const rss of [799, 800, 899, 900, 500]) {
    usage.rss = rss;
    await clock.advance(1000);
    levels.push(memory.level());
  }
  expect(levels).toEqual(['ok', 'soft', 'soft', 'hard', 'ok']);
});

test('the heap counts against the limit of V8, whatever the container allows', () => {
  const { memory } = rig({ heapUsed: 850, available: undefined });
  memory.limit();
  expect(memory.level()).toBe('soft');
});

test('limits of several components: the strictest decides, the shortest interval samples, and each can leave', async () => {
  const { clock, usage, memory, samples } = rig({ rss: 300 });
  const leave = memory.limit({ softBytes: 250, hardBytes: 350, checkIntervalMs: 100 });
  const other = memory.limit({ softBytes: 700 });
  expect(memory.level()).toBe('soft');
  const before = samples();
  await clock.advance(1000);
  expect(samples() - before).toBe(10);
  usage.rss = 360;
  await clock.advance(100);
  expect(memory.level()).toBe('hard');
  leave();
  leave();
  expect(memory.level()).toBe('ok');
  other();
  expect([memory.level(), clock.pending]).toEqual(['ok', 0]);
});

test('the real sample sees this process', () => {
  const usage = createMemoryPressure(fakeClock()).usage();
  expect(usage.rss).toBeGreaterThan(10_000_000);
  expect(usage.heapUsed).toBeLessThan(usage.heapLimit);
});

test('components reach the service through their context', () => {
  const { memory } = rig();
  const extension = <T>(id: string) => (id === MEMORY_SERVICE ? memory : undefined) as T | undefined;
  expect(memoryPressureOf({ extension })).toBe(memory);
  expect(memoryPressureOf({ extension: () => undefined })).toBeUndefined();
});
