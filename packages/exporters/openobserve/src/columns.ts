/** What of the attributes a record of OpenObserve has room for: names that are columns already, and too many of them. */
import { type ItemTransform, withLogFields, withSpanFields } from '@telemetryflow/http';
import {
  type AttributeMap,
  isDouble,
  type LogRecord,
  type SpanRecord,
  someField,
  withAttribute,
  withoutAttribute,
} from '@telemetryflow/otlp';

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
const KEY = 1;

const UNDERSCORE = 0x5f;
/** First and last characters of the reserved names. */
const ENDS: ReadonlySet<number> = new Set(
  [...RESERVED].map((name) => endsOf(name.charCodeAt(0), name.charCodeAt(name.length - 1))),
);

/** One number for two characters in the form the server stores them: lower case, and `_` for what is no letter. */
function endsOf(first: number, last: number): number {
  return formatted(first) * 256 + formatted(last);
}

function formatted(character: number): number {
  const lower = character | 0x20;
  return lower >= 0x61 && lower <= 0x7a ? lower : UNDERSCORE;
}

/** True for a key that the server would store under the name of one of its own columns. */
export function isReserved(key: string): boolean {
  return key.length <= LONGEST && RESERVED.has(key.toLowerCase().replace(/[^a-z0-9_]+/g, '_'));
}

/** Renames attributes of logs that would overwrite a column. */
export const protectReserved: ItemTransform<'logs'> = {
  concerns: (request, start, end) =>
    someField(
      request,
      start,
      end,
      (number, _type, from, to) =>
        number === LOG_ATTRIBUTES &&
        someField(request, from, to, (field, _kind, at, until) => field === KEY && isReservedAt(request, at, until)),
    ),
  change(record) {
    const attributes = renameReserved(record.attributes);
    return attributes === record.attributes ? record : withLogFields(record, { attributes });
  },
};

function isReservedAt(request: Uint8Array, start: number, end: number): boolean {
  if (start === end || end - start > LONGEST) return false;
  if (!ENDS.has(endsOf(request[start] as number, request[end - 1] as number))) return false;
  return isReserved(Buffer.from(request.buffer, request.byteOffset + start, end - start).toString('latin1'));
}

/** The attributes with the reserved ones under `attr_<name>`; the same object when there are none. */
export function renameReserved(attributes: AttributeMap): AttributeMap {
  let changed = attributes;
  for (const key of Object.keys(attributes)) {
    if (!isReserved(key)) continue;
    const kind = isDouble(attributes, key) ? 'double' : undefined;
    changed = withAttribute(withoutAttribute(changed, key), `attr_${key}`, attributes[key], kind);
  }
  return changed;
}

export const limitLogAttributes: ItemTransform<'logs'> = {
  concerns: (request, start, end) => hasTooMany(request, start, end, LOG_ATTRIBUTES),
  change(record: LogRecord) {
    const cut = cutAttributes(record);
    return cut === undefined ? record : withLogFields(record, cut);
  },
};

export const limitSpanAttributes: ItemTransform<'traces'> = {
  concerns: (request, start, end) => hasTooMany(request, start, end, SPAN_ATTRIBUTES),
  change(span: SpanRecord) {
    const cut = cutAttributes(span);
    return cut === undefined ? span : withSpanFields(span, cut);
  },
};

function hasTooMany(request: Uint8Array, start: number, end: number, attributes: number): boolean {
  // An attribute takes two bytes at least.
  if (end - start <= 2 * MAX_ATTRIBUTES) return false;
  let count = 0;
  return someField(request, start, end, (number) => number === attributes && ++count > MAX_ATTRIBUTES);
}

interface WithAttributes {
  readonly attributes: AttributeMap;
  readonly droppedAttributesCount: number;
}

/** The first attributes, with the others counted as dropped; `undefined` when there is room for all. */
export function cutAttributes({ attributes, droppedAttributesCount }: WithAttributes): WithAttributes | undefined {
  const keys = Object.keys(attributes);
  if (keys.length <= MAX_ATTRIBUTES) return undefined;
  let kept = attributes;
  for (const key of keys.slice(MAX_ATTRIBUTES)) kept = withoutAttribute(kept, key);
  return { attributes: kept, droppedAttributesCount: droppedAttributesCount + keys.length - MAX_ATTRIBUTES };
}
