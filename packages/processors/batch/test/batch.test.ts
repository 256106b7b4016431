/** The batch processor: accepted, without effect, and it says so. */
import { expect, test } from '@jest/globals';
import { deepFreeze, itemIds, logs, throughProcessor } from '@telemetryflow/testkit';
import batch from '../src/index.ts';

test("the Collector's configuration is accepted and the data passes unchanged", async () => {
  const records = deepFreeze(logs(20));
  const config = { timeout: '5s', send_batch_size: 1024, send_batch_max_size: 2048 };
  const out = await throughProcessor(batch, config, [{ signal: 'logs', records }]);
  expect(itemIds(out.records.logs)).toEqual(itemIds(records));
  expect(out.dropped).toEqual({});
  expect(out.log.some((line) => line.includes('exporters batch in their own queues'))).toBe(true);
});

test('a largest size below the size is refused', async () => {
  await expect(throughProcessor(batch, { send_batch_size: 10, send_batch_max_size: 5 }, [])).rejects.toThrow(
    /smaller than send_batch_size/,
  );
});
