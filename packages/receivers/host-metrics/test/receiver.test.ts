/** The receiver: its rhythm, its switches, and what happens when something fails. */
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { type Batch, ConsumeError } from '@telemetryflow/kernel';
import type { ResourceMetricsRecord } from '@telemetryflow/otlp';
import { fakeClock } from '@telemetryflow/testkit';
import type { HostMetricsConfig } from '../src/config.ts';
import definition from '../src/index.ts';
import { portableScrapers } from '../src/portable.ts';
import { SCRAPERS } from '../src/scrapers.ts';

function rig(config: Partial<HostMetricsConfig>, refuse = false) {
  const clock = fakeClock();
  const batches: Batch[] = [];
  const log: string[] = [];
  const status: string[] = [];
  let arrived: () => void = () => {};
  const at = (level: string) => (text: string) => void log.push(`${level} ${text}`);
  const receiver = definition.create(
    { collection_interval: 10_000, initial_delay: 1000, root_path: '', scrapers: { load: {} }, ...config },
    {
      clock,
      logger: { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') },
      status: {
        ok: () => void status.push('ok'),
        recoverable: (text: string) => void status.push(text),
        permanent() {},
      },
      signal: new AbortController().signal,
      next: {
        async consume(batch: Batch) {
          batches.push(batch);
          arrived();
          if (refuse) throw new ConsumeError('queue_full', 'full');
        },
      },
    } as never,
  );
  /** Lets time pass and waits for the measurement that it sets off. */
  const measured = async (ms: number) => {
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    await clock.advance(ms);
    await arrival;
    while (clock.pending === 0) await clock.settle();
  };
  return { receiver, clock, batches, log, status, measured };
}
const names = (batch: Batch | undefined): string[] =>
  ((batch?.records() ?? []) as readonly ResourceMetricsRecord[]).flatMap((m) =>
    m.scopeMetrics.flatMap((s) => s.metrics.map((x) => x.descriptor.name)),
  );

test('measures after the initial delay and then at every interval, until it is stopped', async () => {
  const t = rig({});
  await t.receiver.start();
  expect([t.batches.length, t.clock.untilNext]).toEqual([0, 1000]);
  await t.measured(1000);
  expect([t.batches.length, t.clock.untilNext]).toEqual([1, 10_000]);
  await t.measured(10_000);
  expect(t.batches.length).toBe(2);
  await t.receiver.stop();
  expect(t.clock.pending).toBe(0);
});

test('a batch has the host as its resource', async () => {
  const t = rig({ scrapers: { cpu: { per_cpu: false } } });
  await t.receiver.start();
  await t.measured(1000);
  const [record] = (t.batches[0]?.records() ?? []) as readonly ResourceMetricsRecord[];
  expect(names(t.batches[0])).toContain('system.cpu.time');
  expect(record?.resource.attributes).toMatchObject({ 'os.type': process.platform });
  await t.receiver.stop();
});

test('a metric that is switched off is not sent', async () => {
  const t = rig({ scrapers: { load: { metrics: { 'system.cpu.load_average.5m': { enabled: false } } } } });
  await t.receiver.start();
  await t.measured(1000);
  expect(names(t.batches[0])).toEqual(['system.cpu.load_average.1m', 'system.cpu.load_average.15m']);
  await t.receiver.stop();
});

test('a refused measurement is replaced by the next one', async () => {
  const t = rig({}, true);
  await t.receiver.start();
  await t.measured(1000);
  await t.measured(10_000);
  expect(t.batches.length).toBe(2);
  expect(t.log.filter((line) => !line.startsWith('debug'))).toEqual([]);
  await t.receiver.stop();
});

test('a scraper that fails is reported once, and the others go on, from the root that is mounted', async () => {
  const root_path = path.join(import.meta.dirname, '..', 'testdata', 'hostfs');
  const t = rig({ root_path, scrapers: { load: {}, memory: {} } });
  await t.receiver.start();
  await t.measured(1000);
  await t.measured(10_000);
  expect(t.log.filter((line) => line.startsWith('warn'))).toEqual([expect.stringContaining('memory scraper')]);
  expect(t.status).toEqual(['scraper memory fails']);
  expect(names(t.batches[1])).toContain('system.cpu.load_average.1m');
  await t.receiver.stop();
});

test('off Linux the same names are measured through systeminformation', async () => {
  const scrapers = await portableScrapers(SCRAPERS, {});
  const measured = new Map<string, readonly { readonly value: number }[]>();
  for (const [name, scraper] of scrapers) {
    if (name === 'processes' || name === 'network') continue;
    for (const m of await scraper.scrape({} as never)) measured.set(m.name, m.readings);
  }
  const shares = measured.get('system.cpu.utilization') ?? [];
  expect(shares.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThan(0.5);
  expect(measured.get('system.memory.limit')?.[0]?.value).toBeGreaterThan(0);
  expect(measured.get('system.filesystem.usage')?.every(({ value }) => value >= 0)).toBe(true);
});

test('a switch for a metric that there is not is warned about, with the nearest name', () => {
  const scrapers = { load: { metrics: { 'system.cpu.load_average.2m': { enabled: false } } } };
  expect(definition.check?.({ collection_interval: 1000, initial_delay: 0, root_path: '', scrapers })).toMatchObject([
    { severity: 'warning', hint: expect.stringMatching(/system\.cpu\.load_average/) },
  ]);
});
