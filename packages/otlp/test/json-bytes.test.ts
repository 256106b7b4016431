import { describe, expect, test } from '@jest/globals';
import { JsonBytes, jsonConstant } from '@telemetryflow/otlp';
import fc from 'fast-check';

/** What `write` writes, read as JSON. */
function written(write: (json: JsonBytes) => void): unknown {
  const json = new JsonBytes();
  write(json);
  return JSON.parse(Buffer.from(json.copy(0)).toString());
}

test('texts of any kind are what JSON.stringify makes of them', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.string({ minLength: 15, maxLength: 40 }));
  const unpaired = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });
  fc.assert(
    fc.property(fc.oneof(text, unpaired), (value) => {
      const json = new JsonBytes();
      json.text(value);
      expect(Buffer.from(json.copy(0)).toString()).toBe(JSON.stringify(value.toWellFormed()));
    }),
    { numRuns: 1000 },
  );
});

test('numbers are what JavaScript writes', () => {
  const number = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: 0, max: 10_000_000_000 }),
    fc.constantFrom(-0, 2 ** 32 - 1, 2 ** 32, 1e9, 1e15, 2 ** 53 - 1, 2 ** 53, 1e21, 1_700_000_000_000_000),
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.double({ min: 0, max: 2e9, noNaN: true }),
    fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 9 })).map(([digits, places]) => digits / 10 ** places),
    fc.tuple(fc.integer({ min: 0, max: 2_000_000 }), fc.integer({ min: 0, max: 9 })).map(([n, p]) => n / 10 ** p),
    fc.constantFrom(0.1 + 0.2, 1e-6, 1e-7, 0.9999995, 999_999_999.999_999, 999_999_999.999_999_9, 1e9 + 0.5, -0.5),
  );
  fc.assert(
    fc.property(number, (value) => {
      const json = new JsonBytes();
      json.number(value);
      expect(Buffer.from(json.copy(0)).toString()).toBe(String(value));
    }),
    { numRuns: 3000 },
  );
});

describe('an object', () => {
  const [OPEN, NAME, ID] = [jsonConstant('{'), jsonConstant('"name":'), jsonConstant('"id":')];

  test('has a comma between its members and none behind the last', () => {
    const object = written((json) => {
      json.put(OPEN);
      json.string(NAME, 'a "quoted" name');
      json.optional(NAME, '');
      json.id(ID, '00F067AA0BA902B7', 16);
      json.id(ID, 'no id', 16);
      json.close(0x7d);
      json.pos--;
    });
    expect(object).toEqual({ name: 'a "quoted" name', id: '00f067aa0ba902b7' });
  });

  test('grows with what is written into it, and can be taken back', () => {
    const long = 'ä'.repeat(100_000);
    const object = written((json) => {
      json.put(OPEN);
      json.string(NAME, long);
      const { pos } = json;
      json.string(ID, long);
      json.pos = pos;
      json.close(0x7d);
      json.pos--;
    });
    expect(object).toEqual({ name: long });
  });
});
