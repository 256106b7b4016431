/** Requests of jaeger.api_v2 as @grpc/proto-loader writes them, which most clients of gRPC on Node.js are made by. */
import { loadSync } from '@grpc/proto-loader';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

interface Method {
  readonly requestSerialize: (request: object) => Buffer;
}

const loaded = loadSync(new URL('jaeger-model.proto', import.meta.url).pathname);
const service = loaded['jaeger.api_v2.CollectorService'] as unknown as { readonly PostSpans: Method };
const { requestSerialize } = service.PostSpans;
const KINDS = ['', 'server', 'client', 'producer', 'consumer'];

type Attributes = Readonly<Record<string, unknown>>;

/** Of the attribute values that the payload has. */
function tagOf(key: string, value: unknown): object {
  if (typeof value === 'boolean') return { key, vType: 'BOOL', vBool: value };
  if (typeof value !== 'number') return { key, vStr: value };
  return Number.isInteger(value) ? { key, vType: 'INT64', vInt64: value } : { key, vType: 'FLOAT64', vFloat64: value };
}

function tagsOf(attributes: Attributes = {}): object[] {
  return Object.entries(attributes).map(([key, value]) => tagOf(key, value));
}

function timeOf([seconds, nanos]: readonly [number, number]): object {
  return { seconds, nanos };
}

function spanOf(span: ReadableSpan): object {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const { name, version } = span.instrumentationScope;
  const trace = Buffer.from(traceId, 'hex');
  const parent = span.parentSpanContext;
  return {
    traceId: trace,
    spanId: Buffer.from(spanId, 'hex'),
    operationName: span.name,
    references: parent === undefined ? [] : [{ traceId: trace, spanId: Buffer.from(parent.spanId, 'hex') }],
    flags: traceFlags & 1,
    startTime: timeOf(span.startTime),
    duration: timeOf(span.duration),
    tags: [
      ...tagsOf(span.attributes),
      tagOf('otel.scope.name', name),
      tagOf('otel.library.name', name),
      tagOf('otel.scope.version', version),
      tagOf('otel.library.version', version),
      tagOf('span.kind', KINDS[span.kind]),
    ],
    logs: span.events.map(({ name: event, time, attributes }) => ({
      timestamp: timeOf(time),
      fields: [tagOf('event', event), ...tagsOf(attributes)],
    })),
  };
}

/** One request with the spans of one resource. */
export function postSpansRequest(spans: readonly ReadableSpan[]): Buffer {
  const { 'service.name': serviceName, ...others } = spans[0]?.resource.attributes ?? {};
  const batch = { process: { serviceName, tags: tagsOf(others) }, spans: spans.map(spanOf) };
  return requestSerialize({ batch });
}
