/** The codec with telemetry of the 2.x SDKs, against the serializers of that line. */
import { describe, expect, test } from '@jest/globals';
import { ROOT_CONTEXT, SpanStatusCode, trace, ValueType } from '@opentelemetry/api';
import {
  JsonLogsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { asRecords, decode, decodeJson, encode, encodeJson, groupRecords } from '@telemetryflow/otlp';
import { meaning } from '../../packages/otlp/test/meaning.ts';

const resource = resourceFromAttributes({ 'service.name': 'app-2x', 'process.pid': 1 });
const remote = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1,
  isRemote: true,
};

function finishedSpans() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(exporter)] });
  for (let i = 0; i < 4; i++) {
    const attributes = { text: 'ü', empty: '', int: i, double: i + 0.5, list: ['a', 'b'], yes: true };
    const parent = i === 0 ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, remote);
    const span = provider.getTracer(`tracer ${i % 2}`, '1.0.0').startSpan(`span ${i}`, { kind: i, attributes }, parent);
    span.addEvent('event', { n: i });
    span.addLink({ context: remote, attributes: { n: i } });
    if (i === 2) span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
    // What 2.x does not take as a span attribute never reaches a record.
    span.setAttribute('map', { a: 1 } as never);
    span.setAttribute('bytes', new Uint8Array([1]) as never);
    span.end();
  }
  return exporter.getFinishedSpans();
}

function finishedLogs() {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter })] });
  const logger = provider.getLogger('app', '1.0.0', { attributes: { team: 'a' } });
  for (const body of ['text', 1, 1.5, true, new Uint8Array([0, 255]), [1, 'a'], { a: { b: [1] } }]) {
    const context = trace.setSpanContext(ROOT_CONTEXT, remote);
    logger.emit({ body, severityNumber: 9, attributes: { nested: { a: [1, 'x'] }, n: 1 }, context });
  }
  return exporter.getFinishedLogRecords();
}

class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

async function collectedMetrics() {
  const reader = new Reader();
  const meter = new MeterProvider({ resource, readers: [reader] }).getMeter('app');
  meter.createCounter('orders', { valueType: ValueType.INT }).add(2, { shop: 'a' });
  meter.createGauge('level').record(0.5);
  meter.createHistogram('latency', { unit: 'ms' }).record(12, { shop: 'a' });
  return (await reader.collect()).resourceMetrics;
}

describe('what the 2.x SDK made', () => {
  test('spans say in our encodings what they say in those of the SDK', () => {
    const spans = finishedSpans();
    const records = groupRecords(asRecords('traces', spans));
    const official = ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array(0);
    expect(meaning('traces', encode('traces', records))).toEqual(meaning('traces', official));
    expect(meaning('traces', encode('traces', decodeJson('traces', encodeJson('traces', records))))).toEqual(
      meaning('traces', official),
    );
    const json = JsonTraceSerializer.serializeRequest(spans) ?? new Uint8Array(0);
    expect(meaning('traces', encode('traces', decodeJson('traces', json)))).toEqual(meaning('traces', official));
  });

  test('log records say in our encodings what they say in those of the SDK', () => {
    const logs = finishedLogs();
    const records = asRecords('logs', logs);
    const official = ProtobufLogsSerializer.serializeRequest(logs) ?? new Uint8Array(0);
    expect(meaning('logs', encode('logs', decode('logs', official)))).toEqual(meaning('logs', official));
    expect(meaning('logs', encode('logs', records))).toEqual(meaning('logs', official));
    const json = JsonLogsSerializer.serializeRequest(logs) ?? new Uint8Array(0);
    expect(meaning('logs', encode('logs', decodeJson('logs', json)))).toEqual(meaning('logs', official));
  });

  test('metrics say in our encodings what they say in those of the SDK', async () => {
    const metrics = await collectedMetrics();
    const official = ProtobufMetricsSerializer.serializeRequest(metrics) ?? new Uint8Array(0);
    const records = asRecords('metrics', [metrics]);
    expect(meaning('metrics', encode('metrics', records))).toEqual(meaning('metrics', official));
  });

  test('span attributes that are no simple values never reach a record', () => {
    const [span] = asRecords('traces', finishedSpans());
    expect(Object.keys(span?.attributes ?? {})).toEqual(['text', 'empty', 'int', 'double', 'list', 'yes']);
  });
});
