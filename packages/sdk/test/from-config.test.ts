/** What a service gets: the parts of an SDK, and a pipeline behind them. Against the providers of the 3.x line. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createPipeline, drop, retry } from '@telemetryflow/kernel';
import { fromConfig } from '../src/index.ts';
import { providers, startHost } from './host.ts';
import { memoryExporter, recordingLogger } from './memory-exporter.ts';

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

test('spans, log records and metrics of the providers reach the exporters of one configuration', async () => {
  const host = startHost();
  host.span('checkout');
  host.log('order taken');
  host.meters.getMeter('app').createCounter('orders').add(2, { shop: 'a' });
  expect(await host.telemetry.forceFlush()).toEqual({ delivered: 3, pending: 0, dropped: 0, reasons: {} });
  const { backend } = host;
  expect(backend.spans().map(({ name }) => name)).toEqual(['checkout']);
  expect(backend.logs().map(({ body }) => body)).toEqual(['order taken']);
  expect(backend.metrics().map(({ descriptor }) => descriptor.name)).toEqual(['orders']);
  expect(backend.spans()[0]?.resource.attributes['service.name']).toBe('shop');
  await host.shutdown();
});

test('what is made before the pipeline runs waits for it', async () => {
  const host = startHost();
  expect(host.telemetry.status()).toEqual({ state: 'starting', components: {} });
  host.span('early');
  await host.telemetry.pipeline;
  host.span('late');
  await host.tracers.forceFlush();
  expect(host.backend.spans().map(({ name }) => name)).toEqual(['early', 'late']);
  expect(host.telemetry.status().state).toBe('ok');
  await host.shutdown();
});

describe('the contracts of the SDK', () => {
  test('forceFlush of each provider sends what that provider made', async () => {
    const host = startHost();
    host.span('a');
    await host.tracers.forceFlush();
    expect(host.backend.spans()).toHaveLength(1);
    host.log('b');
    await host.loggers.forceFlush();
    expect(host.backend.logs()).toHaveLength(1);
    host.meters.getMeter('app').createGauge('level').record(1);
    await host.meters.forceFlush();
    expect(host.backend.metrics()).toHaveLength(1);
    await host.shutdown();
  });

  test('flushing spans does not collect metrics', async () => {
    const host = startHost();
    let asked = 0;
    host.meters
      .getMeter('app')
      .createObservableGauge('level')
      .addCallback(() => void asked++);
    host.span('a');
    await host.tracers.forceFlush();
    expect(asked).toBe(0);
    await host.shutdown();
    expect(asked).toBe(1);
  });

  test('shutting down all providers delivers everything and stops the pipeline, each exporter once', async () => {
    const host = startHost();
    const pipeline = await host.telemetry.pipeline;
    host.span('a');
    host.log('b');
    host.meters.getMeter('app').createCounter('c').add(1);
    await host.shutdown();
    expect(host.backend.batches.map(({ signal }) => signal).sort()).toEqual(['logs', 'metrics', 'traces']);
    expect(pipeline.status().state).toBe('stopped');
    expect(host.backend.events.filter((event) => event.startsWith('stop'))).toHaveLength(3);
  });

  test('a provider that is shut down alone delivers, and leaves the pipeline to the others', async () => {
    const host = startHost();
    host.span('a');
    await host.tracers.shutdown();
    expect(host.backend.spans()).toHaveLength(1);
    host.log('b');
    await host.loggers.forceFlush();
    expect(host.backend.logs()).toHaveLength(1);
    await host.telemetry.shutdown();
  });

  test('every part may be shut down twice and flushed afterwards, and then takes nothing', async () => {
    const host = startHost();
    const [spanProcessor] = host.telemetry.spanProcessors;
    const [reader] = host.telemetry.metricReaders;
    await Promise.all([host.shutdown(), host.telemetry.shutdown(), spanProcessor?.shutdown()]);
    host.span('late');
    await spanProcessor?.forceFlush();
    await reader?.forceFlush();
    await reader?.shutdown();
    expect(await host.telemetry.forceFlush()).toEqual({ delivered: 0, pending: 0, dropped: 0, reasons: {} });
    expect(host.backend.batches).toEqual([]);
    expect(host.said).toEqual([]);
  });

  test('flushing never rejects: a refusal of the backend is in the report', async () => {
    const host = startHost();
    host.backend.outcomes.push(drop('invalid', 'no such index'));
    host.span('a');
    await host.tracers.forceFlush();
    const report = await host.telemetry.shutdown();
    expect(report).toEqual({ delivered: 0, pending: 0, dropped: 1, reasons: { invalid: 1 } });
  });

  test('a span that is recorded but not sampled is not exported', async () => {
    const host = startHost();
    const [processor] = host.telemetry.spanProcessors;
    const span = { spanContext: () => ({ traceId: 'a', spanId: 'b', traceFlags: 0 }) };
    processor?.onEnd(span as never);
    expect(await host.telemetry.shutdown()).toMatchObject({ delivered: 0, dropped: 0 });
  });
});

test('a flush ends in time when the backend does not answer, and says what is pending', async () => {
  const host = startHost();
  host.backend.outcomes.push(new Promise(() => {}));
  host.span('a');
  expect(await host.telemetry.forceFlush({ timeoutMs: 50 })).toMatchObject({ pending: 1, dropped: 0 });
  expect(await host.telemetry.shutdown({ timeoutMs: 50 })).toMatchObject({ dropped: 1, reasons: { shutdown: 1 } });
});

test('a pipeline that is passed in is started, fed, and left running', async () => {
  const backend = memoryExporter();
  const { logger } = recordingLogger();
  const pipeline = await createPipeline({ exporters: { memory: {} } }, { plugins: [backend.definition], logger });
  const telemetry = fromConfig(pipeline, { logger });
  expect(await telemetry.pipeline).toBe(pipeline);
  const host = providers(telemetry);
  host.tracers.getTracer('app').startSpan('a').end();
  await Promise.all([host.tracers.shutdown(), host.loggers.shutdown(), host.meters.shutdown()]);
  expect(backend.spans()).toHaveLength(1);
  expect(pipeline.status().state).toBe('ok');
  await pipeline.shutdown();
});

test('a configuration that is still being made may be passed as a promise', async () => {
  const backend = memoryExporter();
  const { logger } = recordingLogger();
  const config = Promise.resolve({ exporters: { memory: {} } });
  const telemetry = fromConfig(config, { plugins: [backend.definition], logger });
  providers(telemetry).tracers.getTracer('app').startSpan('a').end();
  expect(await telemetry.shutdown()).toMatchObject({ delivered: 1 });
  expect(telemetry.status().state).toBe('stopped');
});

describe('when something is wrong', () => {
  test('a configuration with a mistake is logged once, shows in the status, and throws nothing into the host', async () => {
    const { said, logger } = recordingLogger();
    const events: string[] = [];
    const backend = memoryExporter();
    const telemetry = fromConfig(
      { exporters: { memory: { bach_size: 1 } } },
      { plugins: [backend.definition], logger },
    );
    telemetry.onStatus(({ component, status }) => void events.push(`${component} ${status.state}`));
    const host = providers(telemetry);
    host.tracers.getTracer('app').startSpan('a').end();
    await expect(telemetry.pipeline).rejects.toThrow(/did you mean "batch_size"/);
    expect(said.map(({ level }) => level)).toEqual(['error', 'error']);
    expect(said[0]?.message).toMatch(/^Telemetry is not sent, for the pipeline did not start: .*batch_size/s);
    expect(said[1]).toMatchObject({ fields: { signal: 'traces', reason: 'unavailable', items: 1 } });
    expect(telemetry.status()).toMatchObject({ state: 'permanent' });
    expect(events).toEqual(['pipeline permanent']);
    expect(await telemetry.shutdown()).toEqual({ delivered: 0, pending: 0, dropped: 1, reasons: { unavailable: 1 } });
  });

  test('the first failure of an exporter is logged once, with cause and fix, and again only after it was well', async () => {
    const host = startHost();
    const failing = () => {
      host.backend.outcomes.push(retry('network', { detail: 'connect ECONNREFUSED 127.0.0.1:1', afterMs: 0 }));
      host.span('a');
      return host.telemetry.forceFlush();
    };
    await failing();
    expect(host.said).toEqual([
      {
        level: 'warn',
        message: expect.stringContaining('ECONNREFUSED'),
        fields: expect.objectContaining({ component: 'exporter:memory', hint: expect.stringContaining('endpoint') }),
      },
    ]);
    expect(host.telemetry.status()).toMatchObject({ components: { 'exporter:memory': { state: 'recoverable' } } });
    await host.telemetry.shutdown();
    expect(host.said).toHaveLength(1);
  });

  test('signals that no exporter takes are let go without a word', async () => {
    const { said, logger } = recordingLogger();
    const backend = memoryExporter();
    const config = { exporters: { memory: { logs: false, metrics: false } } };
    const telemetry = fromConfig(config, { plugins: [backend.definition], logger });
    const host = providers(telemetry);
    host.loggers.getLogger('app').emit({ body: 'a' });
    host.meters.getMeter('app').createCounter('c').add(1);
    expect(await telemetry.forceFlush()).toEqual({ delivered: 0, pending: 0, dropped: 0, reasons: {} });
    await telemetry.shutdown();
    expect(said).toEqual([]);
  });
});

test('with OTEL_SDK_DISABLED=true nothing is read, collected or sent', async () => {
  process.env['OTEL_SDK_DISABLED'] = 'TRUE';
  const host = startHost();
  host.span('a');
  host.log('b');
  host.meters.getMeter('app').createCounter('c').add(1);
  await turn();
  expect(await host.telemetry.shutdown()).toEqual({ delivered: 0, pending: 0, dropped: 0, reasons: {} });
  await host.shutdown();
  expect(host.backend.events).toEqual([]);
  fromConfig(Promise.reject(new Error('not even looked at')));
  const unreadable = fromConfig('/nowhere/telemetry.yaml');
  expect((await unreadable.pipeline).accepts('traces')).toBe(false);
});
