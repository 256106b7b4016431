/** Proves that a component does not change its input. */

/**
 * Freeze a value and everything it holds, and return it. Only plain objects and arrays are frozen: class
 * instances (an SDK resource memoises on first read), buffers and functions are left as they are.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { deepFreeze, logs } from '@telemetryflow/testkit';
 *
 * const [record] = deepFreeze(logs(1));
 * assert.throws(() => Object.assign(record?.attributes ?? {}, { added: 1 }), TypeError);
 * ```
 */
export function deepFreeze<T>(value: T): T {
  freeze(value, new Set());
  return value;
}

function freeze(value: unknown, seen: Set<object>): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  if (!Array.isArray(value) && !isPlain(value)) return;
  seen.add(value);
  for (const key of Reflect.ownKeys(value)) freeze(Reflect.get(value, key), seen);
  Object.freeze(value);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || isForeignObjectPrototype(prototype);
}

/** `Object.prototype` of another realm (a test runner's sandbox): it has no prototype itself. */
function isForeignObjectPrototype(prototype: unknown): boolean {
  return (
    typeof prototype === 'object' &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'hasOwnProperty')
  );
}
