/** Telemetry of the real SDK (3.x): eight different batches per signal. */
import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import { MeterProvider, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

const BATCHES = 8;
const ITEMS = 512;
const INSTRUMENTS = 40;
const SERIES = 25;

const resource = resourceFromAttributes({
  'service.name': 'checkout',
  'service.namespace': 'shop',
  'service.version': '2.31.4',
  'service.instance.id': '627cc493-f310-47de-96bd-71410b7dec09',
  'deployment.environment.name': 'production',
  'telemetry.sdk.name': 'opentelemetry',
  'telemetry.sdk.language': 'nodejs',
  'telemetry.sdk.version': '3.1.1',
  'host.name': 'ip-10-0-3-17.eu-west-1.compute.internal',
  'host.arch': 'amd64',
  'process.pid': 4711,
  'process.runtime.name': 'nodejs',
  'process.runtime.version': '24.1.0',
  'k8s.pod.name': 'checkout-6d5f9c7b8-x2x4q',
});

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];

function httpAttributes(batch: number, i: number) {
  return {
    'http.request.method': METHODS[i % 4] ?? 'GET',
    'http.response.status_code': i % 17 === 0 ? 503 : 200,
    'http.route': `/api/v1/orders/:id/lines/${i % 12}`,
    'url.path': `/api/v1/orders/${batch * 10_000 + i}/lines/${i % 12}`,
    'url.scheme': 'https',
    'server.address': 'shop.example.com',
    'server.port': 8443,
    'client.address': `10.1.${batch}.${i % 250}`,
    'network.protocol.version': '1.1',
    'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)',
    'enduser.id': `user-${(i * 7919) % 1000}`,
    'app.cache.hit': i % 3 === 0,
  };
}

/** 512 HTTP server spans of five scopes, or as many as asked for, which take turns. */
export function spanBatches(scopes = 5): ReadableSpan[][] {
  return Array.from({ length: BATCHES }, (_, batch) => {
    const exporter = new InMemorySpanExporter();
    const provider = new TracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor({ exporter })] });
    const tracers = Array.from({ length: scopes }, (_, n) => provider.getTracer(`@shop/instrumentation-${n}`, '0.5.1'));
    let parent = ROOT_CONTEXT;
    for (let i = 0; i < ITEMS; i++) {
      const tracer = tracers[i % scopes];
      const options = { kind: SpanKind.SERVER, attributes: httpAttributes(batch, i) };
      const span = tracer?.startSpan(`${METHODS[i % 4]} /api/v1/orders`, options, i % 8 === 0 ? ROOT_CONTEXT : parent);
      if (span === undefined) continue;
      if (i % 8 === 0) parent = trace.setSpan(ROOT_CONTEXT, span);
      if (i % 5 === 0) span.addEvent('retry', { 'retry.attempt': i % 3 });
      span.end();
    }
    return exporter.getFinishedSpans();
  });
}

/** 512 log records with a body of 200 characters, of five scopes, or as many as asked for, one after the other. */
export function logBatches(scopes = 5): ReadableLogRecord[][] {
  return Array.from({ length: BATCHES }, (_, batch) => {
    const exporter = new InMemoryLogRecordExporter();
    const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter })] });
    const loggers = Array.from({ length: scopes }, (_, n) => provider.getLogger(`@shop/logger-${n}`, '1.0.0'));
    for (let i = 0; i < ITEMS; i++) {
      const all = Object.entries(httpAttributes(batch, i)).slice(0, 8);
      loggers[Math.floor((i * scopes) / ITEMS)]?.emit({
        severityNumber: 9,
        severityText: 'INFO',
        body: `order ${batch}-${i} was confirmed `.padEnd(200, 'and the payment provider answered in time '),
        attributes: Object.fromEntries(all),
      });
    }
    return exporter.getFinishedLogRecords();
  });
}

class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** 40 instruments with 25 series each: sums, gauges and histograms. */
export function metricBatches(): Promise<ResourceMetrics[][]> {
  return Promise.all(
    Array.from({ length: BATCHES }, async (_, batch) => {
      const reader = new Reader();
      const meter = new MeterProvider({ resource, readers: [reader] }).getMeter('@shop/metrics', '1.0.0');
      for (let n = 0; n < INSTRUMENTS; n++) {
        for (let i = 0; i < SERIES; i++) {
          const attributes = Object.fromEntries(Object.entries(httpAttributes(batch, n * SERIES + i)).slice(0, 5));
          if (n % 3 === 0) meter.createCounter(`shop.orders.count.${n}`).add(i + batch, attributes);
          else if (n % 3 === 1) meter.createGauge(`shop.queue.size.${n}`).record(i * 1.5 + batch, attributes);
          else meter.createHistogram(`shop.request.duration.${n}`, { unit: 'ms' }).record(i * 3 + batch, attributes);
        }
      }
      return [(await reader.collect()).resourceMetrics];
    }),
  );
}

export const ITEMS_PER_BATCH = { traces: ITEMS, logs: ITEMS, metrics: INSTRUMENTS * SERIES };
