import { expect, test } from '@jest/globals';
import { createPipeline, defineExporter, type Logger, retry } from '@telemetryflow/kernel';
import { fakeClock } from '@telemetryflow/testkit';
import { log } from './plugins.ts';

const quiet: Logger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

test('a flush ends with the first attempt, even when its answer comes before the encoder has finished', async () => {
  const slow = defineExporter({
    type: 'slow',
    description: 'Encodes longer than one turn of the event loop may take.',
    signals: { logs: 'beta' },
    reads: 'records',
    config: { type: 'object', properties: {} },
    create: () => ({
      *encode(batch) {
        const started = performance.now();
        while (performance.now() - started < 5) Math.sqrt(started);
        yield { body: 0, items: { from: 0, to: batch.count } };
      },
      send: async () => retry('unavailable'),
    }),
  });
  const clock = fakeClock();
  const pipeline = await createPipeline({ exporters: { slow: {} } }, { plugins: [slow], logger: quiet, clock });
  await pipeline.start();
  await pipeline.consume({ signal: 'logs', records: [log('a')] });
  let ended = false;
  const flushed = pipeline.forceFlush({ timeoutMs: 1000 }).finally(() => {
    ended = true;
  });
  for (let turn = 0; turn < 20 && !ended; turn++) await clock.settle();
  const before = ended;
  await clock.advance(1000);
  expect(await flushed).toMatchObject({ delivered: 0, pending: 1, dropped: 0 });
  expect(before).toBe(true);
  const stopped = pipeline.shutdown({ timeoutMs: 10 });
  await clock.advance(10);
  expect(await stopped).toMatchObject({ pending: 0, dropped: 1, reasons: { unavailable: 1 } });
});
