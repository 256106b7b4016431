/**
 * Reads the item ids out of an OTLP protobuf request. A reader of its own, on purpose: what the codec writes must
 * be readable by somebody who does not share its mistakes.
 */
import type { Signal } from '@telemetryflow/otlp';
import { ITEM_ID } from '../data/attributes.ts';

/** Field numbers from the request down to the items; then the item's field of attributes. */
const SPANS = { path: [1, 2, 2], attributes: 9 } as const;
const LOGS = { path: [1, 2, 2], attributes: 6 } as const;
/** Data points hang below one field per kind of metric: kind -> field of attributes in its points. */
const METRICS = {
  path: [1, 2, 2],
  kinds: new Map([
    [5, 7],
    [7, 7],
    [9, 9],
    [10, 1],
    [11, 7],
  ]),
} as const;

/**
 * The ids (attribute `item.id`) of all items in order; `undefined` for an item without one.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encode } from '@telemetryflow/otlp';
 * import { logs, otlpItemIds } from '@telemetryflow/testkit';
 *
 * assert.deepEqual(otlpItemIds('logs', encode('logs', logs(2))), ['item-0', 'item-1']);
 * ```
 */
export function otlpItemIds(signal: Signal, body: Uint8Array): (string | undefined)[] {
  const ids: (string | undefined)[] = [];
  switch (signal) {
    case 'traces':
      for (const span of descend([body], SPANS.path)) ids.push(idOf(span, SPANS.attributes));
      return ids;
    case 'logs':
      for (const log of descend([body], LOGS.path)) ids.push(idOf(log, LOGS.attributes));
      return ids;
    case 'metrics':
      for (const metric of descend([body], METRICS.path)) {
        for (const [kind, data] of messages(metric)) {
          const attributes = METRICS.kinds.get(kind);
          if (attributes === undefined) continue;
          for (const point of descend([data], [1])) ids.push(idOf(point, attributes));
        }
      }
      return ids;
  }
}

function descend(from: readonly Uint8Array[], path: readonly number[]): Uint8Array[] {
  const [field, ...rest] = path;
  if (field === undefined) return [...from];
  const found: Uint8Array[] = [];
  for (const message of from) for (const [number, inner] of messages(message)) if (number === field) found.push(inner);
  return descend(found, rest);
}

function idOf(item: Uint8Array, attributes: number): string | undefined {
  for (const keyValue of descend([item], [attributes])) {
    const [key] = descend([keyValue], [1]);
    if (key === undefined || text(key) !== ITEM_ID) continue;
    const [value] = descend([keyValue], [2, 1]);
    return value === undefined ? undefined : text(value);
  }
  return undefined;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** The length-delimited fields of a message; throws on what is no protobuf. */
function* messages(bytes: Uint8Array): Generator<[number: number, content: Uint8Array]> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('The protobuf message is cut off.');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        varint();
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = varint();
        if (at + length > bytes.length) throw new RangeError('The protobuf message is cut off.');
        yield [number, bytes.subarray(at, at + length)];
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new RangeError(`Wire type ${tag % 8} is not used by OTLP.`);
    }
  }
}
