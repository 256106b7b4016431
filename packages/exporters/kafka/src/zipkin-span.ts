/** What a span becomes in Zipkin's v2 model, for both ways of writing it. */
import { isIP, isIPv4 } from 'node:net';
import {
  type AttributeMap,
  type AttributeValue,
  durationNanos,
  type HrTime,
  hrTimeToNanos,
  parentOf,
  type SpanEventRecord,
  type SpanRecord,
  validIds,
  valueToText,
} from '@telemetryflow/otlp';
import { remoteEndpoint } from './zipkin-endpoint.ts';

export interface ZipkinEndpoint {
  readonly serviceName?: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly port?: number;
}

export interface ZipkinSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string | undefined;
  /** 1 CLIENT, 2 SERVER, 3 PRODUCER, 4 CONSUMER, 0 none. */
  readonly kind: number;
  readonly name: string;
  /** Microseconds; 0 is unknown. */
  readonly timestamp: number;
  /** Microseconds; 0 is unknown. */
  readonly duration: number;
  readonly serviceName: string;
  readonly remote: ZipkinEndpoint | undefined;
  readonly annotations: readonly { readonly timestamp: number; readonly value: string }[];
  readonly tags: ReadonlyMap<string, string>;
}

/** By OTel JS kind. */
const KINDS: readonly number[] = [0, 2, 1, 3, 4];
const OK = 1;
const ERROR = 2;
const MAX_LINKS = 128;

/** `undefined` for a span whose ids Zipkin would refuse, and with it the whole list. */
export function zipkinSpan(span: SpanRecord): ZipkinSpan | undefined {
  const context = span.spanContext();
  if (!validIds(context)) return undefined;
  const parent = parentOf(span);
  const timestamp = micros(span.startTime);
  const nanos = durationNanos(span);
  return {
    traceId: context.traceId,
    id: context.spanId,
    parentId: parent === context.spanId ? undefined : parent,
    kind: KINDS[span.kind] ?? 0,
    name: span.name.toWellFormed(),
    timestamp,
    duration: nanos === 0n ? 0 : Math.max(1, Number(nanos / 1000n)),
    serviceName: text(span.resource.attributes['service.name']) || 'unknown_service',
    remote: remoteEndpoint(span),
    annotations: span.events.map((event) => annotation(event, timestamp)),
    tags: tagsOf(span),
  };
}

/** Whole microseconds, for a fraction makes Zipkin refuse the list; 0 for what is no time. */
function micros(time: HrTime): number {
  const plain = time[0] * 1_000_000 + Math.floor(time[1] / 1000);
  return Number.isSafeInteger(plain) && plain >= 0 ? plain : Number(hrTimeToNanos(time) / 1000n);
}

function annotation(event: SpanEventRecord, start: number): { timestamp: number; value: string } {
  // One without a time makes Zipkin refuse the list.
  return { timestamp: micros(event.time) || start || 1, value: annotationText(event).toWellFormed() };
}

/** Collectors split what they read at every bar; inside of JSON it can be escaped. */
function annotationText({ name: given, attributes = {} }: SpanEventRecord): string {
  const name = given.toWellFormed();
  const keys = Object.keys(attributes);
  // Zipkin reads no annotation with an empty value from protobuf.
  if (keys.length === 0) return name === '' || name.includes('|') ? escapeBars(JSON.stringify(name)) : name;
  const texts = keys.map((key) => `${JSON.stringify(key.toWellFormed())}:${jsonOf(attributes[key])}`);
  return escapeBars(`${JSON.stringify(name)}: {${texts.join(',')}}`);
}

function escapeBars(json: string): string {
  return json.replaceAll('|', '\\u007c');
}

function jsonOf(value: AttributeValue): string {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  if (value === null || value === undefined) return '""';
  if (typeof value === 'object' && !(value instanceof Uint8Array)) return text(value);
  return JSON.stringify(text(value));
}

/** What we say beats what the span says, which beats the resource, which beats the scope. */
function tagsOf(span: SpanRecord): Map<string, string> {
  const { instrumentationScope: scope, status } = span;
  const tags = new Map<string, string>();
  addAll(tags, scope.attributes);
  addAll(tags, span.resource.attributes);
  tags.delete('service.name');
  addAll(tags, span.attributes);
  if (scope.name !== '') tags.set('otel.scope.name', text(scope.name)).set('otel.library.name', text(scope.name));
  if (scope.version !== undefined && scope.version !== '') {
    tags.set('otel.scope.version', text(scope.version)).set('otel.library.version', text(scope.version));
  }
  // To Zipkin any tag of this name is a failure, whatever it says.
  if (status.code === ERROR) tags.set('otel.status_code', 'ERROR').set('error', text(status.message));
  else if (status.code === OK || tags.get('error') === 'false') tags.delete('error');
  if (status.code === OK) tags.set('otel.status_code', 'OK');
  const state = span.spanContext().traceState?.serialize() ?? '';
  if (state !== '') tags.set('w3c.tracestate', state);
  addCount(tags, 'otel.dropped_attributes_count', span.droppedAttributesCount);
  addCount(tags, 'otel.dropped_events_count', span.droppedEventsCount);
  addCount(tags, 'otel.dropped_links_count', span.droppedLinksCount);
  addLinks(tags, span);
  return tags;
}

/** Half of a surrogate pair is no character: readers refuse it, or differ in what they make of it. */
function text(value: AttributeValue): string {
  return valueToText(value).toWellFormed();
}

function addAll(tags: Map<string, string>, attributes: AttributeMap | undefined): void {
  if (attributes === undefined) return;
  for (const key of Object.keys(attributes)) {
    if (!key.startsWith('otlp.link.')) tags.set(key.toWellFormed(), text(attributes[key]));
  }
}

function addCount(tags: Map<string, string>, key: string, count: number): void {
  if (count > 0) tags.set(key, String(count));
}

/** The form that the Collector writes and reads. */
function addLinks(tags: Map<string, string>, { links }: SpanRecord): void {
  for (const [index, { context, attributes = {}, droppedAttributesCount = 0 }] of links.entries()) {
    if (index >= MAX_LINKS) return;
    const given = context.traceState?.serialize() ?? '';
    const state = given.includes('|') ? '' : given;
    const texts = Object.keys(attributes).map(
      (key) => `${JSON.stringify(key.toWellFormed())}:${jsonOf(attributes[key])}`,
    );
    const json = escapeBars(`{${texts.join(',')}}`);
    tags.set(`otlp.link.${index}`, `${context.traceId}|${context.spanId}|${state}|${json}|${droppedAttributesCount}`);
  }
}

/** The address as an endpoint carries it; empty for what is none. */
export function ipEndpoint(address: string): Pick<ZipkinEndpoint, 'ipv4' | 'ipv6'> {
  const bare = address.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  const mapped = bare.replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIPv4(mapped)) return { ipv4: mapped };
  return isIP(bare) === 6 ? { ipv6: bare } : {};
}
