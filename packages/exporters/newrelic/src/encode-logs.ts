/** Log records for the Log API. */
import { type Batch, type EncodeContext, type Encoded, Refusals } from '@telemetryflow/kernel';
import { hrTimeIsZero, type LogRecord, severityRange, valueToText } from '@telemetryflow/otlp';
import { ItemGroups } from './item-group.ts';
import { AttributeWriter, cut, ENTITY_NAMES } from './json-attributes.ts';
import { type ApiMessage, fits, JsonRequest, MAX_ITEM_BYTES } from './json-request.ts';
import { wholeMillis } from './whole-millis.ts';

const MAX_ATTRIBUTES = 255;
const TURN = 256;
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

export function logsEncoder(environment: string) {
  // Of a long value the service makes a blob: none is cut.
  const attributes = new AttributeWriter({ reserved: RESERVED, maxValue: Number.POSITIVE_INFINITY, flatten: true });
  const common = { list: 'logs', attributes, maxAttributes: MAX_ATTRIBUTES, environment } as const;

  return function* encode(
    batch: Batch<'logs'>,
    { now }: EncodeContext,
    maxBytes: number,
  ): Generator<Encoded<ApiMessage>> {
    const request = new JsonRequest(maxBytes);
    const groups = new ItemGroups(common, request);
    const refusals = new Refusals();
    for (const [item, record] of batch.records().entries()) {
      if (item % TURN === TURN - 1) yield;
      const group = groups.of(record.resource, record.instrumentationScope);
      const ms = timeOf(record, now);
      const { text: own, names } = ownMembers(record);
      const members = attributes.members(record.attributes, group.room, request.losses, names) + own;
      const tail = members === '' ? '}' : `,"attributes":{${members.slice(1)}}}`;
      const message = valueToText(record.body);
      const head = `{"timestamp":${ms},"message":`;
      let text = head + JSON.stringify(message.toWellFormed()) + tail;
      if (!fits(text)) {
        const short = shortened(message, MAX_ITEM_BYTES - Buffer.byteLength(head + tail));
        if (short === undefined) {
          refusals.add('too_large', 'attributes of more than 900 kB', item);
          continue;
        }
        request.losses.attributes++;
        text = head + short + tail;
      }
      if (now - ms > MAX_AGE_MS) request.losses.old++;
      const full = request.add(item, group, text, ms);
      if (full !== undefined) yield full;
    }
    const last = request.end();
    if (last !== undefined) yield last;
    yield* refusals.end();
  };
}

function timeOf(record: LogRecord, now: number): number {
  if (!hrTimeIsZero(record.hrTime)) return wholeMillis(record.hrTime);
  return hrTimeIsZero(record.hrTimeObserved) ? now : wholeMillis(record.hrTimeObserved);
}

/** What is no attribute in OpenTelemetry, as members of the attributes, and the names of these. */
function ownMembers(record: LogRecord): { readonly text: string; readonly names: readonly string[] } {
  const { severityNumber, severityText, eventName, spanContext, droppedAttributesCount: lost } = record;
  const names: string[] = [];
  let text = '';
  const add = (name: string, json: string): void => {
    names.push(name);
    text += `,"${name}":${json}`;
  };
  const level = (severityText || severityRange(severityNumber) || '').toLowerCase();
  if (level !== '' && !Object.hasOwn(record.attributes, 'level')) add('level', JSON.stringify(level.toWellFormed()));
  if (severityNumber) add('severity.number', `${Math.trunc(severityNumber)}`);
  if (severityText) add('severity.text', JSON.stringify(severityText.toWellFormed()));
  if (spanContext !== undefined && ID.test(spanContext.traceId)) add('trace.id', `"${spanContext.traceId}"`);
  if (spanContext !== undefined && ID.test(spanContext.spanId)) add('span.id', `"${spanContext.spanId}"`);
  if (eventName) add('event.name', JSON.stringify(eventName.toWellFormed()));
  const flags = record.flags ?? spanContext?.traceFlags ?? 0;
  if (flags > 0) add('w3c.flags', `${flags}`);
  if (lost > 0) add('otel.dropped_attributes_count', `${lost}`);
  return { text, names };
}

/** The message as a JSON string of at most so many bytes; `undefined` where there is no room for any. */
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
