/** What a pipeline does to the process it lives in, seen from outside of it. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);
const url = (path: string): string => JSON.stringify(pathToFileURL(resolve(import.meta.dirname, path)).href);

/** Runs a module in a process of its own; it must end by itself. */
async function inProcess(script: string): Promise<string> {
  const args = ['--conditions=@telemetryflow/source', '--input-type=module', '-e', script];
  const { stdout } = await run(process.execPath, args, {
    timeout: 100_000,
    env: { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
  });
  return stdout.trim();
}

const PIPELINE = `
  import { createPipeline } from ${url('../../src/index.ts')};
  import { memoryBackend, log } from ${url('./plugins.ts')};
  const backend = memoryBackend();
  const config = { exporters: { memory: { flush_interval: '1h' } } };
  const pipeline = await createPipeline(config, { plugins: [backend.definition] });
  await pipeline.start();
  await pipeline.consume({ signal: 'logs', records: [log('a')] });`;

test('awaiting shutdown keeps the process alive until the data is out, and nothing after it', async () => {
  const script = `${PIPELINE}
    backend.definition; await pipeline.shutdown();
    console.log(backend.bodies.join(), process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length);
    console.log(['SIGTERM', 'SIGINT', 'beforeExit', 'exit'].map((name) => process.listenerCount(name)).join(''));`;
  expect(await inProcess(script)).toBe('a 0\n0000');
});

test('a running pipeline does not hold a process that has nothing else to do', async () => {
  expect(await inProcess(`${PIPELINE} console.log('done');`)).toBe('done');
});

test('a back-off during shutdown does not let the process end before the deadline', async () => {
  const script = `
    import { createPipeline, defineExporter, retry } from ${url('../../src/index.ts')};
    import { log } from ${url('./plugins.ts')};
    const throttled = defineExporter({ type: 'throttled', description: 'x', signals: { logs: 'beta' }, reads: 'records',
      config: { type: 'object', properties: {} },
      create: () => ({
        *encode(batch) { yield { body: 1, items: { from: 0, to: batch.count } }; },
        send: async () => retry('throttled', { afterMs: 200 }),
      }) });
    const pipeline = await createPipeline({ exporters: { throttled: {} } },
      { plugins: [throttled], logger: { error() {}, warn() {}, info() {}, debug() {} } });
    await pipeline.start();
    await pipeline.consume({ signal: 'logs', records: [log('a')] });
    const { dropped } = await pipeline.shutdown({ timeoutMs: 500 });
    console.log('dropped', dropped);`;
  expect(await inProcess(script)).toBe('dropped 1');
});

test('importing the kernel loads neither the OpenTelemetry API, the YAML parser nor the validator compiler', async () => {
  const script = `
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ resolve(specifier, context, next) { seen.push(specifier); return next(specifier, context); } });
    await import(${url('../../src/index.ts')});
    console.log(seen.filter((name) => /^[a-z@]/.test(name) && !/^(node|file):/.test(name)).sort()
      .filter((name, at, all) => name !== all[at - 1]).join(' '));`;
  expect(await inProcess(script)).toBe('@telemetryflow/metrics @telemetryflow/otlp');
});
