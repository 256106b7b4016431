/** What IBM's clients for Node.js make of telemetry before they send it, with the same values as ours. */
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];
const SERVER = 1;
const CONSUMER = 4;
const ERROR = 2;

const millis = ([seconds, nanos]: ReadableSpan['startTime']): number => Math.round(seconds * 1e3 + nanos / 1e6);

/** A span as `@instana/opentelemetry-exporter` makes it, with `more` tags: it sends none of resource and scope itself. */
export function spanObject(span: ReadableSpan, more: (span: ReadableSpan) => object): object {
  const { traceId, spanId, traceState } = span.spanContext();
  const { kind, status } = span;
  const parent = span.parentSpanContext?.spanId;
  const data: Record<string, unknown> = { kind: KINDS[kind] };
  const made: Record<string, unknown> = { n: 'otel', f: { e: process.pid }, data, t: traceId.slice(16), lt: traceId };
  if (parent !== undefined) made['p'] = parent;
  made['s'] = spanId;
  made['ts'] = millis(span.startTime);
  made['d'] = millis(span.duration);
  if (parent !== undefined && (kind === SERVER || kind === CONSUMER)) made['tp'] = true;
  data['service'] = span.resource.attributes['service.name'];
  data['operation'] = span.name;
  if (traceState !== undefined) data['trace_state'] = traceState;
  data['tags'] = Object.assign({}, more(span), span.attributes);
  data['events'] = span.events.slice();
  made['ec'] = status.code === ERROR ? 1 : 0;
  if (status.code === ERROR) {
    data['error'] = 'ERROR';
    data['error_detail'] = status.message;
  }
  return made;
}

/** Nothing, as the exporter sends it. */
export const asSent = (): object => ({});

/** The tags of resource and scope that ours sends. */
export const withResource = ({ resource, instrumentationScope: scope }: ReadableSpan): object => ({
  ...resource.attributes,
  'otel.scope.name': scope.name,
  'otel.scope.version': scope.version,
});
