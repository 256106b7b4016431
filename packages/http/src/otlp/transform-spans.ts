/** Changes of spans that several backends need. */
import {
  type AttributeMap,
  type FieldTest,
  hasField,
  hrTimeToNanos,
  type SpanRecord,
  someField,
} from '@telemetryflow/otlp';
import type { ItemTransform } from './transform-items.ts';

/** Field numbers of Span, and of the attributes of its events and links. */
const START = 7;
const END = 8;
const ATTRIBUTES = 9;
const EVENTS = 11;
const LINKS = 13;
const EVENT_ATTRIBUTES = 3;
const LINK_ATTRIBUTES = 4;

/**
 * A span that ends before it starts (two clocks) ends when it starts: unsigned durations wrap around below zero.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeOtlpProto, type OtlpEncode, spanEndNotBeforeStart, transformItems } from '@telemetryflow/http';
 * import { batchFromOtlp } from '@telemetryflow/kernel';
 * import { decode, protobufFromJson } from '@telemetryflow/otlp';
 *
 * const encode: OtlpEncode = (batch) => encodeOtlpProto(batch, 4_000_000);
 * const body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"9","endTimeUnixNano":"5"}]}]}]}';
 * const batch = batchFromOtlp('traces', protobufFromJson('traces', Buffer.from(body)));
 * const context = { now: Date.now(), id: 'b-1', mode: undefined };
 * const [payload] = transformItems(encode, [spanEndNotBeforeStart])(batch, context);
 * assert.ok(payload && 'body' in payload && payload.body instanceof Uint8Array);
 * const [changed] = decode('traces', payload.body);
 * assert.deepEqual(changed?.endTime, [0, 9]);
 * ```
 */
export const spanEndNotBeforeStart: ItemTransform<'traces'> = {
  concerns(request, start, end) {
    let began = -1;
    let ended = -1;
    someField(request, start, end, (number, _type, from) => {
      if (number === START) began = from;
      else if (number === END) ended = from;
      return false;
    });
    return began >= 0 && (ended < 0 || isBefore(request, ended, began));
  },
  change(span) {
    if (hrTimeToNanos(span.endTime) >= hrTimeToNanos(span.startTime)) return span;
    return withSpanFields(span, { endTime: span.startTime, duration: [0, 0] });
  },
};

/**
 * A copy with other values in some fields. Made field by field: the spans of an SDK are class instances.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { withSpanFields } from '@telemetryflow/http';
 * import { recordsOf } from '@telemetryflow/testkit';
 *
 * const [span] = recordsOf('traces', 1);
 * assert.ok(span);
 * const renamed = withSpanFields(span, { name: 'GET /cart' });
 * assert.deepEqual([renamed.name, renamed.spanContext()], ['GET /cart', span.spanContext()]);
 * ```
 */
export function withSpanFields(span: SpanRecord, changes: Partial<SpanRecord>): SpanRecord {
  const { flags, otlpKind, parentSpanContext } = span;
  const context = span.spanContext();
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => context,
    ...(parentSpanContext !== undefined && { parentSpanContext }),
    startTime: span.startTime,
    endTime: span.endTime,
    status: span.status,
    attributes: span.attributes,
    links: span.links,
    events: span.events,
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
    ...(flags !== undefined && { flags }),
    ...(otlpKind !== undefined && { otlpKind }),
    ...changes,
  };
}

/**
 * A test of spans: true when `test` is for an attribute (a KeyValue) of them, their events or their links.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { hasSpanAttribute } from '@telemetryflow/http';
 * import { protobufFromJson, someItem } from '@telemetryflow/otlp';
 *
 * const attributes = '[{"key":"user.email","value":{"stringValue":"jo@example.com"}}]';
 * const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"events":[{"attributes":${attributes}}]}]}]}]}`;
 * const request = protobufFromJson('traces', Buffer.from(body));
 * const isIn = (text: string): boolean => {
 *   const has = hasSpanAttribute((bytes, from, to) => Buffer.from(bytes.subarray(from, to)).includes(text));
 *   return someItem(request, (start, end) => has(request, start, end));
 * };
 * assert.deepEqual(['user.email', 'user.id'].map(isIn), [true, false]);
 * ```
 */
export function hasSpanAttribute(test: FieldTest): FieldTest {
  return hasField({
    [ATTRIBUTES]: test,
    [EVENTS]: hasField({ [EVENT_ATTRIBUTES]: test }),
    [LINKS]: hasField({ [LINK_ATTRIBUTES]: test }),
  });
}

/**
 * The span with its attributes, and those of its events and links, changed; the same object when nothing is.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mapSpanAttributes } from '@telemetryflow/http';
 * import { withAttribute } from '@telemetryflow/otlp';
 * import { recordsOf } from '@telemetryflow/testkit';
 *
 * const [span] = recordsOf('traces', 1);
 * assert.ok(span);
 * const tagged = mapSpanAttributes(span, (attributes) => withAttribute(attributes, 'team', 'checkout'));
 * assert.equal(tagged.attributes['team'], 'checkout');
 * const same = mapSpanAttributes(span, (attributes) => attributes);
 * assert.equal(same, span);
 * ```
 */
export function mapSpanAttributes(span: SpanRecord, change: (attributes: AttributeMap) => AttributeMap): SpanRecord {
  const part = <T extends { readonly attributes?: AttributeMap }>(own: T): T => {
    const attributes = own.attributes === undefined ? undefined : change(own.attributes);
    return attributes === own.attributes ? own : { ...own, attributes };
  };
  const attributes = change(span.attributes);
  const events = span.events.map(part);
  const links = span.links.map(part);
  const same =
    attributes === span.attributes &&
    events.every((event, i) => event === span.events[i]) &&
    links.every((link, i) => link === span.links[i]);
  return same ? span : withSpanFields(span, { attributes, events, links });
}

/** Compares two little-endian fixed64 values. */
function isBefore(bytes: Uint8Array, a: number, b: number): boolean {
  for (let at = 7; at >= 0; at--) {
    const difference = (bytes[a + at] as number) - (bytes[b + at] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
