import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import { createPipeline, type Definition, defineExporter, type Logger, type Secret } from '@telemetryflow/kernel';

const quiet: Logger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };
const SECRET = 'hunter2-hunter2';

/** An exporter that puts its token into the error it throws. */
function leaky(where: 'create' | 'start' | 'status'): Definition {
  return defineExporter<{ token: Secret }>({
    type: 'leaky',
    description: 'Quotes its token.',
    signals: { logs: 'beta' },
    reads: 'records',
    config: { type: 'object', properties: { token: { type: 'string', secret: true, description: 'Token.' } } },
    create: ({ token }, { status }) => {
      const error = new Error(`cannot use ${token.reveal()}`, { cause: new Error(`bad ${token.reveal()}`) });
      if (where === 'create') throw error;
      return {
        encode: () => [],
        send: async () => ({}),
        start: async () => {
          if (where === 'start') throw error;
          status.recoverable(`trouble with ${token.reveal()}`, error);
        },
      };
    },
  });
}

const create = (where: 'create' | 'start' | 'status') =>
  createPipeline({ exporters: { leaky: { token: SECRET } } }, { plugins: [leaky(where)], logger: quiet });

test('an error of a component is shown without the secrets of the configuration, its cause and stack included', async () => {
  for (const failing of [create('create'), create('start').then((pipeline) => pipeline.start())]) {
    const error: unknown = await failing.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(inspect(error, { depth: 10 })).toContain('cannot use [REDACTED]');
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
  }
});

test('a status message is shown without the secrets of the configuration', async () => {
  const pipeline = await create('status');
  await pipeline.start();
  const { message } = pipeline.status().components['exporter:leaky'] ?? {};
  expect(message).toBe('trouble with [REDACTED]: cannot use [REDACTED]');
  await pipeline.shutdown();
});
