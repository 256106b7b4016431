import { expect, test } from '@jest/globals';
import { createPipeline, defineExporter, type Logger } from '@telemetryflow/kernel';
import { log } from './plugins.ts';

const quiet: Logger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

test('an exporter that expands is one instance per name; the one without a name is the block itself', async () => {
  const arrived: string[] = [];
  const many = defineExporter<{ to?: readonly string[] }>({
    type: 'many',
    description: 'One instance per target.',
    signals: { logs: 'beta' },
    reads: 'records',
    config: {
      type: 'object',
      properties: { to: { type: 'array', items: { type: 'string', description: 'Name.' }, description: 'Targets.' } },
    },
    expand: (config) => Object.fromEntries((config.to ?? ['']).map((name) => [name, config])),
    create: (_, { id }) => ({
      *encode(batch) {
        yield { body: 0, items: { from: 0, to: batch.count } };
      },
      send: async () => {
        arrived.push(id);
        return {};
      },
    }),
  });
  const config = { exporters: { many: {}, 'many/eu': { to: ['a', 'b'] } } };
  const pipeline = await createPipeline(config, { plugins: [many], logger: quiet });
  await pipeline.start();
  await pipeline.consume({ signal: 'logs', records: [log('x')] });
  expect(await pipeline.shutdown()).toMatchObject({ delivered: 3 });
  expect(arrived.sort()).toEqual(['many', 'many/eu/a', 'many/eu/b']);
});
