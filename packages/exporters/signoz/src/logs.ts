/** What SigNoz would lose in logs: the name of events (no column), and in JSON-body mode bodies that are no maps. */
import type { OtlpEncode } from '@telemetryflow/http';
import { type Batch, batchFromRecords } from '@telemetryflow/kernel';
import type { AttributeMap, AttributeValue, LogRecord } from '@telemetryflow/otlp';
import { hasEvents } from './scan.ts';

/** An encoder in front of `encode`. */
export function logsEncoder(encode: OtlpEncode, wrap: boolean): OtlpEncode {
  return (batch, context) => {
    if (!wrap && !hasEvents(batch.otlp())) return encode(batch, context);
    const records = (batch as Batch<'logs'>).records().map((record) => changeLog(record, wrap));
    return encode(batchFromRecords('logs', records) as Batch, context);
  };
}

/** Built field by field: the records of an SDK have getters, which a spread would lose. */
function changeLog(record: LogRecord, wrap: boolean): LogRecord {
  const { flags } = record;
  const wrapped = wrap && !isMap(record.body);
  return {
    hrTime: record.hrTime,
    hrTimeObserved: record.hrTimeObserved,
    spanContext: record.spanContext,
    severityText: record.severityText,
    severityNumber: record.severityNumber,
    body: wrapped ? { message: record.body } : record.body,
    ...(record.bodyIsDouble === true && !wrapped && { bodyIsDouble: true }),
    eventName: record.eventName,
    resource: record.resource,
    instrumentationScope: record.instrumentationScope,
    attributes: withEventName(record),
    droppedAttributesCount: record.droppedAttributesCount,
    ...(flags !== undefined && { flags }),
  };
}

function withEventName({ eventName, attributes }: LogRecord): AttributeMap {
  if (eventName === undefined || eventName === '' || Object.hasOwn(attributes, 'event.name')) return attributes;
  return { ...attributes, 'event.name': eventName };
}

function isMap(body: AttributeValue): boolean {
  return typeof body === 'object' && body !== null && !Array.isArray(body) && !(body instanceof Uint8Array);
}
