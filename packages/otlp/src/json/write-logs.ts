/** Writes log records of OTLP/JSON. */
import type { LogRecord } from '../records.ts';
import { jsonConstant } from './bytes.ts';
import { writeAttributes, writeValue } from './write-values.ts';
import type { JsonWriter } from './writer.ts';

const OPEN = jsonConstant('{');
const TIME = jsonConstant('"timeUnixNano":');
const SEVERITY_NUMBER = jsonConstant('"severityNumber":');
const SEVERITY_TEXT = jsonConstant('"severityText":');
const BODY = jsonConstant('"body":');
const ATTRIBUTES = jsonConstant('"attributes":[');
const DROPPED_ATTRIBUTES = jsonConstant('"droppedAttributesCount":');
const FLAGS = jsonConstant('"flags":');
const TRACE_ID = jsonConstant('"traceId":');
const SPAN_ID = jsonConstant('"spanId":');
const OBSERVED = jsonConstant('"observedTimeUnixNano":');
const EVENT_NAME = jsonConstant('"eventName":');

const BRACE = 0x7d;

/** Writes one log record and a comma. */
export function writeLog(writer: JsonWriter, log: LogRecord): void {
  const context = log.spanContext;
  writer.ensure(0);
  writer.put(OPEN);
  writer.time(TIME, log.hrTime);
  writer.int32(SEVERITY_NUMBER, log.severityNumber);
  writer.optional(SEVERITY_TEXT, log.severityText);
  let dropped = 0;
  if (log.body !== undefined) {
    writer.put(BODY);
    dropped = writeValue(writer, log.body, log.bodyIsDouble === true, 4);
  }
  dropped += writeAttributes(writer, ATTRIBUTES, log.attributes, 4);
  writer.uint32(DROPPED_ATTRIBUTES, log.droppedAttributesCount + dropped);
  writer.uint32(FLAGS, log.flags ?? (context === undefined ? 0 : context.traceFlags & 0xff));
  if (context) {
    writer.validId(TRACE_ID, context.traceId, 32);
    writer.validId(SPAN_ID, context.spanId, 16);
  }
  writer.time(OBSERVED, log.hrTimeObserved);
  writer.optional(EVENT_NAME, log.eventName);
  writer.close(BRACE);
}
