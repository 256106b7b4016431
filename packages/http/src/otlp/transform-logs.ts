/** Changes of log records that several backends need. */
import {
  type AttributeMap,
  type FieldTest,
  hasField,
  hrTimeIsZero,
  type LogRecord,
  withAttribute,
} from '@telemetryflow/otlp';
import type { ItemTransform } from './transform-items.ts';

/** Field numbers of LogRecord. */
const TIME = 1;
const ATTRIBUTES = 6;
const EVENT_NAME = 12;

const hasTime = hasField({ [TIME]: isNotZero });

/**
 * A record without time gets the time it was observed at, else that of encoding: some backends store it as 1970.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeOtlpProto, logTimeFromObserved, type OtlpEncode, transformItems } from '@telemetryflow/http';
 * import { batchFromOtlp } from '@telemetryflow/kernel';
 * import { decode, protobufFromJson } from '@telemetryflow/otlp';
 *
 * const encode: OtlpEncode = (batch) => encodeOtlpProto(batch, 4_000_000);
 * const body = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"observedTimeUnixNano":"5"}]}]}]}';
 * const batch = batchFromOtlp('logs', protobufFromJson('logs', Buffer.from(body)));
 * const context = { now: Date.now(), id: 'b-1', mode: undefined };
 * const [payload] = transformItems(encode, [logTimeFromObserved])(batch, context);
 * assert.ok(payload && 'body' in payload && payload.body instanceof Uint8Array);
 * const [changed] = decode('logs', payload.body);
 * assert.deepEqual(changed?.hrTime, [0, 5]);
 * ```
 */
export const logTimeFromObserved: ItemTransform<'logs'> = {
  concerns: (request, start, end) => !hasTime(request, start, end),
  change(record, now) {
    if (!hrTimeIsZero(record.hrTime)) return record;
    const hrTime = hrTimeIsZero(record.hrTimeObserved) ? hrTimeOf(now) : record.hrTimeObserved;
    return withLogFields(record, { hrTime });
  },
};

/**
 * The name of an event is repeated as attribute `event.name` where there is none: some backends do not store it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeOtlpProto, eventNameAsAttribute, type OtlpEncode, transformItems } from '@telemetryflow/http';
 * import { batchFromOtlp } from '@telemetryflow/kernel';
 * import { decode, protobufFromJson } from '@telemetryflow/otlp';
 *
 * const encode: OtlpEncode = (batch) => encodeOtlpProto(batch, 4_000_000);
 * const body = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"order.paid"}]}]}]}';
 * const batch = batchFromOtlp('logs', protobufFromJson('logs', Buffer.from(body)));
 * const context = { now: Date.now(), id: 'b-1', mode: undefined };
 * const [payload] = transformItems(encode, [eventNameAsAttribute])(batch, context);
 * assert.ok(payload && 'body' in payload && payload.body instanceof Uint8Array);
 * const [changed] = decode('logs', payload.body);
 * assert.equal(changed?.attributes['event.name'], 'order.paid');
 * ```
 */
export const eventNameAsAttribute: ItemTransform<'logs'> = {
  concerns: hasField({ [EVENT_NAME]: (_bytes, start, end) => end > start }),
  change(record) {
    const { eventName, attributes } = record;
    if (eventName === undefined || eventName === '' || Object.hasOwn(attributes, 'event.name')) return record;
    return withLogFields(record, { attributes: withAttribute(attributes, 'event.name', eventName) });
  },
};

/**
 * A test of log records: true when `test` is for one of their attributes (a KeyValue).
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { hasLogAttribute } from '@telemetryflow/http';
 * import { encode, hasScalar, someItem } from '@telemetryflow/otlp';
 * import { recordsOf } from '@telemetryflow/testkit';
 *
 * const request = encode('logs', recordsOf('logs', 2).map((log) => ({ ...log, attributes: { team: null } })));
 * const hasEmpty = hasLogAttribute(hasScalar((kind) => kind === 0));
 * assert.ok(someItem(request, (start, end) => hasEmpty(request, start, end)));
 * ```
 */
export function hasLogAttribute(test: FieldTest): FieldTest {
  return hasField({ [ATTRIBUTES]: test });
}

/**
 * The record with its attributes changed; the same object when they are not.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mapLogAttributes } from '@telemetryflow/http';
 * import { withAttribute } from '@telemetryflow/otlp';
 * import { recordsOf } from '@telemetryflow/testkit';
 *
 * const [log] = recordsOf('logs', 1);
 * assert.ok(log);
 * const tagged = mapLogAttributes(log, (attributes) => withAttribute(attributes, 'team', 'checkout'));
 * assert.equal(tagged.attributes['team'], 'checkout');
 * assert.equal(mapLogAttributes(log, (attributes) => attributes), log);
 * ```
 */
export function mapLogAttributes(record: LogRecord, change: (attributes: AttributeMap) => AttributeMap): LogRecord {
  const attributes = change(record.attributes);
  return attributes === record.attributes ? record : withLogFields(record, { attributes });
}

/**
 * A copy with other values in some fields. Made field by field: the records of an SDK have getters, which a spread loses.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { withLogFields } from '@telemetryflow/http';
 * import { cutUtf8 } from '@telemetryflow/otlp';
 * import { recordsOf } from '@telemetryflow/testkit';
 *
 * const [log] = recordsOf('logs', 1);
 * assert.ok(log);
 * const cut = withLogFields(log, { body: cutUtf8(`${log.body}`, 4) });
 * assert.deepEqual([cut.body, cut.resource], [`${log.body}`.slice(0, 4), log.resource]);
 * ```
 */
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

function isNotZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return true;
  return false;
}

function hrTimeOf(ms: number): LogRecord['hrTime'] {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}
