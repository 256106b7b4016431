import { describe, expect, test } from '@jest/globals';
import { JsonBytes, JsonName, JsonNames } from '@telemetryflow/otlp';
import fc from 'fast-check';

type Scalar = string | number | boolean;

/** The members that one name writes, one after the other. */
function members(name: JsonName, values: readonly Scalar[]): string[] {
  return values.map((value) => {
    const json = new JsonBytes();
    name.scalar(json, value);
    return Buffer.from(json.copy(0)).toString();
  });
}

function expected(value: Scalar): string {
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed());
  return typeof value === 'number' && !Number.isFinite(value) ? `"${value}"` : JSON.stringify(value);
}

describe('a member', () => {
  test('is what JSON.stringify makes of its name and value, whatever came before', () => {
    const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });
    const value = fc.oneof(text, fc.double(), fc.integer(), fc.boolean(), fc.constantFrom('again', 'and again'));
    fc.assert(
      fc.property(text, fc.array(value), (name, values) => {
        const key = JSON.stringify(name.toWellFormed());
        expect(members(new JsonName(name), values)).toEqual(values.map((each) => `${key}:${expected(each)},`));
      }),
    );
  });

  test('stays the same when its text comes again and again, and changes with it', () => {
    const values = [...Array<string>(9).fill('a'), 'b', 'a', ...Array<string>(9).fill('"'), 'x'.repeat(2000)];
    expect(members(new JsonName('n'), values)).toEqual(values.map((each) => `"n":${expected(each)},`));
  });

  test('has room, however long its name is and however full the buffer', () => {
    const json = new JsonBytes();
    const name = new JsonName('n'.repeat(5000));
    const before = json.bytes.length;
    while (json.bytes.length === before) name.scalar(json, true);
    name.scalar(json, 'x');
    expect(json.bytes.toString('utf8', json.pos - 4, json.pos)).toBe('"x",');
  });
});

test('names are made once, and more than a service has do not pile up', () => {
  const names = new JsonNames();
  const first = names.get('first');
  expect(names.get('first')).toBe(first);
  for (let i = 0; i < 5000; i++) names.get(`generated.${i}`);
  expect(names.get('first')).not.toBe(first);
});
