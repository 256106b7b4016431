/** Cuts a request into several by item, in one pass, without decoding items. */
import type { Signal } from '../records.ts';
import { ItemCursor } from './cursor.ts';
import { Headers, Reframer } from './reframe.ts';

/**
 * One request per group: `groupOf[item]` says which of the `groups` groups an item goes to. Items keep their order
 * within a group. A group without items is an empty request. Items beyond the end of `groupOf` are left out.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decode, divide, protobufFromJson } from '@telemetryflow/otlp';
 *
 * const body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"name":"b"},{"name":"c"}]}]}]}';
 * const request = protobufFromJson('traces', Buffer.from(body));
 * const [even, odd] = divide('traces', request, [0, 1, 0], 2);
 * assert.ok(even && odd);
 * const names = [even, odd].map((part) => decode('traces', part).map(({ name }) => name));
 * assert.deepEqual(names, [['a', 'c'], ['b']]);
 * ```
 */
export function divide(signal: Signal, bytes: Uint8Array, groupOf: ArrayLike<number>, groups: number): Uint8Array[] {
  const cursor = new ItemCursor(signal, bytes);
  const headers = new Headers();
  const parts = Array.from({ length: groups }, () => new Reframer(cursor, headers));
  for (let item = 0; item < groupOf.length && cursor.next(); item++) parts[groupOf[item] as number]?.add();
  return parts.map((part) => part.take());
}
