/** Log records as events. */
import type { HttpEncoder } from '@telemetryflow/http';
import { type AttributeMap, type AttributeValue, type LogRecord, quoted, valueToText } from '@telemetryflow/otlp';
import type { SplunkConfig } from './config.ts';
import { encoderOf } from './encoder.ts';
import { Envelopes } from './envelope.ts';
import { EVENT_FIELDS, FieldWriter, fieldsMember } from './fields.ts';
import { jsonText } from './json-text.ts';
import { stampOf } from './time.ts';

/** Records between two turns of the event loop. */
const TURN = 256;
const NO_TRACE = /^0*$/;
const BLANK = 'no body, event name or attributes: Splunk refuses blank events';

const RESERVED: ReadonlySet<string> = new Set([
  'trace_id',
  'span_id',
  'trace_flags',
  'otel.log.severity.text',
  'otel.log.severity.number',
  'otel.event.name',
  'otel.dropped_attributes_count',
]);

export function logsEncoder(config: SplunkConfig, hostname: string): HttpEncoder<'logs'> {
  const envelopes = new Envelopes(config, 'logs', { hostname });
  const writer = new FieldWriter(EVENT_FIELDS, envelopes.names, RESERVED);
  return encoderOf(config, envelopes, writer, function* writeLogs(batch, { groups, refusals, requests }) {
    const records = batch.records();
    for (let item = 0; item < records.length; item++) {
      if (item % TURN === TURN - 1) yield undefined;
      const record = records[item] as LogRecord;
      const event = eventOf(record);
      if (event === undefined) {
        refusals.add('invalid', BLANK, item);
        continue;
      }
      const { attributes, resource, instrumentationScope: scope } = record;
      const group = groups.of(resource, scope);
      const { index, text } = groups.envelope(group, resource, attributes);
      const stamp = stampOf(record.hrTime, record.hrTimeObserved);
      const fields = fieldsMember(writer.write(group.fields, attributes, ownFields(record)));
      const full = requests.addEvent(index, `{${stamp}${text}"event":${event}${fields}`, item);
      if (full !== undefined) yield full;
    }
  });
}

function eventOf({ body, eventName, attributes }: LogRecord): string | undefined {
  if (!isBlank(body)) {
    if (typeof body === 'object' && !(body instanceof Uint8Array)) return jsonText(body);
    return quoted(valueToText(body));
  }
  if (eventName !== undefined && !isBlank(eventName)) return quoted(eventName);
  return isEmptyMap(attributes) ? undefined : jsonText(attributes);
}

/** Splunk refuses an event without content, and with it the whole request. */
function isBlank(value: AttributeValue): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === 'string') return value.trim() === '';
  if (typeof value !== 'object') return false;
  return value instanceof Uint8Array || Array.isArray(value) ? value.length === 0 : isEmptyMap(value as AttributeMap);
}

function isEmptyMap(map: AttributeMap): boolean {
  for (const _ in map) return false;
  return true;
}

/** Fields that are no attributes, as text. */
function ownFields(record: LogRecord): string {
  const { spanContext: context, severityText, severityNumber, eventName, droppedAttributesCount: dropped } = record;
  let text = '';
  if (context !== undefined) {
    if (!NO_TRACE.test(context.traceId)) text += `,"trace_id":${quoted(context.traceId)}`;
    if (!NO_TRACE.test(context.spanId)) text += `,"span_id":${quoted(context.spanId)}`;
    if (context.traceFlags > 0) text += `,"trace_flags":${context.traceFlags}`;
  }
  if (severityText) text += `,"otel.log.severity.text":${quoted(severityText)}`;
  if (severityNumber) text += `,"otel.log.severity.number":${severityNumber}`;
  if (eventName) text += `,"otel.event.name":${quoted(eventName)}`;
  if (dropped > 0) text += `,"otel.dropped_attributes_count":${dropped}`;
  return text.slice(1);
}
