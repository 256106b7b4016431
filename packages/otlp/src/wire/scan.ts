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

/** Tags of the scalar members of AnyValue. */
const STRING_VALUE = 0x0a;
const BOOL_VALUE = 0x10;
const INT_VALUE = 0x18;
const DOUBLE_VALUE = 0x21;

/**
 * Where the value of a KeyValue begins, at its tag in AnyValue, when it is a scalar written as encoders do: a short
 * key, then a value of a single field, and nothing else. Any other KeyValue gives -1 and is to be read field by field.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeResource, scalarAt } from '@telemetryflow/otlp';
 *
 * // Behind the tag and the length of the attribute, the only field of this Resource.
 * const keyValue = encodeResource({ attributes: { env: 'eu' } }).subarray(2);
 * const at = scalarAt(keyValue, 0, keyValue.length);
 * assert.equal(keyValue[at], 0x0a); // string_value
 * assert.equal(Buffer.from(keyValue.subarray(at + 2)).toString(), 'eu');
 * ```
 */
export function scalarAt(bytes: Uint8Array, start: number, end: number): number {
  const keyLength = bytes[start + 1] as number;
  const keyEnd = start + 2 + keyLength;
  if (bytes[start] !== 0x0a || keyLength >= 0x80 || keyEnd + 2 >= end || bytes[keyEnd] !== 0x12) return -1;
  const at = keyEnd + 2;
  if (at + (bytes[keyEnd + 1] as number) !== end) return -1;
  switch (bytes[at]) {
    case STRING_VALUE:
      return at + 2 + (bytes[at + 1] as number) === end ? at : -1;
    case BOOL_VALUE:
    case INT_VALUE:
      return afterVarint(bytes, at + 1) === end ? at : -1;
    case DOUBLE_VALUE:
      return at + 9 === end ? at : -1;
    default:
      return -1;
  }
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

/**
 * Of each kind of metric: the fields of its points that are doubles, other than bounds and quantiles.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { POINT_DOUBLES, protobufFromJson, someField, somePoint } from '@telemetryflow/otlp';
 *
 * const metrics = '[{"name":"load","gauge":{"dataPoints":[{"asDouble":"NaN"}]}}]';
 * const body = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":${metrics}}]}]}`;
 * const request = protobufFromJson('metrics', Buffer.from(body));
 * const bytes = Buffer.from(request);
 * const isInvalid = somePoint(bytes, (data, start, end) =>
 *   someField(bytes, start, end, (field, _wireType, at) => {
 *     return POINT_DOUBLES[data]?.includes(field) === true && Number.isNaN(bytes.readDoubleLE(at));
 *   }),
 * );
 * assert.ok(isInvalid);
 * ```
 */
export const POINT_DOUBLES: Readonly<Record<number, readonly number[]>> = {
  [METRIC_FIELDS.gauge]: [4],
  [METRIC_FIELDS.sum]: [4],
  [METRIC_FIELDS.histogram]: [5, 11, 12],
  [METRIC_FIELDS.exponentialHistogram]: [5, 12, 13],
  [METRIC_FIELDS.summary]: [5],
};
const METRIC_DATA: ReadonlySet<number> = new Set(Object.values(METRIC_FIELDS));
