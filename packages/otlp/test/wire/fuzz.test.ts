import { describe, expect, test } from '@jest/globals';
import {
  count,
  countRecords,
  decode as decodeRecords,
  filterByTraceId,
  jsonFromProtobuf,
  mapResources,
  OtlpError,
  protobufFromJson,
  resources,
  type Signal,
  select,
  slice,
  splitByBytes,
  validate,
} from '@telemetryflow/otlp';
import fc from 'fast-check';
import { requests } from './arbitraries.ts';
import { decode, encode, items, SIGNALS, toJson } from './oracle.ts';

type Edit = readonly [kind: 'set' | 'drop' | 'add' | 'copy', at: number, byte: number];

const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.tuple(
    fc.constantFrom('set', 'drop', 'add', 'copy' as const),
    fc.nat(),
    fc.nat({ max: 255 }),
  ) as fc.Arbitrary<Edit>,
  { minLength: 1, maxLength: 6 },
);

function mutate(bytes: Uint8Array, changes: readonly Edit[]): Buffer {
  let out = Buffer.from(bytes);
  for (const [kind, where, byte] of changes) {
    const at = out.length === 0 ? 0 : where % out.length;
    if (kind === 'set' && out.length > 0) out[at] = byte;
    if (kind === 'drop') out = Buffer.concat([out.subarray(0, at), out.subarray(at + 1 + (byte & 7))]);
    if (kind === 'add') out = Buffer.concat([out.subarray(0, at), Buffer.from([byte]), out.subarray(at)]);
    if (kind === 'copy') out = Buffer.concat([out, out.subarray(at, at + byte)]);
  }
  return out;
}

/** The result, or `undefined` where the bytes were refused by the one error, with an offset inside them. */
function attempt<T>(bytes: Uint8Array, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!OtlpError.is(error)) throw error;
    expect(error.offset).toBeGreaterThanOrEqual(0);
    expect(error.offset).toBeLessThanOrEqual(bytes.length);
    return undefined;
  }
}

function throughEverything(signal: Signal, bytes: Uint8Array): void {
  attempt(bytes, () => count(signal, bytes));
  attempt(bytes, () => slice(signal, bytes, 1, 3));
  attempt(bytes, () => [...splitByBytes(signal, bytes, 60)]);
  attempt(bytes, () => resources(signal, bytes));
  attempt(bytes, () => mapResources(signal, bytes, (resource) => ({ ...resource })));
  attempt(bytes, () => jsonFromProtobuf(signal, bytes));
  if (signal !== 'metrics') attempt(bytes, () => filterByTraceId(signal, bytes, (_, offset) => offset >= 0));
}

/** What valid bytes must allow: every other function works on them, and protobufjs reads the same. */
function isSound(signal: Signal, bytes: Uint8Array, expected: number): void {
  expect(() => decode(signal, bytes)).not.toThrow();
  expect(count(signal, bytes)).toBe(expected);
  expect(count(signal, select(signal, bytes, expected > 0 ? [0] : []))).toBe(Math.min(expected, 1));
  expect(countRecords(signal, decodeRecords(signal, bytes))).toBe(expected);
  const text = Buffer.from(jsonFromProtobuf(signal, bytes));
  const again = protobufFromJson(signal, text);
  expect(validate(signal, again)).toBe(expected);
  expect(items(signal, again)).toHaveLength(expected);
}

describe.each(SIGNALS)('%s bytes from anywhere', (signal) => {
  const mutated = fc
    .tuple(requests[signal], edits)
    .map(([message, changes]) => mutate(encode(signal, message), changes));

  test('mutated requests are refused with an offset, or sound', () => {
    fc.assert(
      fc.property(mutated, (bytes) => {
        throughEverything(signal, bytes);
        const found = attempt(bytes, () => validate(signal, bytes));
        if (found !== undefined) isSound(signal, bytes, found);
      }),
      { numRuns: 150 },
    );
  });

  test('random bytes are refused with an offset, or sound', () => {
    const tags = [0x0a, 0x12, 0x1a, 0x22, 0x2a, 0x02, 0x00, 0x05];
    const random = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(fc.constantFrom(...tags), { maxLength: 60 }).map((list) => Uint8Array.from(list)),
    );
    fc.assert(
      fc.property(random, (bytes) => {
        throughEverything(signal, bytes);
        const found = attempt(bytes, () => validate(signal, bytes));
        if (found !== undefined) isSound(signal, bytes, found);
      }),
      { numRuns: 150 },
    );
  });

  test('every prefix of a request is refused with an offset, or sound', () => {
    fc.assert(
      fc.property(requests[signal], fc.nat(), (message, cut) => {
        const whole = encode(signal, message);
        const bytes = whole.subarray(0, cut % (whole.length + 1));
        throughEverything(signal, bytes);
        const found = attempt(bytes, () => validate(signal, bytes));
        if (found !== undefined) isSound(signal, bytes, found);
      }),
    );
  });

  test('mutated JSON is refused with an offset, or becomes a valid request', () => {
    const json = requests[signal].map((message) => toJson(signal, decode(signal, encode(signal, message)), ''));
    fc.assert(
      fc.property(json, edits, (text, changes) => {
        const body = mutate(Buffer.from(text), changes);
        const found = attempt(body, () => protobufFromJson(signal, body));
        if (found !== undefined) expect(() => validate(signal, found)).not.toThrow();
      }),
      { numRuns: 150 },
    );
  });

  test('any JSON value is refused with an offset, or becomes a valid request', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const body = Buffer.from(text);
        const found = attempt(body, () => protobufFromJson(signal, body));
        if (found !== undefined) expect(() => validate(signal, found)).not.toThrow();
      }),
    );
  });
});

describe('input made to hurt', () => {
  const size = 2_000_000;
  const repeat = (hex: string): Buffer => Buffer.alloc(size, Buffer.from(hex, 'hex'));
  const varint4 = (value: number): number[] =>
    [0, 7, 14, 21].map((shift) => ((value >> shift) & 0x7f) | (shift < 21 ? 0x80 : 0));
  const wrap = (tag: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.from([tag, ...varint4(content.length)]), content]);

  test('a million empty spans cut into parts of ten', () => {
    const bytes = wrap(0x0a, wrap(0x12, repeat('1200')));
    expect(validate('traces', bytes)).toBe(size / 2);
    let seen = 0;
    for (const part of splitByBytes('traces', bytes, 4_000_000, 10)) if ('to' in part) seen += part.to - part.from;
    expect(seen).toBe(size / 2);
  });

  test('a million empty envelopes', () => {
    expect(validate('logs', repeat('0a00'))).toBe(0);
    expect(resources('logs', repeat('0a00').subarray(0, 20_000))).toHaveLength(10_000);
    expect(slice('logs', repeat('0a00'), 0, 5)).toHaveLength(0);
  });

  test('two lists interleaved half a million times', () => {
    const bytes = wrap(0x0a, wrap(0x12, wrap(0x12, repeat('4a005a00'))));
    expect(validate('traces', bytes)).toBe(1);
    expect(jsonFromProtobuf('traces', bytes).length).toBeLessThan(4_000_000);
  });

  test('messages that come in pieces on every level', () => {
    let value: Buffer = Buffer.alloc(500_000, Buffer.from('0a00', 'hex'));
    for (let level = 0; level < 40; level++) {
      const array = wrap(0x0a, Buffer.concat([wrap(0x2a, value), Buffer.from([0x2a, 0])]));
      value = array;
    }
    const bytes = wrap(0x0a, wrap(0x12, wrap(0x12, wrap(0x2a, wrap(0x2a, value)))));
    expect(validate('logs', bytes)).toBe(1);
    expect(() => jsonFromProtobuf('logs', bytes)).toThrow('too many nested messages');
  });
});
