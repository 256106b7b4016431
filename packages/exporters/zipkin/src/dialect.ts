/**
 * How status, events and links are written. Zipkin shows what it gets; the Collector's receiver, which others share,
 * parses annotations and some tags, and refuses a whole request for one that it cannot parse: a pipe in the wrong
 * place is enough. So no text of the user brings one.
 */
import {
  type AttributeMap,
  quoted,
  type SpanEventRecord,
  type SpanLinkRecord,
  type SpanRecord,
  toPlainJson,
  validIds,
} from '@telemetryflow/otlp';

export type Dialect = 'zipkin' | 'otelcol';
type AddTag = (name: string, value: string) => void;

const OK = 1;
const ERROR = 2;
/** The receiver reads no more. */
const MAX_LINKS = 128;
const KIND_INTERNAL = 0;

/** Names that only the exporter may use; see {@link addOwnTags}. */
export function isOwnTag(name: string): boolean {
  return OWN.has(name) || name.startsWith('otlp.link.');
}

const OWN: ReadonlySet<string> = new Set([
  'error',
  'otel.status_code',
  'otel.status_description',
  'otel.dropped_attributes_count',
  'otel.dropped_events_count',
  'otel.dropped_links_count',
  'span.kind',
  'w3c.tracestate',
]);

/** Tags that are no attributes. */
export function addOwnTags(span: SpanRecord, dialect: Dialect, add: AddTag): void {
  const { status, droppedAttributesCount, droppedEventsCount, droppedLinksCount, links } = span;
  if (status.code === OK || status.code === ERROR) addStatus(status, dialect, add);
  if (dialect === 'otelcol' && span.kind === KIND_INTERNAL && span.otlpKind !== 0) add('span.kind', 'internal');
  if (droppedAttributesCount > 0) add('otel.dropped_attributes_count', String(droppedAttributesCount));
  if (droppedEventsCount > 0) add('otel.dropped_events_count', String(droppedEventsCount));
  if (droppedLinksCount > 0) add('otel.dropped_links_count', String(droppedLinksCount));
  const state = span.spanContext().traceState?.serialize();
  if (state) add('w3c.tracestate', state);
  let written = 0;
  for (const link of links) {
    if (written === MAX_LINKS) break;
    // The receiver refuses a whole request for one id that is none.
    if (validIds(link.context)) add(`otlp.link.${written++}`, linkText(link));
  }
}

/** Zipkin shows a span as failed when it has a tag `error`, whatever its value. */
function addStatus({ code, message = '' }: SpanRecord['status'], dialect: Dialect, add: AddTag): void {
  const name = code === OK ? 'OK' : 'ERROR';
  if (dialect === 'zipkin') {
    add('otel.status_code', name);
    if (code === ERROR) add('error', message);
    return;
  }
  add('otel.status_code', `STATUS_CODE_${name}`);
  if (message !== '') add('otel.status_description', message);
  if (code === ERROR) add('error', 'true');
}

/** Whether a tag of the user would mark a span as failed that is not: readers look at its presence only. */
export function isFalseError(value: unknown): boolean {
  return value === false || value === 'false';
}

/** The value of an annotation. */
export function annotationText(event: SpanEventRecord, dialect: Dialect): string {
  const { name, attributes = {}, droppedAttributesCount = 0 } = event;
  const json = attributesJson(attributes);
  if (dialect === 'otelcol') {
    const safe = name.replaceAll('|', '_');
    return json === '{}' && droppedAttributesCount === 0 ? safe : `${safe}|${json}|${droppedAttributesCount}`;
  }
  if (json !== '{}') return `${pipeless(quoted(name))}: ${json}`;
  // Zipkin reads no annotation with an empty value from protobuf.
  return name === '' || name.includes('|') ? pipeless(quoted(name)) : name;
}

function linkText({ context, attributes = {}, droppedAttributesCount = 0 }: SpanLinkRecord): string {
  const state = context.traceState?.serialize() ?? '';
  const safe = state.includes('|') ? '' : state;
  return `${context.traceId}|${context.spanId}|${safe}|${attributesJson(attributes)}|${droppedAttributesCount}`;
}

function attributesJson(attributes: AttributeMap): string {
  for (const _ in attributes) return pipeless(JSON.stringify(toPlainJson(attributes)));
  return '{}';
}

/** JSON without the character, which stands in strings only. */
function pipeless(json: string): string {
  return json.includes('|') ? json.replaceAll('|', '\\u007c') : json;
}
