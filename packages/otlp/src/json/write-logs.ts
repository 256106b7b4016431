/** Writes log records of OTLP/JSON. */
import type { LogRecord } from '../records.ts';
import { writeAttributes, writeValue } from './write-values.ts';
import { constant, type JsonWriter } from './writer.ts';

const OPEN = constant('{');
const TIME = constant('"timeUnixNano":');
const SEVERITY_NUMBER = constant('"severityNumber":');
const SEVERITY_TEXT = constant('"severityText":');
const BODY = constant('"body":');
const ATTRIBUTES = constant('"attributes":[');
const DROPPED_ATTRIBUTES = constant('"droppedAttributesCount":');
const FLAGS = constant('"flags":');
const TRACE_ID = constant('"traceId":');
const SPAN_ID = constant('"spanId":');
const OBSERVED = constant('"observedTimeUnixNano":');
const EVENT_NAME = constant('"eventName":');

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
