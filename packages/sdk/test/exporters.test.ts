/** One exporter as an exporter of the SDK, against the processors and the reader of the 3.x line. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { drop, retry } from '@telemetryflow/kernel';
import { logRecordExporter, metricExporter, spanExporter } from '../src/index.ts';
import { memoryExporter, recordingLogger } from './memory-exporter.ts';

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

const span = {
  name: 'a',
  kind: 0,
  spanContext: () => ({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }),
  startTime: [1, 0] as [number, number],
  endTime: [2, 0] as [number, number],
  duration: [1, 0] as [number, number],
  status: { code: 0 },
  attributes: {},
  links: [],
  events: [],
  ended: true,
  resource: { attributes: {} },
  instrumentationScope: { name: 'app' },
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
};

function rig(options: { readonly config?: Record<string, unknown> } = {}) {
  const backend = memoryExporter();
  const { said, logger } = recordingLogger();
  const exporter = spanExporter(backend.definition, options.config, { logger });
  const send = () => new Promise<{ code: number; error?: Error }>((resolve) => exporter.export([span], resolve));
  return { backend, exporter, said, send };
}

describe('in the SDK', () => {
  test('spans, log records and metrics go through its own processors and reader', async () => {
    const backend = memoryExporter();
    const { said, logger } = recordingLogger();
    const spans: SpanExporter = spanExporter(backend.definition, {}, { logger });
    const logs: LogRecordExporter = logRecordExporter(backend.definition, {}, { logger });
    const metrics: PushMetricExporter = metricExporter(backend.definition, {}, { logger });
    const tracers = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter: spans })] });
    const loggers = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter: logs })] });
    const meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: metrics })] });
    tracers.getTracer('app').startSpan('checkout').end();
    loggers.getLogger('app').emit({ body: 'order taken' });
    meters.getMeter('app').createCounter('orders').add(1);
    await Promise.all([tracers.forceFlush(), loggers.forceFlush(), meters.forceFlush()]);
    expect(backend.batches.map(({ signal }) => signal).sort()).toEqual(['logs', 'metrics', 'traces']);
    await Promise.all([tracers.shutdown(), loggers.shutdown(), meters.shutdown()]);
    expect(backend.events.filter((event) => event.startsWith('stop'))).toHaveLength(3);
    expect(said).toEqual([]);
  });

  test('only the chain of its own signal is there', async () => {
    const { backend, exporter } = rig();
    await exporter.pipeline;
    expect(backend.events).toEqual(['start traces']);
    await exporter.shutdown();
  });
});

describe('the result of an export', () => {
  test('is success when the backend took everything, without waiting for flush_interval', async () => {
    const { backend, exporter, send } = rig({ config: { flush_interval: '1h' } });
    expect(await send()).toEqual({ code: 0 });
    expect(backend.spans()).toHaveLength(1);
    await exporter.shutdown();
  });

  test('is failure when the backend refused it for good', async () => {
    const { backend, exporter, said, send } = rig();
    backend.outcomes.push(drop('invalid', 'no such index'));
    expect(await send()).toEqual({
      code: 1,
      error: expect.objectContaining({
        message: 'Items were given up (1), of this export or an earlier one; the log and status() say why.',
      }),
    });
    expect(said).toEqual([expect.objectContaining({ message: expect.stringContaining('no such index') })]);
    await exporter.shutdown();
  });

  test('is success when the backend is away: the exporter holds it, and delivers it later', async () => {
    const { backend, exporter, said, send } = rig({ config: { sending_queue: { max_requests: 10 } } });
    backend.outcomes.push(retry('network', { detail: 'ECONNREFUSED' }));
    expect(await send()).toEqual({ code: 0 });
    expect(backend.spans()).toHaveLength(0);
    expect(said).toEqual([
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('ECONNREFUSED') }),
    ]);
    expect(exporter.status().components['exporter:memory']?.state).toBe('recoverable');
    await exporter.forceFlush();
    await exporter.shutdown();
    expect(backend.spans()).toHaveLength(1);
  });

  test('is failure when the configuration is wrong, which is logged once', async () => {
    const { exporter, said, send } = rig({ config: { bach_size: 1 } });
    for (let i = 0; i < 2; i++) {
      expect(await send()).toEqual({
        code: 1,
        error: expect.objectContaining({ message: expect.stringContaining('did you mean "batch_size"') }),
      });
    }
    expect(said).toHaveLength(1);
    await exporter.forceFlush();
    await exporter.shutdown();
  });

  test('is failure after the shutdown, which may be repeated', async () => {
    const { exporter, send } = rig();
    await Promise.all([exporter.shutdown(), exporter.shutdown()]);
    expect(await send()).toMatchObject({ code: 1, error: { message: 'The exporter is shut down.' } });
    await exporter.forceFlush();
  });

  test('is failure for a signal the exporter does not take', async () => {
    const { definition } = memoryExporter();
    const { logger } = recordingLogger();
    const exporter = spanExporter({ ...definition, signals: { logs: 'stable' } }, {}, { logger });
    const result = await new Promise((resolve) => exporter.export([span], resolve));
    expect(result).toMatchObject({ code: 1, error: { message: expect.stringMatching(/traces/) } });
    await exporter.shutdown();
  });

  test('is success with OTEL_SDK_DISABLED=true, and nothing is sent', async () => {
    process.env['OTEL_SDK_DISABLED'] = 'true';
    const { backend, exporter, said, send } = rig({ config: { bach_size: 1 } });
    expect(await send()).toEqual({ code: 0 });
    await exporter.shutdown();
    expect([backend.events, said]).toEqual([[], []]);
  });
});

test('the metric exporter asks the SDK for the temporality the backend takes', async () => {
  const { logger } = recordingLogger();
  const temporality = async (wanted: 'delta' | 'cumulative', options: { readonly temporality?: 'lowmemory' } = {}) => {
    const exporter = metricExporter(memoryExporter({ temporality: wanted }).definition, {}, { logger, ...options });
    await exporter.pipeline;
    await turn();
    const delta = [InstrumentType.COUNTER, InstrumentType.OBSERVABLE_COUNTER, InstrumentType.UP_DOWN_COUNTER].map(
      (type) => exporter.selectAggregationTemporality(type) === AggregationTemporality.DELTA,
    );
    await exporter.shutdown();
    return delta;
  };
  expect(await temporality('delta')).toEqual([true, true, false]);
  expect(await temporality('cumulative')).toEqual([false, false, false]);
  expect(await temporality('cumulative', { temporality: 'lowmemory' })).toEqual([true, false, false]);
});
