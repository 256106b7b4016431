/** Log records for the Log API. */
import type { Batch, EncodeContext, Encoded, Payload, Refusals } from '@telemetryflow/kernel';
import { hrTimeIsZero, type LogRecord, quoted, severityRange, valueToText } from '@telemetryflow/otlp';
import { cut } from './cut-text.ts';
import { AttributeWriter, ENTITY_NAMES } from './json-attributes.ts';
import { type ApiMessage, fits, type JsonRequest, JsonRequests, MAX_ITEM_BYTES } from './json-request.ts';
import { wholeMillis } from './whole-millis.ts';

const MAX_ATTRIBUTES = 255;
const TURN = 256;
const COMMA = 0x2c;
/** The service may drop what is older. */
const MAX_AGE_MS = 48 * 3_600_000;
/** Hex, and not all zero. */
const ID = /^0*[1-9a-f][0-9a-f]*$/i;

/** Names that the service drops, overwrites, or takes for the message. */
const RESERVED: ReadonlySet<string> = new Set([
  ...ENTITY_NAMES,
  'accountId',
  'eventType',
  'log',
  'LOG',
  'message',
  'MESSAGE',
  'timestamp',
]);

/** Names of what is no attribute in OpenTelemetry. */
const FIELDS: ReadonlySet<string> = new Set([
  'level',
  'severity.number',
  'severity.text',
  'trace.id',
  'span.id',
  'event.name',
  'w3c.flags',
  'otel.dropped_attributes_count',
]);

export function logsEncoder(environment: string) {
  // Of a long value the service makes a blob: none is cut.
  const attributes = new AttributeWriter({
    reserved: RESERVED,
    fields: FIELDS,
    maxValue: Number.POSITIVE_INFINITY,
    flatten: true,
  });
  const requests = new JsonRequests({ list: 'logs', attributes, maxAttributes: MAX_ATTRIBUTES, environment });

  return (batch: Batch<'logs'>, { now }: EncodeContext, maxBytes: number): Generator<Encoded<ApiMessage>> =>
    requests.encode(maxBytes, function* write(request, refusals) {
      const writer = { request, refusals, attributes, now };
      let item = -1;
      for (const record of batch.records()) {
        item++;
        if (item % TURN === TURN - 1) yield;
        const full = addRecord(writer, record, item);
        if (full !== undefined) yield full;
      }
    });
}

interface RecordWriter {
  readonly request: JsonRequest;
  readonly refusals: Refusals;
  readonly attributes: AttributeWriter;
  readonly now: number;
}

/** A function of its own: the engine does not optimize the loops of generators. */
function addRecord(
  { request, refusals, attributes, now }: RecordWriter,
  record: LogRecord,
  item: number,
): Payload<ApiMessage> | undefined {
  const group = request.group(record.resource, record.instrumentationScope);
  const ms = timeOf(record, now);
  const { text: fields, names } = fieldMembers(record);
  const members = attributes.members(fields, record.attributes, group.room, request.losses, names);
  const message = valueToText(record.body);
  const head = `{"timestamp":${ms},"message":`;
  const tail = `,"attributes":{${members}}}`;
  let text = head + quoted(message) + tail;
  if (!fits(text)) {
    const short = shortened(message, MAX_ITEM_BYTES - Buffer.byteLength(head + tail));
    if (short === undefined) {
      refusals.add('too_large', 'attributes of more than 900 kB', item);
      return undefined;
    }
    request.losses.attributes++;
    text = head + short + tail;
  }
  if (now - ms > MAX_AGE_MS) request.losses.old++;
  return request.add(item, group, text, ms);
}

function timeOf(record: LogRecord, now: number): number {
  if (!hrTimeIsZero(record.hrTime)) return wholeMillis(record.hrTime);
  return hrTimeIsZero(record.hrTimeObserved) ? now : wholeMillis(record.hrTimeObserved);
}

/** What is no attribute in OpenTelemetry, as members of the attributes, and the names of these. */
function fieldMembers(record: LogRecord): { readonly text: string; readonly names: readonly string[] } {
  const { severityNumber, severityText, eventName, spanContext, droppedAttributesCount: lost } = record;
  const names: string[] = [];
  let text = '';
  const level = (severityText || severityRange(severityNumber) || '').toLowerCase();
  if (level !== '' && !Object.hasOwn(record.attributes, 'level')) {
    text = `"level":${quoted(level)}`;
    names.push('level');
  }
  if (severityNumber) {
    text += `,"severity.number":${Math.trunc(severityNumber)}`;
    names.push('severity.number');
  }
  if (severityText) {
    text += `,"severity.text":${quoted(severityText)}`;
    names.push('severity.text');
  }
  if (spanContext !== undefined && ID.test(spanContext.traceId)) {
    text += `,"trace.id":"${spanContext.traceId}"`;
    names.push('trace.id');
  }
  if (spanContext !== undefined && ID.test(spanContext.spanId)) {
    text += `,"span.id":"${spanContext.spanId}"`;
    names.push('span.id');
  }
  if (eventName) {
    text += `,"event.name":${quoted(eventName)}`;
    names.push('event.name');
  }
  const flags = record.flags ?? spanContext?.traceFlags ?? 0;
  if (flags > 0) {
    text += `,"w3c.flags":${flags}`;
    names.push('w3c.flags');
  }
  if (lost > 0) {
    text += `,"otel.dropped_attributes_count":${lost}`;
    names.push('otel.dropped_attributes_count');
  }
  return { text: text.charCodeAt(0) === COMMA ? text.slice(1) : text, names };
}

/** The start of a message as a JSON string of at most so many bytes; `undefined` where there is no room for any. */
function shortened(message: string, bytes: number): string | undefined {
  let length = Math.min(message.length, bytes - 2);
  while (length > 0) {
    const json = JSON.stringify(cut(message, length));
    const over = Buffer.byteLength(json) - bytes;
    if (over <= 0) return json;
    // A character takes six bytes at most: each turn takes away a sixth of the excess or more.
    length -= Math.ceil(over / 6);
  }
  return undefined;
}
