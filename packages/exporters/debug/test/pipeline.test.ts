import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { debugExporter } from '@telemetryflow/exporter-debug';
import { createPipeline } from '@telemetryflow/kernel';
import { fakeClock, logs, metrics, spans } from '@telemetryflow/testkit';

test('prints every signal that a pipeline gets, and counts it as delivered', async () => {
  const stream = new PassThrough();
  const clock = fakeClock();
  const pipeline = await createPipeline({ exporters: { debug: {} } }, { plugins: [debugExporter({ stream })], clock });
  await pipeline.start();
  await pipeline.consume({ signal: 'traces', records: spans(3) });
  await pipeline.consume({ signal: 'metrics', records: metrics(4) });
  await pipeline.consume({ signal: 'logs', records: logs(5) });
  const report = await pipeline.shutdown();
  expect(report).toMatchObject({ delivered: 12, pending: 0 });
  const lines = String(stream.read()).trimEnd().split('\n');
  expect(lines.filter((line) => line.startsWith('span  '))).toHaveLength(3);
  expect(lines.filter((line) => line.startsWith('log  '))).toHaveLength(5);
  expect(lines.filter((line) => line.startsWith('test.'))).toHaveLength(4);
});

test('answers to the name logging, and refuses a verbosity it does not have', async () => {
  const options = { plugins: [debugExporter()], resolveFrom: import.meta.url };
  await createPipeline({ exporters: { logging: { verbosity: 'detailed' } } }, options);
  await expect(createPipeline({ exporters: { debug: { verbosity: 'loud' } } }, options)).rejects.toThrow(/verbosity/);
});
