/** The message table turned into what the validating walk dispatches on: one operation per tag. */
import { isMessage, MESSAGES, type MessageName, WIRE_TYPE } from './messages.ts';

/** Operations of the walk. From `MESSAGE` on, the operation is `MESSAGE` plus the index of the nested message. */
export const UNKNOWN = 0;
export const MISTYPED = 1;
export const VARINT_VALUE = 2;
export const FIXED64_VALUE = 3;
export const FIXED32_VALUE = 4;
export const BYTES = 5;
export const STRING = 6;
export const TRACE_ID = 7;
export const SPAN_ID = 8;
export const PACKED_FIXED64 = 9;
const PACKED_VARINT = 10;
export const MESSAGE = 16;

/** Tags of known fields are below this: the largest field number is 16. */
export const TAGS: number = 17 * 8;

const NAMES = Object.keys(MESSAGES) as MessageName[];

/** The operation that walks a nested message of this kind. */
export function messageOperation(name: MessageName): number {
  return MESSAGE + NAMES.indexOf(name);
}

const SCALAR_OPERATION: Record<string, number> = { string: STRING, bytes: BYTES, traceId: TRACE_ID, spanId: SPAN_ID };
const OPERATION_OF_WIRE_TYPE: Record<number, number> = { 0: VARINT_VALUE, 1: FIXED64_VALUE, 5: FIXED32_VALUE };

function operations(name: MessageName): Uint8Array {
  const table = new Uint8Array(TAGS);
  for (const [number, , type, cardinality] of MESSAGES[name]) {
    const base = number * 8;
    for (const wireType of [0, 1, 2, 5]) table[base + wireType] = MISTYPED;
    if (isMessage(type)) {
      table[base + 2] = messageOperation(type);
      continue;
    }
    const wireType = WIRE_TYPE[type];
    table[base + wireType] = SCALAR_OPERATION[type] ?? OPERATION_OF_WIRE_TYPE[wireType] ?? UNKNOWN;
    if (cardinality === 'many' && wireType === 1) table[base + 2] = PACKED_FIXED64;
    if (cardinality === 'many' && wireType === 0) table[base + 2] = PACKED_VARINT;
  }
  return table;
}

/** Per message, in the order of `messageOperation`: the operation of each tag. */
export const OPERATIONS: readonly Uint8Array[] = NAMES.map(operations);
