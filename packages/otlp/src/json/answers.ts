/** Reads the small JSON messages servers answer with, leniently: what has a foreign type counts as absent. */
import { OtlpError } from '../errors.ts';

/** Some object of a JSON message. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The object a body is. Throws `OtlpError` when it is no JSON object. */
export function jsonObject(bytes: Uint8Array): JsonObject {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new OtlpError('TFO_ERR_OTLP_JSON_SYNTAX', 'the answer is not JSON', 0);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new OtlpError('TFO_ERR_OTLP_JSON_TYPE', 'the answer is not a JSON object', 0);
  }
  return value as JsonObject;
}

/** The value if it is an object, else an empty one. */
export function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}

/** A count, as a number or a decimal string; 0 for anything else and for negative ones. */
export function integerOf(value: unknown): number {
  const number = typeof value === 'string' && /^\d{1,19}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && number > 0 ? Math.floor(number) : 0;
}

/** The value if it is a string, else an empty one. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
