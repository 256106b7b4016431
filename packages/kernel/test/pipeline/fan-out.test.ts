/** Fan-out over real queues: a dead backend costs itself data, a slow one holds back the sender. */
import { expect, test } from '@jest/globals';
import { ConsumeError, createPipeline, defineExporter, type Logger, type Outcome, retry } from '@telemetryflow/kernel';
import { fakeClock } from '@telemetryflow/testkit';
import { log } from './plugins.ts';

const quiet: Logger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

/** Three exporters `a`, `b`, `c` with a queue of one request each; `answer` says what an attempt comes to. */
async function three(answer: (id: string) => Outcome) {
  const clock = fakeClock();
  const one = defineExporter({
    type: 'x',
    description: 'Scripted.',
    signals: { logs: 'beta' },
    reads: 'records',
    concurrency: 1,
    config: { type: 'object', properties: {} },
    create: (_, { id }) => ({
      *encode(batch) {
        yield { body: 0, items: { from: 0, to: batch.count } };
      },
      send: async () => answer(id),
    }),
  });
  const settings = { batch_size: 1, max_batch_items: 1, flush_interval: '10ms', queue: { max_requests: 1 } };
  const config = { exporters: { 'x/a': settings, 'x/b': settings, 'x/c': settings } };
  const pipeline = await createPipeline(config, { plugins: [one], logger: quiet, clock });
  await pipeline.start();
  let accepted = 0;
  let refused = 0;
  for (let second = 0; second < 120; second++) {
    await pipeline.consume({ signal: 'logs', records: [log(`${second}`)] }).then(
      () => accepted++,
      (error: unknown) => {
        if (!ConsumeError.is(error)) throw error;
        refused++;
      },
    );
    await clock.advance(1000);
  }
  const ledgers = (): Record<string, unknown> => {
    const { pipelines, exporters } = pipeline.ledger();
    const logs = pipelines['logs'];
    const entered = Object.values(exporters).reduce((sum, { logs: ledger }) => sum + (ledger?.entered ?? 0), 0);
    expect(logs).toMatchObject({ branches: 3, received: 120, refused, entered });
    expect(120 * 3).toBe(refused * 3 + entered);
    for (const { logs: ledger } of Object.values(exporters)) {
      const dropped = Object.values(ledger?.dropped ?? {}).reduce((sum, count) => sum + count, 0);
      const { queued = 0, inFlight = 0, delivered = 0 } = ledger ?? {};
      expect(ledger?.entered).toBe(queued + inFlight + delivered + dropped);
    }
    return Object.fromEntries(Object.entries(exporters).map(([id, { logs: ledger }]) => [id, ledger?.delivered]));
  };
  const close = async (): Promise<void> => {
    const closed = pipeline.shutdown({ timeoutMs: 10 });
    await clock.advance(2000);
    await closed;
  };
  return { accepted, refused, delivered: ledgers(), close };
}

test('one dead of three: once its breaker is open the others get everything', async () => {
  const { accepted, refused, delivered, close } = await three((id) => (id === 'x/a' ? retry('unavailable') : {}));
  // Until five failures have opened the breaker the dead one looks slow, and holds the others back.
  expect(refused).toBeLessThan(60);
  expect(delivered).toMatchObject({ 'x/a': 0, 'x/b': accepted, 'x/c': accepted });
  await close();
});

test('one slow of three: what it cannot take is refused for all, and nobody gets duplicates', async () => {
  const { accepted, refused, delivered, close } = await three((id) =>
    id === 'x/a' ? retry('throttled', { afterMs: 4000 }) : {},
  );
  expect(refused).toBeGreaterThan(60);
  expect(delivered).toMatchObject({ 'x/b': accepted, 'x/c': accepted });
  await close();
});

test('all dead: every batch is refused once the queues are full', async () => {
  const { accepted, delivered, close } = await three(() => retry('unavailable'));
  expect(accepted).toBe(1);
  expect(delivered).toEqual({ 'x/a': 0, 'x/b': 0, 'x/c': 0 });
  await close();
});
