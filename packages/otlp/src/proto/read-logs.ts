/** Reads LogRecord messages into records. */
import { emptyAttributes } from '../attributes.ts';
import type { AttributeValue, HrTime, LogRecord, ResourceRecord, ScopeRecord } from '../records.ts';
import { messageOperation } from '../wire/walk-table.ts';
import { readKeyValue, readValue } from './read-values.ts';
import type { ProtoReader } from './reader.ts';

const LOG_RECORD = messageOperation('LogRecord');
const NO_TIME: HrTime = Object.freeze([0, 0] as const);

/** Reads one log record, with its length. */
export function readLog(
  reader: ProtoReader,
  limit: number,
  resource: ResourceRecord,
  instrumentationScope: ScopeRecord,
): LogRecord {
  const end = reader.element(limit);
  const attributes = emptyAttributes();
  let hrTime = NO_TIME;
  let hrTimeObserved = NO_TIME;
  let severityNumber = 0;
  let severityText = '';
  let body: AttributeValue;
  let bodyIsDouble = false;
  let droppedAttributesCount = 0;
  let flags = 0;
  let traceId = '';
  let spanId = '';
  let eventName = '';
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x09:
        hrTime = reader.time(end);
        break;
      case 0x10:
        severityNumber = reader.int32(end);
        break;
      case 0x1a:
        severityText = reader.string(end);
        break;
      case 0x2a:
        reader.marked = bodyIsDouble;
        body = readValue(reader, end, body, 4);
        bodyIsDouble = reader.marked;
        break;
      case 0x32:
        readKeyValue(reader, end, attributes, 4);
        break;
      case 0x38:
        droppedAttributesCount = reader.uint32(end);
        break;
      case 0x45:
        flags = reader.fixed32(end);
        break;
      case 0x4a:
        traceId = reader.traceId(end);
        break;
      case 0x52:
        spanId = reader.spanId(end);
        break;
      case 0x59:
        hrTimeObserved = reader.time(end);
        break;
      case 0x62:
        eventName = reader.string(end);
        break;
      default:
        reader.other(tag, end, LOG_RECORD);
    }
  }
  return {
    hrTime,
    hrTimeObserved,
    spanContext: traceId === '' && spanId === '' ? undefined : { traceId, spanId, traceFlags: flags & 0xff },
    severityText: severityText || undefined,
    severityNumber: severityNumber || undefined,
    body,
    bodyIsDouble: bodyIsDouble || undefined,
    eventName: eventName || undefined,
    resource,
    instrumentationScope,
    attributes,
    droppedAttributesCount,
    flags,
  };
}
