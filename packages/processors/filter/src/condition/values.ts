/** Comparing and calculating with values, as OTTL does: values of different types are unequal and in no order. */
import { type AttributeMap, type AttributeValue, valueToText } from '@telemetryflow/otlp';
import { EvaluationError } from './expression.ts';
import type { Arithmetic, Comparison } from './syntax.ts';

/** `left op right`; numbers of all kinds compare by value, text by its UTF-16 units, false is less than true. */
export function compare(op: Comparison, left: AttributeValue, right: AttributeValue): boolean {
  const l = left ?? null;
  const r = right ?? null;
  if (op === '==') return equal(l, r);
  if (op === '!=') return !equal(l, r);
  if (isNumber(l) && isNumber(r)) return inOrder(op, l, r);
  if (typeof l === 'string' && typeof r === 'string') return inOrder(op, l, r);
  return typeof l === 'boolean' && typeof r === 'boolean' && inOrder(op, l, r);
}

function inOrder<T extends string | number | bigint | boolean>(op: '<' | '<=' | '>' | '>=', l: T, r: T): boolean {
  switch (op) {
    case '<':
      return l < r;
    case '<=':
      return l <= r;
    case '>':
      return l > r;
    case '>=':
      return l >= r;
  }
}

function equal(l: AttributeValue, r: AttributeValue): boolean {
  if (l === r) return true;
  if (isNumber(l) && isNumber(r)) return l >= r && l <= r;
  if (typeof l !== 'object' || typeof r !== 'object' || l === null || r === null) return false;
  return typeName(l) === typeName(r) && canonical(l) === canonical(r);
}

function canonical(value: AttributeValue): string {
  return valueToText(isMap(value) ? sorted(value) : value);
}

function sorted(value: AttributeMap): AttributeMap {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `left op right` of two numbers; text is joined by `+`. Integers stay exact. */
export function calculate(op: Arithmetic, left: AttributeValue, right: AttributeValue): AttributeValue {
  if (op === '+' && typeof left === 'string' && typeof right === 'string') return left + right;
  if (!isNumber(left) || !isNumber(right)) {
    throw new EvaluationError(`${typeName(left)} ${op} ${typeName(right)} cannot be calculated`);
  }
  if (!isInteger(left) || !isInteger(right)) return apply(op, Number(left), Number(right));
  if (typeof left === 'number' && typeof right === 'number') {
    const quick = apply(op, left, right);
    if (Number.isSafeInteger(quick)) return quick;
  }
  return applyExact(op, BigInt(left), BigInt(right));
}

function apply(op: Arithmetic, l: number, r: number): number {
  if (op === '+') return l + r;
  return op === '-' ? l - r : l * r;
}

function applyExact(op: Arithmetic, l: bigint, r: bigint): bigint {
  if (op === '+') return l + r;
  return op === '-' ? l - r : l * r;
}

function isInteger(value: number | bigint): boolean {
  return typeof value === 'bigint' || Number.isInteger(value);
}

export function isNumber(value: AttributeValue): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

export function isMap(value: AttributeValue): value is AttributeMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** What a value is, in the words of error messages. */
export function typeName(value: AttributeValue): string {
  if (value === null || value === undefined) return 'nil';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Uint8Array) return 'bytes';
  if (isNumber(value)) return 'number';
  return typeof value === 'object' ? 'map' : typeof value;
}
