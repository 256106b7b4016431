/** A log record as a document of OpenTelemetry's shape. */
import type { AttributeValue, LogRecord } from '@telemetryflow/otlp';
import { count, type DocumentParts, document, hexId, isKnown, string } from './document.ts';
import { jsonString } from './json-text.ts';
import { timestamp } from './timestamp.ts';

/** The document; `stream` is what a data stream adds. */
export function otelLog(record: LogRecord, time: LogRecord['hrTime'], parts: DocumentParts, stream: string): string {
  const { attributes, spanContext, hrTimeObserved, severityNumber } = record;
  const event = record.eventName ?? attributes['event.name'];
  return document(
    time,
    `${stream}${
      isKnown(hrTimeObserved) ? `,"observed_timestamp":${timestamp(hrTimeObserved)}` : ''
    }${string('trace_id', hexId(spanContext?.traceId))}${string('span_id', hexId(spanContext?.spanId))}${string(
      'severity_text',
      record.severityText,
    )}${count('severity_number', severityNumber)}${
      typeof event === 'string' ? string('event_name', event) : ''
    }${parts.attributes(attributes)}${count('dropped_attributes_count', record.droppedAttributesCount)}${parts.resource(
      record.resource,
    )}${parts.scope(record.instrumentationScope)}${body(record.body, record.bodyIsDouble === true, parts)}`,
  );
}

/** Text and numbers are searchable text, what has structure keeps it. */
function body(value: AttributeValue, isDouble: boolean, { values }: DocumentParts): string {
  if (value === undefined || value === null || value === '') return '';
  if (typeof value === 'string') return `,"body":{"text":${jsonString(value)}}`;
  if (typeof value !== 'object' || value instanceof Uint8Array) {
    const json = values.value(value, isDouble);
    return `,"body":{"text":${json.startsWith('"') ? json : `"${json}"`}}`;
  }
  if (!Array.isArray(value)) return `,"body":{"structured":${values.value(value, false)}}`;
  const maps = value.length > 0 && value.every((each) => typeof each === 'object' && each !== null && isMap(each));
  const list = values.value(value, false);
  return `,"body":{"structured":${maps ? list : `{"value":${list}}`}}`;
}

function isMap(value: object): boolean {
  return !Array.isArray(value) && !(value instanceof Uint8Array);
}
