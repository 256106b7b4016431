/** NaN and infinities as text: with one of them Jaeger cannot write its answers, and shows nothing of the whole trace. */
import { type ItemTransform, mapSpanAttributes, someSpanAttribute } from '@telemetryflow/http';
import {
  type AttributeMap,
  type AttributeValue,
  copyArray,
  type ResourceRecord,
  scalarAt,
  someField,
  withAttribute,
} from '@telemetryflow/otlp';

/** Field numbers of KeyValue and AnyValue. */
const VALUE = 2;
const DOUBLE = 4;
const DOUBLE_TAG = 0x21;
const ARRAY = 5;
const MAP = 6;

export const nonFiniteAsText: ItemTransform<'traces'> = {
  concerns: (request, start, end) =>
    someSpanAttribute(request, start, end, (from, to) => isInKeyValue(request, from, to)),
  change: (span) => mapSpanAttributes(span, asText),
};

export function resourceAsText(resource: ResourceRecord): ResourceRecord {
  const attributes = asText(resource.attributes);
  return attributes === resource.attributes ? resource : { ...resource, attributes };
}

function asText(attributes: AttributeMap): AttributeMap {
  let changed = attributes;
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    const text = valueAsText(value);
    if (text !== value) changed = withAttribute(changed, key, text);
  }
  return changed;
}

function valueAsText(value: AttributeValue): AttributeValue {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (!Array.isArray(value)) return asText(value as AttributeMap);
  const items = value as readonly AttributeValue[];
  if (items.every((item) => Object.is(item, valueAsText(item)))) return value;
  const copy = copyArray(items);
  for (const [index, item] of items.entries()) copy[index] = valueAsText(item);
  return copy;
}

function isInKeyValue(request: Uint8Array, start: number, end: number): boolean {
  const scalar = scalarAt(request, start, end);
  if (scalar >= 0) return request[scalar] === DOUBLE_TAG && isNonFinite(request, scalar + 1);
  return someField(request, start, end, (number, _type, from, to) => number === VALUE && isInValue(request, from, to));
}

function isInValue(request: Uint8Array, start: number, end: number): boolean {
  return someField(request, start, end, (kind, _type, from, to) => {
    if (kind === DOUBLE) return isNonFinite(request, from);
    if (kind === ARRAY) return someField(request, from, to, (_n, _t, at, until) => isInValue(request, at, until));
    return kind === MAP && someField(request, from, to, (_n, _t, at, until) => isInKeyValue(request, at, until));
  });
}

/** The exponent of a little-endian double is all ones. */
function isNonFinite(bytes: Uint8Array, at: number): boolean {
  return ((bytes[at + 7] ?? 0) & 0x7f) === 0x7f && ((bytes[at + 6] ?? 0) & 0xf0) === 0xf0;
}
