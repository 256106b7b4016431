/** The message table turned into what the JSON transcoders dispatch on. */
import { isMessage, MESSAGES, type MessageName, type ScalarType, WIRE_TYPE } from './messages.ts';
import { lastWordMask, wordsOf } from './words.ts';

/** Kinds of single values, as small integers to switch on. */
export const MESSAGE_KIND = 0;
export const STRING_KIND = 1;
export const BYTES_KIND = 2;
export const TRACE_ID_KIND = 3;
export const SPAN_ID_KIND = 4;
export const BOOL_KIND = 5;
export const DOUBLE_KIND = 6;
export const INT64_KIND = 7;
export const UINT64_KIND = 8;
export const UINT32_KIND = 9;
export const SINT32_KIND = 10;
export const FIXED32_KIND = 11;
export const FIXED64_KIND = 12;
export const SFIXED64_KIND = 13;
export const ENUM_KIND = 14;

const KINDS: { readonly [T in ScalarType]: number } = {
  string: STRING_KIND,
  bytes: BYTES_KIND,
  traceId: TRACE_ID_KIND,
  spanId: SPAN_ID_KIND,
  bool: BOOL_KIND,
  double: DOUBLE_KIND,
  int64: INT64_KIND,
  uint64: UINT64_KIND,
  uint32: UINT32_KIND,
  sint32: SINT32_KIND,
  fixed32: FIXED32_KIND,
  fixed64: FIXED64_KIND,
  sfixed64: SFIXED64_KIND,
  spanKind: ENUM_KIND,
  statusCode: ENUM_KIND,
  severityNumber: ENUM_KIND,
  temporality: ENUM_KIND,
};

const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name) =>
  ['', '2', '3', '4'].map((step) => `SEVERITY_NUMBER_${name}${step}`),
);

/** Names of enum values by number. OTLP forbids writing them; lenient readers take them. */
const ENUM_NAMES: { readonly [T in ScalarType]?: readonly string[] } = {
  spanKind: ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map((name) => `SPAN_KIND_${name}`),
  statusCode: ['UNSET', 'OK', 'ERROR'].map((name) => `STATUS_CODE_${name}`),
  severityNumber: ['SEVERITY_NUMBER_UNSPECIFIED', ...SEVERITIES],
  temporality: ['UNSPECIFIED', 'DELTA', 'CUMULATIVE'].map((name) => `AGGREGATION_TEMPORALITY_${name}`),
};

/** One field, ready for use. */
export interface JsonField {
  /** Position among the fields of its message, and `1 << index`. */
  readonly index: number;
  readonly bit: number;
  readonly name: string;
  /** `name"` as words, its length, and the mask of its last word. */
  readonly key: Int32Array;
  readonly keyLength: number;
  readonly keyMask: number;
  /** `,"name":` (and `[` for a list) as words, and its length. */
  readonly member: Int32Array;
  readonly memberLength: number;
  readonly kind: number;
  readonly message: JsonMessage | undefined;
  readonly enumNames: readonly string[];
  readonly many: boolean;
  /** A zero value is written too. */
  readonly explicit: boolean;
  /** Tag of a single value. */
  readonly tag: number;
  /** Tag of a length-delimited value: of the packed form of repeated numbers. */
  readonly packedTag: number;
}

/** One message, ready for use. */
export interface JsonMessage {
  readonly name: MessageName;
  /** Position among all messages. */
  readonly index: number;
  readonly fields: readonly JsonField[];
  readonly byName: ReadonlyMap<string, JsonField>;
  /** By field number. */
  readonly byNumber: readonly (JsonField | undefined)[];
  /** The bits of the members of its oneof. */
  readonly oneof: number;
}

type Unlinked = { -readonly [K in keyof JsonField]: JsonField[K] };

function build(): ReadonlyMap<MessageName, JsonMessage> {
  const messages = new Map<MessageName, JsonMessage>();
  const nested: [field: Unlinked, message: MessageName][] = [];
  for (const [index, name] of (Object.keys(MESSAGES) as MessageName[]).entries()) {
    const fields: JsonField[] = [];
    const byName = new Map<string, JsonField>();
    const byNumber: JsonField[] = [];
    let oneof = 0;
    for (const [position, [number, fieldName, type, cardinality = 'one']] of MESSAGES[name].entries()) {
      const message = isMessage(type);
      const member = `,"${fieldName}":${cardinality === 'many' ? '[' : ''}`;
      const field: Unlinked = {
        index: position,
        bit: 1 << position,
        name: fieldName,
        key: wordsOf(`${fieldName}"`),
        keyLength: fieldName.length + 1,
        keyMask: lastWordMask(fieldName.length + 1),
        member: wordsOf(member),
        memberLength: member.length,
        kind: message ? MESSAGE_KIND : KINDS[type],
        message: undefined,
        enumNames: (message ? undefined : ENUM_NAMES[type]) ?? [],
        many: cardinality === 'many',
        explicit: cardinality !== 'one',
        tag: number * 8 + (message ? 2 : WIRE_TYPE[type]),
        packedTag: number * 8 + 2,
      };
      if (message) nested.push([field, type]);
      if (cardinality === 'oneof') oneof |= field.bit;
      fields.push(field);
      byNumber[number] = field;
      byName.set(fieldName, field);
    }
    messages.set(name, { name, index, fields, byName, byNumber, oneof });
  }
  for (const [field, message] of nested) field.message = messages.get(message);
  return messages;
}

let tables: ReadonlyMap<MessageName, JsonMessage> | undefined;

/** The table of a message. All are built when the first is asked for. */
export function jsonMessage(name: MessageName): JsonMessage {
  tables ??= build();
  const message = tables.get(name);
  if (message === undefined) throw new RangeError(`${name} is no OTLP message`);
  return message;
}

/** How many messages and how many fields of one there are at most. */
export const MESSAGE_COUNT: number = Object.keys(MESSAGES).length;
export const MAX_FIELDS = 16;
