/** When a component is `permanent`: when it failed to start, and when it says so itself. */
import { expect, test } from '@jest/globals';
import {
  createPipeline,
  defineExporter,
  delivered,
  drop,
  type ExporterContext,
  type Logger,
  type Outcome,
  type Pipeline,
} from '@telemetryflow/kernel';
import { log } from './plugins.ts';

const quiet: Logger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

/** A pipeline into an exporter that does with each request what the next of `attempts` says. */
async function pipelineOf(attempts: ((context: ExporterContext) => Outcome)[]): Promise<Pipeline> {
  const definition = defineExporter({
    type: 'scripted',
    description: 'Does as it is told.',
    signals: { logs: 'beta' },
    reads: 'records',
    config: { type: 'object', properties: {} },
    create: (_config, context) => ({
      *encode(batch) {
        yield { body: undefined, items: { from: 0, to: batch.count } };
      },
      send: async () => attempts.shift()?.(context) ?? delivered(),
    }),
  });
  const pipeline = await createPipeline({ exporters: { scripted: {} } }, { plugins: [definition], logger: quiet });
  await pipeline.start();
  return pipeline;
}

async function send(pipeline: Pipeline): Promise<string | undefined> {
  await pipeline.consume({ signal: 'logs', records: [log('a')] });
  await pipeline.forceFlush();
  return pipeline.status().components['exporter:scripted']?.state;
}

test.each(['invalid', 'unsupported', 'rejected', 'too_large'] as const)(
  'a backend that refuses everything as %s makes an exporter recoverable: it may take the next request',
  async (reason) => {
    const pipeline = await pipelineOf([() => drop(reason), () => drop(reason), () => delivered()]);
    expect([await send(pipeline), await send(pipeline), await send(pipeline)]).toEqual([
      'recoverable',
      'recoverable',
      'ok',
    ]);
    await pipeline.shutdown();
  },
);

test('an exporter that says it cannot heal stays permanent, whatever the chain sees afterwards', async () => {
  const pipeline = await pipelineOf([
    (context) => {
      context.status.permanent('the project was deleted');
      return drop('rejected');
    },
    () => drop('rejected'),
    () => delivered(),
  ]);
  expect([await send(pipeline), await send(pipeline), await send(pipeline)]).toEqual(Array(3).fill('permanent'));
  expect(pipeline.status()).toMatchObject({
    state: 'permanent',
    components: { 'exporter:scripted': { message: 'the project was deleted' } },
  });
  await pipeline.shutdown();
  expect(pipeline.status().state).toBe('stopped');
});
