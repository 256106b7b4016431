/** Changes of log records that several backends need. */
import { hrTimeIsZero, type LogRecord, someField, withAttribute } from '@telemetryflow/otlp';
import type { ItemTransform } from './transform-items.ts';

/** Field numbers of LogRecord. */
const TIME = 1;
const EVENT_NAME = 12;

/** A record without time gets the time it was observed at, else that of encoding: some backends store it as 1970. */
export const logTimeFromObserved: ItemTransform<'logs'> = {
  concerns: (request, start, end) =>
    !someField(request, start, end, (number, _type, from, to) => number === TIME && !isZero(request, from, to)),
  change(record, now) {
    if (!hrTimeIsZero(record.hrTime)) return record;
    const hrTime = hrTimeIsZero(record.hrTimeObserved) ? hrTimeOf(now) : record.hrTimeObserved;
    return withLogFields(record, { hrTime });
  },
};

/** The name of an event is repeated as attribute `event.name` where there is none: some backends do not store it. */
export const eventNameAsAttribute: ItemTransform<'logs'> = {
  concerns: (request, start, end) =>
    someField(request, start, end, (number, _type, from, to) => number === EVENT_NAME && to > from),
  change(record) {
    const { eventName, attributes } = record;
    if (eventName === undefined || eventName === '' || Object.hasOwn(attributes, 'event.name')) return record;
    return withLogFields(record, { attributes: withAttribute(attributes, 'event.name', eventName) });
  },
};

/** A copy with other values in some fields. Made field by field: the records of an SDK have getters, which a spread loses. */
export function withLogFields(record: LogRecord, changes: Partial<LogRecord>): LogRecord {
  const { flags, bodyIsDouble } = record;
  return {
    hrTime: record.hrTime,
    hrTimeObserved: record.hrTimeObserved,
    spanContext: record.spanContext,
    severityText: record.severityText,
    severityNumber: record.severityNumber,
    body: record.body,
    ...(bodyIsDouble === true && !('body' in changes) && { bodyIsDouble }),
    eventName: record.eventName,
    resource: record.resource,
    instrumentationScope: record.instrumentationScope,
    attributes: record.attributes,
    droppedAttributesCount: record.droppedAttributesCount,
    ...(flags !== undefined && { flags }),
    ...changes,
  };
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}

function hrTimeOf(ms: number): LogRecord['hrTime'] {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}
