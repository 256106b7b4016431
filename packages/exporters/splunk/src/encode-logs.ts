/** Log records as events. */
import type { HttpEncoder } from '@telemetryflow/http';
import { type AttributeMap, type AttributeValue, type LogRecord, toPlainJson, valueToText } from '@telemetryflow/otlp';
import type { SplunkConfig } from './config.ts';
import { Envelopes } from './envelope.ts';
import { EVENT_FIELDS, type Field, FieldWriter } from './fields.ts';
import { Groups } from './groups.ts';
import { Requests } from './requests.ts';
import { secondsText } from './time.ts';

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
  return function* encodeLogs(batch, { id }) {
    const groups = new Groups(envelopes, writer);
    const requests = new Requests(config.max_content_length, id);
    const records = batch.records();
    const blank: number[] = [];
    for (let item = 0; item < records.length; item++) {
      const record = records[item] as LogRecord;
      const { attributes, resource } = record;
      const event = eventOf(record);
      if (event === undefined) blank.push(item);
      else {
        const group = groups.of(resource, record.instrumentationScope);
        const envelope = envelopes.chosenBy(attributes)
          ? envelopes.of(resource.attributes, attributes)
          : group.envelope;
        const time = secondsText(record.hrTime) ?? secondsText(record.hrTimeObserved);
        const fields = writer.write(group.fields, attributes, ownFields(record));
        const stamp = time === undefined ? '' : `"time":${time},`;
        const tail = fields === '' ? '}' : `,"fields":{${fields}}}`;
        const full = requests.add(envelope.index, `{${stamp}${envelope.text}"event":${event}${tail}`, [item], [item]);
        if (full !== undefined) yield full;
      }
      if (item % TURN === TURN - 1) yield undefined;
    }
    if (blank.length > 0) yield { dropped: blank, reason: 'invalid', detail: BLANK };
    yield* requests.rest();
  };
}

function eventOf({ body, eventName, attributes }: LogRecord): string | undefined {
  if (!isBlank(body)) {
    if (typeof body === 'object' && !(body instanceof Uint8Array)) return JSON.stringify(toPlainJson(body));
    return JSON.stringify(valueToText(body));
  }
  if (eventName !== undefined && !isBlank(eventName)) return JSON.stringify(eventName);
  return isEmptyMap(attributes) ? undefined : JSON.stringify(toPlainJson(attributes));
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

function ownFields(record: LogRecord): Field[] {
  const { spanContext: context, severityText, severityNumber, eventName, droppedAttributesCount: dropped } = record;
  const own: Field[] = [];
  if (context !== undefined) {
    if (!NO_TRACE.test(context.traceId)) own.push(['trace_id', JSON.stringify(context.traceId)]);
    if (!NO_TRACE.test(context.spanId)) own.push(['span_id', JSON.stringify(context.spanId)]);
    if (context.traceFlags > 0) own.push(['trace_flags', String(context.traceFlags)]);
  }
  if (severityText) own.push(['otel.log.severity.text', JSON.stringify(severityText)]);
  if (severityNumber) own.push(['otel.log.severity.number', String(severityNumber)]);
  if (eventName) own.push(['otel.event.name', JSON.stringify(eventName)]);
  if (dropped > 0) own.push(['otel.dropped_attributes_count', String(dropped)]);
  return own;
}
