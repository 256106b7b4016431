/**
 * Looks for something in a request without decoding it, and stops at the first hit. The request must be known to be
 * valid: nothing is checked here.
 */

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;

/** Field numbers from a request down to its spans, log records or metrics. */
const TO_ITEMS = [1, 2, 2];
const POINTS = 1;

/** Looks at one field of a message: its value is from `start` to `end`, without the length of a delimited one. */
export type FieldVisitor = (number: number, wireType: number, start: number, end: number) => boolean;

/**
 * True as soon as `visit` is true for a field of the message from `start` to `end`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeResource, type FieldVisitor, someField } from '@telemetryflow/otlp';
 *
 * const resource = encodeResource({ attributes: { env: 'eu' }, droppedAttributesCount: 3 });
 * const DROPPED = 2;
 * const visit: FieldVisitor = (field, _wireType, start) => field === DROPPED && resource[start] === 3;
 * assert.ok(someField(resource, 0, resource.length, visit));
 * ```
 */
export function someField(bytes: Uint8Array, start: number, end: number, visit: FieldVisitor): boolean {
  let at = start;
  while (at < end) {
    let tag = bytes[at] as number;
    if (tag < 0x80) at += 1;
    else {
      tag = varint(bytes, at);
      at = afterVarint(bytes, at);
    }
    const wireType = tag & 7;
    let from = at;
    if (wireType === DELIMITED) {
      const length = bytes[at] as number;
      if (length < 0x80) {
        from = at + 1;
        at = from + length;
      } else {
        from = afterVarint(bytes, at);
        at = from + varint(bytes, at);
      }
    } else if (wireType === VARINT) at = afterVarint(bytes, at);
    else at += wireType === FIXED64 ? 8 : 4;
    if (visit(tag >>> 3, wireType, from, at)) return true;
  }
  return false;
}

/** Looks at the value of a field, or at a message: it is from `start` to `end`. */
export type FieldTest = (bytes: Uint8Array, start: number, end: number) => boolean;

/** Known fields have smaller numbers. */
const NUMBERS = 17;

/**
 * A test of messages: true as soon as one of the tests, which are under the numbers of their fields, is true for a
 * value of its field. Tests of a message within a message are made of it in turn.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeResource, type FieldTest, hasField } from '@telemetryflow/otlp';
 *
 * const resource = encodeResource({ attributes: { env: 'eu', team: 'checkout' } });
 * const ATTRIBUTES = 1;
 * const KEY = 1;
 * const isTeam: FieldTest = (bytes, start, end) => Buffer.from(bytes.subarray(start, end)).equals(Buffer.from('team'));
 * const hasTeam = hasField({ [ATTRIBUTES]: hasField({ [KEY]: isTeam }) });
 * assert.ok(hasTeam(resource, 0, resource.length));
 * ```
 */
export function hasField(tests: Readonly<Record<number, FieldTest>>): FieldTest {
  const byNumber = Array.from({ length: NUMBERS }, (_, number) => tests[number]);
  return (bytes, start, end) => {
    let at = start;
    while (at < end) {
      let tag = bytes[at] as number;
      if (tag < 0x80) at += 1;
      else {
        tag = varint(bytes, at);
        at = afterVarint(bytes, at);
      }
      const wireType = tag & 7;
      let from = at;
      if (wireType === DELIMITED) {
        const length = bytes[at] as number;
        if (length < 0x80) {
          from = at + 1;
          at = from + length;
        } else {
          from = afterVarint(bytes, at);
          at = from + varint(bytes, at);
        }
      } else if (wireType === VARINT) at = afterVarint(bytes, at);
      else at += wireType === FIXED64 ? 8 : 4;
      const number = tag >>> 3;
      const test = number < NUMBERS ? byNumber[number] : undefined;
      if (test?.(bytes, from, at) === true) return true;
    }
    return false;
  };
}

const KEY = 1;
const KEY_TAG = 0x0a;

/**
 * A test of attributes (KeyValue messages): true when `test` is for the key of one.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeResource, hasField, hasKey } from '@telemetryflow/otlp';
 *
 * const resource = encodeResource({ attributes: { env: 'eu', team: 'checkout' } });
 * const ATTRIBUTES = 1;
 * const hasTeam = hasField({
 *   [ATTRIBUTES]: hasKey((bytes, start, end) => Buffer.from(bytes.subarray(start, end)).equals(Buffer.from('team'))),
 * });
 * assert.ok(hasTeam(resource, 0, resource.length));
 * ```
 */
export function hasKey(test: FieldTest): FieldTest {
  const inAnyForm = hasField({ [KEY]: test });
  return (bytes, start, end) => {
    // As all encoders write it: a short key comes first.
    const length = bytes[start + 1] as number;
    if (bytes[start] === KEY_TAG && length < 0x80) return test(bytes, start + 2, start + 2 + length);
    return inAnyForm(bytes, start, end);
  };
}

/** A tag or a length: at most 32 bits. */
function varint(bytes: Uint8Array, start: number): number {
  let value = 0;
  for (let at = start, shift = 0; shift < 32; at++, shift += 7) {
    const byte = bytes[at] as number;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value >>> 0;
}

function afterVarint(bytes: Uint8Array, start: number): number {
  let at = start;
  while ((bytes[at] as number) >= 0x80) at += 1;
  return at + 1;
}

/**
 * True as soon as `visit` is true for a span, a log record or a metric (whole, with all its points).
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { protobufFromJson, someField, someItem } from '@telemetryflow/otlp';
 *
 * const body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"name":"b"},{"name":"c"}]}]}]}';
 * const request = protobufFromJson('traces', Buffer.from(body));
 * const NAME = 5;
 * const isNamed = (name: string): boolean =>
 *   someItem(request, (start, end) =>
 *     someField(request, start, end, (field, _wireType, from, to) => {
 *       return field === NAME && Buffer.from(request.subarray(from, to)).equals(Buffer.from(name));
 *     }),
 *   );
 * assert.deepEqual(['b', 'd'].map(isNamed), [true, false]);
 * ```
 */
export function someItem(request: Uint8Array, visit: (start: number, end: number) => boolean): boolean {
  const descend = (start: number, end: number, depth: number): boolean =>
    someField(request, start, end, (number, wireType, from, to) => {
      if (wireType !== DELIMITED || number !== TO_ITEMS[depth]) return false;
      return depth === TO_ITEMS.length - 1 ? visit(from, to) : descend(from, to, depth + 1);
    });
  return descend(0, request.length, 0);
}

/**
 * True as soon as `visit` is true for a data point; `data` is the field number of its kind within `Metric`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { METRIC_FIELDS, protobufFromJson, someField, somePoint } from '@telemetryflow/otlp';
 *
 * const metrics = '[{"name":"load","gauge":{"dataPoints":[{"asDouble":0.5}]}}]';
 * const body = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":${metrics}}]}]}`;
 * const request = protobufFromJson('metrics', Buffer.from(body));
 * const EXEMPLARS = 5;
 * const hasExemplars = somePoint(request, (data, start, end) =>
 *   someField(request, start, end, (field) => data === METRIC_FIELDS.gauge && field === EXEMPLARS),
 * );
 * assert.equal(hasExemplars, false);
 * ```
 */
export function somePoint(request: Uint8Array, visit: (data: number, start: number, end: number) => boolean): boolean {
  return someItem(request, (metricStart, metricEnd) =>
    someField(request, metricStart, metricEnd, (data, wireType, from, to) => {
      if (wireType !== DELIMITED || !METRIC_DATA.has(data)) return false;
      return someField(request, from, to, (number, _type, start, end) => number === POINTS && visit(data, start, end));
    }),
  );
}

/**
 * The members of `Metric.data`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { METRIC_FIELDS, protobufFromJson, somePoint } from '@telemetryflow/otlp';
 *
 * const metrics = '[{"name":"load","gauge":{"dataPoints":[{"asDouble":0.5}]}}]';
 * const body = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":${metrics}}]}]}`;
 * const request = protobufFromJson('metrics', Buffer.from(body));
 * const hasSummary = somePoint(request, (data) => data === METRIC_FIELDS.summary);
 * assert.equal(hasSummary, false);
 * assert.ok(somePoint(request, (data) => data === METRIC_FIELDS.gauge));
 * ```
 */
export const METRIC_FIELDS = { gauge: 5, sum: 7, histogram: 9, exponentialHistogram: 10, summary: 11 } as const;
const METRIC_DATA: ReadonlySet<number> = new Set(Object.values(METRIC_FIELDS));
