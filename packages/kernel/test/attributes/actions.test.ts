import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { type AttributeAction, checkAttributeActions, compileAttributeActions } from '@telemetryflow/kernel';
import { type AttributeMap, DOUBLES } from '@telemetryflow/otlp';

function apply(map: AttributeMap, ...actions: AttributeAction[]): AttributeMap {
  return compileAttributeActions(actions)(Object.freeze(map));
}
const plain = (map: AttributeMap) => ({ ...map });

test('insert leaves a present attribute alone, update an absent one, upsert neither', () => {
  const map = { a: 1 };
  expect(plain(apply(map, { action: 'insert', key: 'a', value: 2 }))).toEqual({ a: 1 });
  expect(plain(apply(map, { action: 'insert', key: 'b', value: 2 }))).toEqual({ a: 1, b: 2 });
  expect(plain(apply(map, { action: 'update', key: 'b', value: 2 }))).toEqual({ a: 1 });
  expect(plain(apply(map, { action: 'upsert', key: 'b', from_attribute: 'a' }))).toEqual({ a: 1, b: 1 });
});

test('the same map comes back when nothing changed', () => {
  const map = Object.freeze({ a: 1 });
  expect(compileAttributeActions([{ action: 'update', key: 'b', value: 1 }])(map)).toBe(map);
});

test('delete takes a key, a pattern, or both', () => {
  const map = { 'http.url': 'x', 'http.method': 'GET', keep: 1 };
  expect(plain(apply(map, { action: 'delete', key: 'http.url' }))).toEqual({ 'http.method': 'GET', keep: 1 });
  expect(plain(apply(map, { action: 'delete', pattern: '^http\\.' }))).toEqual({ keep: 1 });
});

test('extract turns named groups into attributes, in Go and in JavaScript notation', () => {
  for (const group of ['(?P<version>', '(?<version>']) {
    const action: AttributeAction = { action: 'extract', key: 'path', pattern: `/${group}v\\d)/` };
    expect(apply({ path: '/v2/users' }, action)['version']).toBe('v2');
  }
});

test('convert changes the type and leaves what does not convert', () => {
  const convert = (value: string | number | boolean, converted_type: 'int' | 'double' | 'string') =>
    apply({ k: value }, { action: 'convert', key: 'k', converted_type })['k'];
  expect(convert('42', 'int')).toBe(42);
  expect(convert('9007199254740993', 'int')).toBe(9007199254740993n);
  expect(convert(1.9, 'int')).toBe(1);
  expect(convert('x', 'int')).toBe('x');
  expect(convert('1.5', 'double')).toBe(1.5);
  expect(convert(true, 'string')).toBe('true');
});

test('an int converted to double is marked, and an overwritten double is no longer', () => {
  const marked = apply({ k: 1 }, { action: 'convert', key: 'k', converted_type: 'double' });
  expect(marked[DOUBLES]?.has('k')).toBe(true);
  const overwritten = apply(marked, { action: 'upsert', key: 'k', value: 2 });
  expect(overwritten[DOUBLES]?.has('k') ?? false).toBe(false);
  expect(marked[DOUBLES]?.has('k')).toBe(true);
});

test('hash replaces the value by its SHA-256', () => {
  const hashed = apply({ user: 'alice' }, { action: 'hash', key: 'user' })['user'];
  expect(hashed).toBe(createHash('sha256').update('alice').digest('hex'));
});

test('a key named __proto__ is an ordinary key', () => {
  const result = apply({}, { action: 'insert', key: '__proto__', value: 'p' });
  expect(Object.keys(result)).toEqual(['__proto__']);
});

test('actions that lack what they need are each reported with their index', () => {
  const problems = checkAttributeActions(
    [
      { action: 'insert', key: 'a' },
      { action: 'extract', key: 'a', pattern: 'no groups' },
      { action: 'convert', key: 'a' },
      { action: 'delete' },
      { action: 'delete', pattern: '(' },
      { action: 'upsert', key: 'a', value: 1 },
    ],
    ['actions'],
  );
  expect(problems.map((p) => p.path[1])).toEqual([0, 1, 2, 3, 4]);
});
