/** What of the attributes a record of OpenObserve has room for: names that are columns already, and too many of them. */
import {
  hasLogAttribute,
  type ItemTransform,
  mapLogAttributes,
  withLogFields,
  withSpanFields,
} from '@telemetryflow/http';
import { AttributeChanges, type AttributeMap, type FieldTest, hasKey, isDouble, someField } from '@telemetryflow/otlp';

/** Columns of a log record that an attribute of the same formatted name would overwrite. */
const RESERVED: ReadonlySet<string> = new Set([
  '_timestamp',
  'body',
  'severity',
  'trace_id',
  'span_id',
  'dropped_attributes_count',
  'instrumentation_library_name',
  'instrumentation_library_version',
]);
const LONGEST = Math.max(...[...RESERVED].map(({ length }) => length));

/** Attributes of an item at most: the server takes 1000 columns, those of the resource and its own among them. */
const MAX_ATTRIBUTES = 900;
const LOG_ATTRIBUTES = 6;
const SPAN_ATTRIBUTES = 9;

/** A byte of a key in the form the server stores it: the number of its letter, 0 for `_` and what becomes one. */
const FORMS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte).toLowerCase();
  return /[a-z]/.test(letter) ? letter.charCodeAt(0) - 0x60 : 0;
});
const FORM_COUNT = 27;
/** By the forms of the first and the last byte: 1 where a reserved name has both. */
const ENDS: Uint8Array = new Uint8Array(FORM_COUNT * FORM_COUNT);
for (const name of RESERVED) ENDS[endsOf(name.charCodeAt(0), name.charCodeAt(name.length - 1))] = 1;

function endsOf(first: number, last: number): number {
  return (FORMS[first] as number) * FORM_COUNT + (FORMS[last] as number);
}

/** The name under which the server stores a key. */
export function columnOf(key: string): string {
  return key.toLowerCase().replace(/[^a-z0-9_]+/g, '_');
}

/** True for a key that the server would store under the name of one of its own columns. */
export function isReserved(key: string): boolean {
  return key.length <= LONGEST && RESERVED.has(columnOf(key));
}

/** Renames attributes of logs that would overwrite a column. */
export const protectReserved: ItemTransform<'logs'> = {
  concerns: hasLogAttribute(hasKey(isReservedAt)),
  change: (record) => mapLogAttributes(record, renameReserved),
};

function isReservedAt(request: Uint8Array, start: number, end: number): boolean {
  if (start === end || end - start > LONGEST) return false;
  if (ENDS[endsOf(request[start] as number, request[end - 1] as number)] === 0) return false;
  return isReserved(Buffer.from(request.buffer, request.byteOffset + start, end - start).toString('latin1'));
}

/** The attributes with the reserved ones under `attr_<name>`; the same object when there are none. */
export function renameReserved(attributes: AttributeMap): AttributeMap {
  const changes = new AttributeChanges(attributes);
  for (const key of Object.keys(attributes)) {
    if (!isReserved(key)) continue;
    const kind = isDouble(attributes, key) ? 'double' : undefined;
    changes.delete(key);
    changes.set(freeName(key, changes.result), attributes[key], kind);
  }
  return changes.result;
}

/** `attr_<key>`, or the next name that no attribute has. */
export function freeName(key: string, attributes: object): string {
  let name = `attr_${key}`;
  while (Object.hasOwn(attributes, name)) name = `attr_${name}`;
  return name;
}

export const limitLogAttributes: ItemTransform<'logs'> = {
  concerns: hasTooMany(LOG_ATTRIBUTES),
  change: (record) => withLogFields(record, cutAttributes(record)),
};

export const limitSpanAttributes: ItemTransform<'traces'> = {
  concerns: hasTooMany(SPAN_ATTRIBUTES),
  change: (span) => withSpanFields(span, cutAttributes(span)),
};

function hasTooMany(attributes: number): FieldTest {
  return (bytes, start, end) => {
    // An attribute takes two bytes at least.
    if (end - start <= 2 * MAX_ATTRIBUTES) return false;
    let count = 0;
    return someField(bytes, start, end, (number) => number === attributes && ++count > MAX_ATTRIBUTES);
  };
}

interface WithAttributes {
  readonly attributes: AttributeMap;
  readonly droppedAttributesCount: number;
}

/** The first attributes, with the others counted as dropped. */
export function cutAttributes({ attributes, droppedAttributesCount }: WithAttributes): WithAttributes {
  const changes = new AttributeChanges(attributes);
  const beyond = Object.keys(attributes).slice(MAX_ATTRIBUTES);
  for (const key of beyond) changes.delete(key);
  return { attributes: changes.result, droppedAttributesCount: droppedAttributesCount + beyond.length };
}
