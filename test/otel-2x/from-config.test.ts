/** The parts of `fromConfig` with the providers of the 2.x line: spans, log records and metrics, flush and shutdown. */
import { expect, test } from '@jest/globals';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, type LogRecordProcessor } from '@opentelemetry/sdk-logs';
import { type IMetricReader, MeterProvider } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import {
  fromConfig,
  type PipelineLogRecordProcessor,
  type PipelineMetricReader,
  type PipelineSpanProcessor,
} from '@telemetryflow/sdk';
import { memoryExporter, recordingLogger } from '../../packages/sdk/test/memory-exporter.ts';

type Fits<From, To> = [From] extends [To] ? true : false;

/** Compiles only when the type says what the row says. */
function row<Fact extends boolean>(expected: Fact): void {
  expect(typeof expected).toBe('boolean');
}

function startHost() {
  const backend = memoryExporter();
  const { said, logger } = recordingLogger();
  const config = { exporters: { memory: {} }, service: { telemetry: { metrics: { level: 'none' } } } };
  const telemetry = fromConfig(config, { plugins: [backend.definition], logger });
  const resource = resourceFromAttributes({ 'service.name': 'shop', 'host.id': Promise.resolve('i-1') });
  const { spanProcessors, logRecordProcessors, metricReaders } = telemetry;
  return {
    backend,
    said,
    telemetry,
    tracers: new BasicTracerProvider({ resource, spanProcessors }),
    loggers: new LoggerProvider({ resource, processors: logRecordProcessors }),
    meters: new MeterProvider({ resource, readers: metricReaders }),
  };
}

test('the parts are those of the SDK, by type', () => {
  row<Fits<PipelineSpanProcessor, SpanProcessor>>(true);
  row<Fits<PipelineLogRecordProcessor, LogRecordProcessor>>(true);
  row<Fits<PipelineMetricReader, IMetricReader>>(true);
});

test('spans, log records and metrics reach the exporters, with the late attributes of their resource', async () => {
  const { backend, said, tracers, loggers, meters, telemetry } = startHost();
  tracers.getTracer('app').startSpan('checkout').end();
  loggers.getLogger('app').emit({ body: 'order taken', severityNumber: 9 });
  meters.getMeter('app').createCounter('orders').add(2);
  expect(await telemetry.forceFlush()).toEqual({ delivered: 3, pending: 0, dropped: 0, reasons: {} });
  expect(backend.spans().map(({ name }) => name)).toEqual(['checkout']);
  expect(backend.logs().map(({ body }) => body)).toEqual(['order taken']);
  expect(backend.metrics().map(({ descriptor }) => descriptor.name)).toEqual(['orders']);
  const attributes = { 'service.name': 'shop', 'host.id': 'i-1' };
  expect(backend.batches.map(({ records }) => records[0]?.resource.attributes)).toEqual([
    attributes,
    attributes,
    attributes,
  ]);
  await telemetry.shutdown();
  expect(said).toEqual([]);
});

test('the first total of an observable counter is a whole difference for a backend that wants differences', async () => {
  const delta = memoryExporter({ type: 'wants_delta', temporality: 'delta' });
  const totals = memoryExporter({ type: 'wants_totals', temporality: 'cumulative' });
  const { logger } = recordingLogger();
  const config = {
    exporters: { wants_delta: {}, wants_totals: {} },
    service: { telemetry: { metrics: { level: 'none' } } },
  } as const;
  const telemetry = fromConfig(config, { plugins: [delta.definition, totals.definition], logger });
  const meters = new MeterProvider({ readers: telemetry.metricReaders });
  let total = 0;
  meters
    .getMeter('app')
    .createObservableCounter('bytes')
    .addCallback((result) => {
      total += 100;
      result.observe(total);
    });
  for (let round = 0; round < 3; round++) {
    // Two points of one time would be one.
    for (const now = Date.now(); Date.now() === now; );
    await meters.forceFlush();
  }
  const values = (backend: typeof delta) => backend.metrics().map(({ dataPoints }) => dataPoints[0]?.value);
  expect(values(delta)).toEqual([100, 100, 100]);
  expect(values(totals)).toEqual([100, 200, 300]);
  await telemetry.shutdown();
});

test('the providers flush and shut down what they were given, and the last of them stops the pipeline', async () => {
  const { backend, tracers, loggers, meters, telemetry } = startHost();
  tracers.getTracer('app').startSpan('a').end();
  await tracers.forceFlush();
  expect(backend.spans()).toHaveLength(1);
  loggers.getLogger('app').emit({ body: 'b' });
  meters.getMeter('app').createCounter('c').add(1);
  await Promise.all([tracers.shutdown(), loggers.shutdown(), meters.shutdown()]);
  expect(backend.batches.map(({ signal }) => signal).sort()).toEqual(['logs', 'metrics', 'traces']);
  expect(telemetry.status().state).toBe('stopped');
  await Promise.all([telemetry.shutdown(), tracers.shutdown()]);
});
