/** The embedder's view: what `createPipeline` promises a program that calls it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  createPipeline,
  defineExporter,
  type ExporterDefinition,
  type Logger,
  type Pipeline,
  type PipelineOptions,
  retry,
} from '@telemetryflow/kernel';
import { clockwork, head, log, memoryBackend, pushReceiver } from './plugins.ts';

const quiet: Logger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

function rig(config: Record<string, unknown> = {}, options: PipelineOptions = {}) {
  const backend = memoryBackend();
  const receiver = pushReceiver();
  const plugins = [backend.definition, receiver.definition, head, clockwork];
  const exporters = { memory: { flush_interval: '1m' } };
  return {
    backend,
    receiver,
    pipeline: createPipeline({ exporters, ...config }, { plugins, logger: quiet, ...options }),
  };
}

async function started(pipeline: Promise<Pipeline>): Promise<Pipeline> {
  const created = await pipeline;
  await created.start();
  return created;
}

test('ten lines are enough: create, start, consume, flush, shut down', async () => {
  const { backend, pipeline: creating } = rig();
  const pipeline = await creating;
  await pipeline.start();
  await pipeline.consume({ signal: 'logs', records: [log('a'), log('b')] });
  expect(await pipeline.forceFlush()).toEqual({ delivered: 2, pending: 0, dropped: 0, reasons: {} });
  expect(backend.bodies).toEqual(['a', 'b']);
  await pipeline.consume({ signal: 'logs', records: [log('c')] });
  expect(await pipeline.shutdown()).toEqual({ delivered: 3, pending: 0, dropped: 0, reasons: {} });
  expect(backend.bodies).toEqual(['a', 'b', 'c']);
  expect(pipeline.status().state).toBe('stopped');
});

test('creating starts nothing, and data before the start or after the end is refused', async () => {
  const { backend, pipeline: creating } = rig();
  const pipeline = await creating;
  expect(backend.events).toEqual([]);
  expect(pipeline.status()).toMatchObject({ state: 'starting' });
  const input = { signal: 'logs', records: [log('a')] } as const;
  await expect(pipeline.consume(input)).rejects.toMatchObject({ code: 'TFO_ERR_LIFECYCLE_NOT_STARTED' });
  await pipeline.start();
  await pipeline.start();
  expect(backend.events).toHaveLength(3);
  await Promise.all([pipeline.shutdown(), pipeline.shutdown()]);
  expect(backend.events).toHaveLength(6);
  await expect(pipeline.consume(input)).rejects.toMatchObject({ code: 'shutdown' });
  await expect(pipeline.start()).rejects.toMatchObject({ code: 'TFO_ERR_LIFECYCLE_STOPPED' });
});

test('OTLP bytes are taken as they are, and malformed ones are refused with the offset', async () => {
  const { pipeline } = rig();
  const running = await started(pipeline);
  // ExportLogsServiceRequest { resource_logs { scope_logs { log_records { body { string_value: "x" } } } } }
  const otlp = Uint8Array.of(0x0a, 0x09, 0x12, 0x07, 0x12, 0x05, 0x2a, 0x03, 0x0a, 0x01, 0x78);
  await running.consume({ signal: 'logs', otlp });
  expect(running.ledger().exporters['memory']?.logs).toMatchObject({ entered: 1 });
  await expect(running.consume({ signal: 'logs', otlp: otlp.subarray(0, 6) })).rejects.toHaveProperty('offset');
  await expect(running.consume({ signal: 'logs', records: 'x' } as never)).rejects.toThrow('consume takes');
  await running.shutdown({ timeoutMs: 0 });
});

test('without service.pipelines every exporter is fed, by consume and by the receivers', async () => {
  const { receiver, backend, pipeline } = rig({ receivers: { push: {} }, exporters: { memory: {}, 'memory/2': {} } });
  const running = await started(pipeline);
  await running.consume({ signal: 'logs', records: [log('a')] });
  await running.forceFlush();
  expect(backend.bodies).toEqual(['a', 'a']);
  expect(receiver.next().accepts('logs')).toBe(true);
  await running.shutdown();
});

test('with service.pipelines consume feeds only those without receivers', async () => {
  const { pipeline } = rig({
    receivers: { push: {} },
    service: { pipelines: { logs: { receivers: ['push'], exporters: ['memory'] } } },
  });
  const running = await started(pipeline);
  await expect(running.consume({ signal: 'logs', records: [log('a')] })).rejects.toMatchObject({
    code: 'TFO_ERR_LIFECYCLE_NO_CONSUMER',
  });
  await running.shutdown();
  const fed = rig({ service: { pipelines: { logs: { exporters: ['memory'] } } } });
  const second = await started(fed.pipeline);
  await second.consume({ signal: 'logs', records: [log('a')] });
  await expect(second.consume({ signal: 'traces', records: [] })).rejects.toMatchObject({
    code: 'TFO_ERR_LIFECYCLE_NO_CONSUMER',
  });
  expect(await second.shutdown()).toMatchObject({ delivered: 1 });
});

test('the books of the pipeline and of its exporters add up', async () => {
  const { pipeline } = rig({ processors: { head: { keep: 2 } }, exporters: { memory: {}, 'memory/2': {} } });
  const running = await started(pipeline);
  await running.consume({ signal: 'logs', records: [log('a'), log('b'), log('c')] });
  await running.shutdown();
  const { pipelines, exporters } = running.ledger();
  expect(pipelines['logs']).toEqual({
    branches: 2,
    received: 3,
    added: 0,
    refused: 0,
    dropped: { head: { filtered: 1 } },
    entered: 4,
  });
  const settled = { entered: 2, queued: 0, inFlight: 0, delivered: 2, dropped: {} };
  expect([exporters['memory']?.logs, exporters['memory/2']?.logs]).toEqual([settled, settled]);
});

test('a flush gives everything one attempt, and reports what is still pending', async () => {
  const { backend, pipeline } = rig();
  const running = await started(pipeline);
  backend.outcomes.push(retry('unavailable'));
  await running.consume({ signal: 'logs', records: [log('a')] });
  expect(await running.forceFlush()).toMatchObject({ delivered: 0, pending: 1 });
  expect(running.status()).toMatchObject({
    state: 'recoverable',
    components: { 'exporter:memory': { state: 'recoverable' } },
  });
  expect(await running.shutdown()).toMatchObject({ delivered: 1, pending: 0 });
});

test('what cannot be delivered before the deadline is dropped with its reason', async () => {
  const { backend, pipeline } = rig();
  const running = await started(pipeline);
  backend.outcomes.push(retry('unavailable'), retry('unavailable'), retry('unavailable'));
  await running.consume({ signal: 'logs', records: [log('a')] });
  await running.forceFlush();
  const { delivered, pending, dropped } = await running.shutdown({ timeoutMs: 50 });
  expect({ delivered, pending, dropped }).toEqual({ delivered: 0, pending: 0, dropped: 1 });
});

test('status changes are told, once per change', async () => {
  const { pipeline: creating } = rig();
  const pipeline = await creating;
  const seen: string[] = [];
  const end = pipeline.onStatus(({ component, status }) => void seen.push(`${component} ${status.state}`));
  await pipeline.start();
  expect(seen).toEqual(['exporter:memory ok', 'pipeline ok']);
  end();
  await pipeline.shutdown();
  expect(seen).toHaveLength(2);
});

test('a pipeline can be disposed of', async () => {
  const { backend, pipeline } = rig();
  const running = await started(pipeline);
  await running.consume({ signal: 'logs', records: [log('a')] });
  await running[Symbol.asyncDispose]();
  expect(backend.bodies).toEqual(['a']);
});

test('a YAML file is read relative to itself, with its own plugins', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-'));
  try {
    const exporter = `export default { [Symbol.for('telemetryflow.definition')]: true, kind: 'exporter', type: 'own',
      apiVersion: 1, description: 'x', signals: { logs: 'beta' }, reads: 'records',
      config: { type: 'object', properties: {} }, create: () => ({ encode: () => [], send: async () => ({}) }) };`;
    writeFileSync(join(folder, 'own.mjs'), exporter);
    writeFileSync(join(folder, 'telemetry.yaml'), 'plugins: [./own.mjs]\nexporters:\n  own:\n');
    const pipeline = await createPipeline(join(folder, 'telemetry.yaml'), { logger: quiet });
    expect(Object.keys(pipeline.status().components)).toEqual(['exporter:own']);
    writeFileSync(join(folder, 'bad.yaml'), 'plugins: [./own.mjs, ./gone.mjs]\nexporters:\n  owm:\n');
    await expect(createPipeline(join(folder, 'bad.yaml'))).rejects.toMatchObject({
      code: 'TFO_ERR_CONFIG',
      message: expect.stringMatching(/bad\.yaml:1:[\s\S]*gone\.mjs[\s\S]*bad\.yaml:3:[\s\S]*did you mean "own"/),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('references in an object are replaced only when asked for', async () => {
  const config = { exporters: { memory: { label: '$' + '{LABEL}' } } };
  for (const [env, expected] of [
    [undefined, 'start memory logs $' + '{LABEL}'],
    [{ LABEL: 'mine' }, 'start memory logs mine'],
  ] as const) {
    const { backend, pipeline } = rig(config, env === undefined ? {} : { env });
    await (await started(pipeline)).shutdown();
    expect(backend.events).toContain(expected);
  }
});

test('an extension is reached by its id while it runs', async () => {
  const seen: unknown[] = [];
  const asker = defineExporter({
    type: 'asker',
    description: 'Asks an extension.',
    signals: { logs: 'beta' },
    reads: 'records',
    config: { type: 'object', properties: {} },
    create: (_, context) => {
      seen.push(context.extension('clockwork'));
      return {
        encode: () => [],
        send: async () => ({}),
        start: async () => void seen.push(context.extension('clockwork')),
      };
    },
  });
  const pipeline = await createPipeline(
    { extensions: { clockwork: {} }, exporters: { asker: {} } },
    { plugins: [asker, clockwork], logger: quiet },
  );
  await pipeline.start();
  await pipeline.shutdown();
  expect(seen).toEqual([undefined, { time: 'noon' }]);
});

test('every component that cannot be created is named at once', async () => {
  const broken = defineExporter<{ n?: number }>({
    type: 'broken',
    description: 'Throws.',
    signals: { logs: 'beta' },
    reads: 'records',
    config: { type: 'object', properties: { n: { type: 'integer', description: 'A number.' } } },
    create: ({ n }) => {
      throw new Error(`no ${n}`);
    },
  });
  const config = { exporters: { 'broken/a': { n: 1 }, 'broken/b': { n: 2 } } };
  await expect(createPipeline(config, { plugins: [broken], logger: quiet })).rejects.toMatchObject({
    code: 'TFO_ERR_LIFECYCLE_CREATE',
    message: '2 components could not be created: exporter:broken/a: no 1; exporter:broken/b: no 2',
  });
});

test('logs name the component and never show a secret of the configuration', async () => {
  const lines: string[] = [];
  const write: Logger['warn'] = (message, fields) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const leaky = defineExporter<{ token?: { reveal(): string } }>({
    type: 'leaky',
    description: 'Logs its token.',
    signals: { logs: 'beta' },
    reads: 'records',
    config: { type: 'object', properties: { token: { type: 'string', secret: true, description: 'Token.' } } },
    create: ({ token }, { logger }) => {
      const text = token?.reveal();
      logger.warn(`Sent ${text}.`, { headers: { authorization: [`Bearer ${text}`] }, error: new Error(`bad ${text}`) });
      return { encode: () => [], send: async () => ({}) };
    },
  });
  await createPipeline(
    { exporters: { leaky: { token: 'hunter2-hunter2' } } },
    { plugins: [leaky], logger: { error: write, warn: write, info: write, debug: write } },
  );
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('"component":"exporter:leaky"');
  expect(lines[0]).toContain('Sent [REDACTED].');
  expect(lines.join()).not.toContain('hunter2');
});

test('a pipeline says which signals consume takes', async () => {
  const { pipeline: creating } = rig({ exporters: { memory: { traces: false } } });
  const pipeline = await creating;
  expect(['traces', 'metrics', 'logs'].map((signal) => pipeline.accepts(signal as 'traces'))).toEqual([
    false,
    true,
    true,
  ]);
});

test('metrics are best handed over as delta only where every exporter that takes them asks for delta', async () => {
  const asking = (type: string, temporality: 'delta' | 'cumulative') =>
    defineExporter({
      ...(memoryBackend().definition as ExporterDefinition),
      type,
      temporality,
      create: () => ({}) as never,
    });
  const plugins = [asking('one', 'delta'), asking('two', 'delta'), asking('three', 'cumulative')];
  const temporality = async (config: Record<string, unknown>) =>
    (await createPipeline(config, { plugins, logger: quiet })).temporality;
  expect(await temporality({ exporters: { one: {}, two: {} } })).toBe('delta');
  expect(await temporality({ exporters: { one: {}, three: {} } })).toBe('cumulative');
  expect(await temporality({ exporters: { one: {}, three: { metrics: false } } })).toBe('delta');
  expect(await temporality({ exporters: { one: { metrics: false } } })).toBe('cumulative');
});

test('a logger may be made for the level of the configuration', async () => {
  const levels: string[] = [];
  const logger = (level: string): Logger => {
    levels.push(level);
    return quiet;
  };
  await rig({}, { logger }).pipeline;
  await rig({ service: { telemetry: { logs: { level: 'debug' } } } }, { logger }).pipeline;
  expect(levels).toEqual(['warn', 'debug']);
});
