/** Writes LogRecord messages. */
import type { LogRecord } from '../records.ts';
import { writeAttributes, writeValue } from './write-values.ts';
import type { ProtoWriter } from './writer.ts';

/** Writes one log record as field 2 of a ScopeLogs. */
export function writeLog(writer: ProtoWriter, log: LogRecord): void {
  const context = log.spanContext;
  writer.ensure(0);
  const start = writer.open(0x12, 2);
  writer.time(0x09, log.hrTime);
  writer.int32(0x10, log.severityNumber);
  writer.text(0x1a, log.severityText);
  let dropped = 0;
  if (log.body !== undefined) dropped = writeValue(writer, 0x2a, log.body, log.bodyIsDouble === true, 4);
  dropped += writeAttributes(writer, 0x32, log.attributes, 4);
  writer.uint32(0x38, log.droppedAttributesCount + dropped);
  const flags = log.flags ?? (context === undefined ? 0 : context.traceFlags & 0xff);
  if (flags !== 0) {
    writer.bytes[writer.pos++] = 0x45;
    writer.fixed32(flags);
  }
  if (context) {
    writer.validId(0x4a, context.traceId, 32);
    writer.validId(0x52, context.spanId, 16);
  }
  writer.time(0x59, log.hrTimeObserved);
  writer.text(0x62, log.eventName);
  writer.close(start, 2);
}
