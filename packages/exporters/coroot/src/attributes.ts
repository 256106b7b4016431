/**
 * Attributes without value: Coroot stores a text about a missing type for an empty one, and a KeyValue that lacks the
 * value altogether ends its handler. Both are left out.
 */
import { type ItemTransform, mapSpanAttributes, someSpanAttribute, withLogFields } from '@telemetryflow/http';
import {
  type AttributeMap,
  type AttributeValue,
  copyArray,
  type ResourceRecord,
  scalarAt,
  someField,
  valueToText,
  withAttribute,
  withoutAttribute,
} from '@telemetryflow/otlp';

/** Field numbers: attributes of log records; of KeyValue, AnyValue, arrays and maps. */
const LOG_ATTRIBUTES = 6;
const VALUE = 2;
const ARRAY = 5;
const MAP = 6;

export const logsWithoutEmpty: ItemTransform<'logs'> = {
  concerns: (request, start, end) => hasEmpty(request, start, end, LOG_ATTRIBUTES),
  change(record) {
    const attributes = withoutEmpty(record.attributes);
    return attributes === record.attributes ? record : withLogFields(record, { attributes });
  },
};

export const spansWithoutEmpty: ItemTransform<'traces'> = {
  concerns: (request, start, end) =>
    someSpanAttribute(request, start, end, (from, to) => isEmptyKeyValue(request, from, to)),
  change: (span) => mapSpanAttributes(span, withoutEmpty),
};

/** The resource without empty attributes, and with a service that Coroot does not take for a container of its agent. */
export function cleanResource(resource: ResourceRecord): ResourceRecord {
  let attributes = withoutEmpty(resource.attributes);
  const service = attributes['service.name'];
  if (service !== undefined) {
    const name = valueToText(service).replace(/^\/+/, '');
    if (name !== service) attributes = withAttribute(attributes, 'service.name', name);
  }
  return attributes === resource.attributes ? resource : { ...resource, attributes };
}

function withoutEmpty(attributes: AttributeMap): AttributeMap {
  let changed = attributes;
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (value === null || value === undefined) {
      changed = withoutAttribute(changed, key);
      continue;
    }
    const full = withoutEmptyInside(value);
    if (full !== value) changed = withAttribute(changed, key, full);
  }
  return changed;
}

function withoutEmptyInside(value: AttributeValue): AttributeValue {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (!Array.isArray(value)) return withoutEmpty(value as AttributeMap);
  const items = value as readonly AttributeValue[];
  if (items.every((item) => item === withoutEmptyInside(item))) return value;
  const copy = copyArray(items);
  for (const [index, item] of items.entries()) copy[index] = withoutEmptyInside(item);
  return copy;
}

function hasEmpty(request: Uint8Array, start: number, end: number, attributes: number): boolean {
  return someField(
    request,
    start,
    end,
    (number, _type, from, to) => number === attributes && isEmptyKeyValue(request, from, to),
  );
}

/** True for a KeyValue without value, with an empty one, or with one that holds such a KeyValue. */
function isEmptyKeyValue(request: Uint8Array, start: number, end: number): boolean {
  if (scalarAt(request, start, end) >= 0) return false;
  let empty = true;
  const inside = someField(request, start, end, (number, _type, from, to) => {
    if (number !== VALUE) return false;
    empty = from === to;
    return holdsEmpty(request, from, to);
  });
  return empty || inside;
}

function holdsEmpty(request: Uint8Array, start: number, end: number): boolean {
  return someField(request, start, end, (kind, _type, from, to) => {
    if (kind === MAP) return hasEmpty(request, from, to, 1);
    return kind === ARRAY && someField(request, from, to, (_number, _t, at, until) => holdsEmpty(request, at, until));
  });
}
