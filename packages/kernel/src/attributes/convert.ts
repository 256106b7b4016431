/** Conversion and hashing of attribute values, by the rules of the Collector's attributes processor. */
import { createHash } from 'node:crypto';
import type { AttributeValue } from '@telemetryflow/otlp';

/** The value as the wanted type; undefined where it has none (the attribute then stays as it is). */
export function convertValue(value: AttributeValue, type: 'int' | 'double' | 'string'): AttributeValue | undefined {
  if (type === 'string') return textOf(value);
  const number = typeof value === 'boolean' ? Number(value) : typeof value === 'string' ? parse(value, type) : value;
  if (typeof number === 'bigint') return type === 'int' ? number : Number(number);
  if (typeof number !== 'number') return undefined;
  return type === 'int' ? (Number.isFinite(number) ? Math.trunc(number) : undefined) : number;
}

function parse(text: string, type: 'int' | 'double'): number | bigint | undefined {
  if (type === 'int') {
    if (!/^[+-]?\d+$/.test(text)) return undefined;
    const exact = BigInt(text);
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? undefined : number;
}

function textOf(value: AttributeValue): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return undefined;
}

/** SHA-256 in lower-case hex of the value's bytes: UTF-8 of text, 8 bytes little-endian of numbers, 1 of booleans. */
export function hashValue(value: AttributeValue, integralDouble: boolean): string {
  return createHash('sha256').update(bytesOf(value, integralDouble)).digest('hex');
}

function bytesOf(value: AttributeValue, integralDouble: boolean): Uint8Array | string {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  if (typeof value === 'boolean') return new Uint8Array([Number(value)]);
  const bytes = Buffer.alloc(8);
  if (typeof value === 'bigint') bytes.writeBigInt64LE(BigInt.asIntN(64, value));
  else if (typeof value === 'number' && Number.isSafeInteger(value) && !integralDouble)
    bytes.writeBigInt64LE(BigInt(value));
  else if (typeof value === 'number') bytes.writeDoubleLE(value);
  else return JSON.stringify(value ?? null, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner));
  return bytes;
}
