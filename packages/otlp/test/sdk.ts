/** Telemetry of the real 3.x SDK, with every feature the SDK has, and what its own serializers make of it. */
import { type AnyValue, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import { AggregationType, MeterProvider, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

const resource = resourceFromAttributes(
  { 'service.name': 'checkout', 'process.pid': 4711, ratio: 0.5, tags: ['a', 'b'], live: true },
  { schemaUrl: 'https://opentelemetry.io/schemas/1.37.0' },
);

const VALUES: Record<string, AnyValue> = {
  text: 'hällo 🌍',
  empty: '',
  long: 'x'.repeat(300),
  ['long key'.padEnd(80, '.')]: 'y'.repeat(120),
  int: 42,
  negative: -7,
  large: Number.MAX_SAFE_INTEGER,
  double: 1.5,
  yes: true,
  no: false,
  strings: ['a', '', 'ü'],
  numbers: [1, 2.5, -3],
  bytes: new Uint8Array([0, 255, 7]),
  map: { inner: { deep: [1, { x: 'y' }] }, '': 'no key' },
};

const remote = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
};

/** Spans of two scopes that take turns, with parents, links, events, states and statuses. */
export function sdkSpans(): ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    resource,
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
    spanLimits: { attributeCountLimit: 20, eventCountLimit: 2, linkCountLimit: 1 },
  });
  const tracers = [provider.getTracer('http', '1.2.3', { schemaUrl: 'https://s/1' }), provider.getTracer('db')];
  for (let i = 0; i < 8; i++) {
    const parent = i % 2 === 0 ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
    const span = tracers[i % 2]?.startSpan(
      i === 3 ? '' : `span ${i}`,
      { kind: [SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER][i % 5] ?? 0 },
      parent,
    );
    if (span === undefined) throw new Error('no tracer');
    for (const [key, value] of Object.entries(VALUES)) span.setAttribute(key, value);
    for (let n = 0; n < i * 3; n++) span.setAttribute(`more.${n}`, n);
    for (let n = 0; n < i; n++) span.addEvent(`event ${n}`, { n, text: 'x' });
    for (let n = 0; n < i % 3; n++) span.addLink({ context: remote, attributes: { n } });
    if (i % 3 === 1) span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
    if (i % 3 === 2) span.setStatus({ code: SpanStatusCode.OK });
    span.end();
  }
  return exporter.getFinishedSpans();
}

/** Log records with bodies of every kind. */
export function sdkLogs(): ReadableLogRecord[] {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter })] });
  const logger = provider.getLogger('app', '2.0.0');
  for (const [i, body] of Object.values(VALUES).entries()) {
    logger.emit({
      body,
      attributes: VALUES,
      ...(i % 2 === 0 ? { severityNumber: 9 + i, severityText: 'INFO' } : { eventName: 'app.event' }),
      ...(i % 3 === 0 ? { context: trace.setSpanContext(ROOT_CONTEXT, remote) } : {}),
    });
  }
  return exporter.getFinishedLogRecords();
}

class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** Metrics of every instrument, and exponential histograms. */
export async function sdkMetrics(): Promise<ResourceMetrics> {
  const reader = new Reader();
  const views = [{ instrumentName: 'exp', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM as const } }];
  const meter = new MeterProvider({ resource, readers: [reader], views }).getMeter('app', '2.0.0');
  for (let i = 0; i < 3; i++) {
    const attributes = { n: i, text: `value ${i}` };
    meter.createCounter('requests', { unit: '{request}', description: 'Requests', valueType: 0 }).add(i, attributes);
    meter.createUpDownCounter('balance').add(-1.5 * i, attributes);
    meter.createGauge('level').record(i / 3, attributes);
    meter.createHistogram('latency', { unit: 'ms' }).record(i * 100 - 50, attributes);
    meter.createHistogram('exp').record(i * 7.25, attributes);
  }
  return (await reader.collect()).resourceMetrics;
}
