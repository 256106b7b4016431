/** Log records for the Log API. */
import type { Batch, EncodeContext, Encoded, Payload, Refusals } from '@telemetryflow/kernel';
import {
  groupEntries,
  type JsonBytes,
  jsonConstant,
  type LogRecord,
  logMillis,
  quotedStart,
  severityRange,
  valueToText,
} from '@telemetryflow/otlp';
import { AttributeWriter, ENTITY_NAMES, type Taken } from './json-attributes.ts';
import { writeNumber, writeValidId } from './json-members.ts';
import { type ApiMessage, type JsonRequest, JsonRequests, MAX_ITEM_BYTES } from './json-request.ts';

const MAX_ATTRIBUTES = 255;
const TURN = 256;
const BRACE = 0x7d;
/** The service may drop what is older. */
const MAX_AGE_MS = 48 * 3_600_000;

const TIMESTAMP = jsonConstant('{"timestamp":');
const MESSAGE = jsonConstant('"message":');
const ATTRIBUTES = jsonConstant(',"attributes":{');

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
const FIELDS = [
  'level',
  'severity.number',
  'severity.text',
  'trace.id',
  'span.id',
  'event.name',
  'w3c.flags',
  'otel.dropped_attributes_count',
] as const;

/** Each with the start of its member, and its bit among the names that are taken. */
const [LEVEL, NUMBER, TEXT, TRACE_ID, SPAN_ID, EVENT_NAME, FLAGS, DROPPED] = FIELDS.map((name, at) => {
  return { key: jsonConstant(`"${name}":`), bit: 1 << at };
}) as [Field, Field, Field, Field, Field, Field, Field, Field];

interface Field {
  readonly key: Uint8Array;
  readonly bit: number;
}

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
      let written = 0;
      for (const [item, record] of groupEntries(batch.records())) {
        if (++written % TURN === 0) yield;
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
  const ms = logMillis(record, now);
  const message = valueToText(record.body);
  const json = request.begin(group);
  writeNumber(json, TIMESTAMP, ms);
  json.put(MESSAGE);
  const start = json.pos;
  json.text(message);
  const end = json.pos;
  json.put(ATTRIBUTES);
  const taken: Taken = { fields: writeFields(json, record) };
  attributes.write(json, record.attributes, group.room - bitCount(taken.fields), request.losses, taken);
  json.close(BRACE);
  json.close(BRACE);
  // The comma behind the whole.
  json.pos--;
  if (!request.fits) {
    const short = quotedStart(message, MAX_ITEM_BYTES - request.itemBytes + end - start);
    if (short === undefined) {
      request.discard();
      refusals.add('too_large', 'attributes of more than 900 kB', item);
      return undefined;
    }
    const rest = json.copy(end);
    json.pos = start;
    json.raw(Buffer.from(short));
    json.raw(rest);
    request.losses.attributes++;
  }
  if (now - ms > MAX_AGE_MS) request.losses.old++;
  return request.add(item, group, ms);
}

/** Members that say how severe a record is, with the bits of their names. */
interface Severity {
  readonly text: string | undefined;
  readonly members: Uint8Array;
  readonly written: number;
}

/** By number: a service has one text to each. */
const severities: (Severity | undefined)[] = [];
const MAX_SEVERITY = 24;
const MAX_TEXT = 32;

function severityOf(json: JsonBytes, record: LogRecord): Severity {
  const { severityNumber: number = 0, severityText: text } = record;
  const known = severities[number];
  if (known !== undefined && known.text === text) return known;
  // Written behind what is there, and taken back.
  const { pos } = json;
  const written = writeSeverity(json, record, true);
  const severity = { text, members: json.copy(pos), written };
  json.pos = pos;
  const isUsual = Number.isInteger(number) && number >= 0 && number <= MAX_SEVERITY;
  if (isUsual && (text === undefined || text.length <= MAX_TEXT)) severities[number] = severity;
  return severity;
}

function writeSeverity(json: JsonBytes, { severityNumber, severityText }: LogRecord, withLevel: boolean): number {
  let written = 0;
  const level = (severityText || severityRange(severityNumber) || '').toLowerCase();
  if (withLevel && level !== '') {
    json.string(LEVEL.key, level);
    written |= LEVEL.bit;
  }
  if (severityNumber) {
    writeNumber(json, NUMBER.key, Math.trunc(severityNumber));
    written |= NUMBER.bit;
  }
  if (severityText) {
    json.string(TEXT.key, severityText);
    written |= TEXT.bit;
  }
  return written;
}

/** Writes what is no attribute in OpenTelemetry as members of the attributes; returns the bits of their names. */
function writeFields(json: JsonBytes, record: LogRecord): number {
  const { eventName, spanContext, droppedAttributesCount: lost } = record;
  let written = 0;
  if (record.attributes['level'] !== undefined) written = writeSeverity(json, record, false);
  else {
    const severity = severityOf(json, record);
    json.raw(severity.members);
    written = severity.written;
  }
  if (spanContext !== undefined) {
    if (writeValidId(json, TRACE_ID.key, spanContext.traceId)) written |= TRACE_ID.bit;
    if (writeValidId(json, SPAN_ID.key, spanContext.spanId)) written |= SPAN_ID.bit;
  }
  if (eventName) {
    json.string(EVENT_NAME.key, eventName);
    written |= EVENT_NAME.bit;
  }
  const flags = record.flags ?? spanContext?.traceFlags ?? 0;
  if (flags > 0) {
    writeNumber(json, FLAGS.key, flags);
    written |= FLAGS.bit;
  }
  if (lost > 0) {
    writeNumber(json, DROPPED.key, lost);
    written |= DROPPED.bit;
  }
  return written;
}

/** How many fields were written. */
function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left > 0; left &= left - 1) count++;
  return count;
}
