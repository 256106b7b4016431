/** Attribute values as plain JSON values and as text, for backends that take flat documents or strings. */
import type { AttributeValue } from './records.ts';

/** What `JSON.stringify` writes without help. */
export type PlainJson = string | number | boolean | null | readonly PlainJson[] | { readonly [key: string]: PlainJson };

/** Values nested deeper than this become `null`, as does a value inside itself. */
const MAX_VALUE_DEPTH = 32;

/**
 * The value as plain JSON: integers beyond 2^53 as decimal strings, NaN and infinities as `"NaN"`, `"Infinity"`,
 * `"-Infinity"`, bytes as base64, dates as ISO strings, the empty value, functions and symbols as `null`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type PlainJson, toPlainJson } from '@telemetryflow/otlp';
 *
 * const plain: PlainJson = toPlainJson({ id: 2n ** 63n, ratio: Number.NaN, key: Uint8Array.of(1), none: null });
 * assert.equal(JSON.stringify(plain), '{"id":"9223372036854775808","ratio":"NaN","key":"AQ==","none":null}');
 * ```
 */
export function toPlainJson(value: AttributeValue): PlainJson {
  return plain(value, []);
}

/**
 * The value as one string: strings as they are, the empty value as `""`, bytes as base64, the rest as JSON.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { valueToText } from '@telemetryflow/otlp';
 *
 * assert.deepEqual(['GET', 200, null, ['a', 1]].map(valueToText), ['GET', '200', '', '["a",1]']);
 * ```
 */
export function valueToText(value: AttributeValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) return '';
  const json = plain(value, []);
  return typeof json === 'string' ? json : JSON.stringify(json);
}

function plain(value: unknown, ancestors: object[]): PlainJson {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint': {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value.toString();
    }
    case 'object':
      return value === null ? null : plainObject(value, ancestors);
    default:
      return null;
  }
}

function plainObject(value: object, ancestors: object[]): PlainJson {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64');
  if (value instanceof Date) return dateText(value);
  if (ancestors.length >= MAX_VALUE_DEPTH || ancestors.includes(value)) return null;
  ancestors.push(value);
  const out = Array.isArray(value) ? value.map((item) => plain(item, ancestors)) : plainMap(value, ancestors);
  ancestors.pop();
  return out;
}

function plainMap(value: object, ancestors: object[]): PlainJson {
  const out: Record<string, PlainJson> = Object.create(null);
  const entries = value instanceof Map ? value : Object.entries(value);
  for (const [key, item] of entries) out[String(key)] = plain(item, ancestors);
  return out;
}

/** ISO 8601, or `""` for an invalid date. */
export function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

const MAX_INT64 = 0x7fff_ffff_ffff_ffffn;
const MIN_INT64 = -0x8000_0000_0000_0000n;

/** True when OTLP can write this as an integer; otherwise it writes decimal text. */
export function fitsInt64(value: bigint): boolean {
  return value <= MAX_INT64 && value >= MIN_INT64;
}

/** Nested values may not make one attribute longer than this; only references to shared objects can. */
export const MAX_VALUE_BYTES: number = 64 * 1024 * 1024;

/** A count as OTLP carries it: an integer from 0 to 2^64 - 1. */
export function uint64(value: number | bigint): number | bigint {
  if (typeof value === 'bigint') return BigInt.asUintN(64, value);
  if (!(value > 0)) return 0;
  if (Number.isSafeInteger(value)) return value;
  return value >= 2 ** 64 ? 0xffff_ffff_ffff_ffffn : BigInt(Math.trunc(value));
}
