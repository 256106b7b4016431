/** The memory_limiter: adds its limits to the watch on memory, refuses by it, loses nothing. */
import { expect, test } from '@jest/globals';
import { createPipeline, type MemoryLimits, type MemoryPressure } from '@telemetryflow/kernel';
import { deepFreeze, itemIds, logs, throughProcessor } from '@telemetryflow/testkit';
import { checkLimits, limitsOf } from '../src/config.ts';
import memoryLimiter from '../src/index.ts';

const MIB = 1024 * 1024;
const config = {
  check_interval: 1000,
  limit_mib: 0,
  spike_limit_mib: 0,
  limit_percentage: 0,
  spike_limit_percentage: 0,
};

test('limits are the hard one and a spike below it, in MiB or as a share', () => {
  expect(limitsOf({ ...config, limit_mib: 100 }, 0)).toEqual({ hard: 100 * MIB, soft: 80 * MIB });
  expect(limitsOf({ ...config, limit_mib: 100, spike_limit_mib: 30 }, 0)).toEqual({ hard: 100 * MIB, soft: 70 * MIB });
  expect(limitsOf({ ...config, limit_percentage: 75, spike_limit_percentage: 25 }, 1000)).toEqual({
    hard: 750,
    soft: 500,
  });
});

test('a configuration without limit, interval or room is refused', () => {
  expect(checkLimits(config)[0]?.message).toMatch(/no limit/);
  expect(checkLimits({ ...config, limit_mib: 10, spike_limit_mib: 10 })[0]?.path).toEqual(['spike_limit_mib']);
  expect(checkLimits({ ...config, limit_mib: 10, check_interval: 0 })[0]?.path).toEqual(['check_interval']);
  expect(checkLimits({ ...config, limit_percentage: 80 })).toEqual([]);
});

test('its limits hold from start to stop', async () => {
  const active = new Set<MemoryLimits>();
  const service: MemoryPressure = {
    level: () => 'ok',
    usage: () => ({ rss: 0, heapUsed: 0, heapLimit: 1, available: 1000 }),
    limit(limits = {}) {
      active.add(limits);
      return () => void active.delete(limits);
    },
  };
  const processor = memoryLimiter.create({ ...config, limit_percentage: 50 }, { extension: () => service } as never);
  await processor.start?.();
  expect([...active]).toEqual([{ softBytes: 400, hardBytes: 500, checkIntervalMs: 1000 }]);
  await processor.stop?.();
  expect(active.size).toBe(0);
});

test('with room everything passes', async () => {
  const records = deepFreeze(logs(20));
  const out = await throughProcessor(memoryLimiter, { limit_mib: 1_000_000 }, [{ signal: 'logs', records }]);
  expect(itemIds(out.records.logs)).toEqual(itemIds(records));
  expect(out.dropped).toEqual({});
});

test('without room data is refused, retryably, and counted as nothing else', async () => {
  const pipeline = await createPipeline(
    { processors: { memory_limiter: { limit_mib: 1 } }, exporters: { debug: {} } },
    { plugins: [memoryLimiter], logger: { error() {}, warn() {}, info() {}, debug() {} } },
  );
  await pipeline.start();
  await expect(pipeline.consume({ signal: 'logs', records: logs(3) })).rejects.toMatchObject({
    code: 'memory',
    retryable: true,
  });
  for (const books of Object.values(pipeline.ledger().pipelines)) {
    expect([books.entered, books.received - books.refused]).toEqual([0, 0]);
  }
  await pipeline.shutdown();
});
