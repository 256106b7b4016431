import { describe, expect, test } from '@jest/globals';
import { JsonBody, TextBody, takeBody } from '@telemetryflow/http';
import { jsonConstant } from '@telemetryflow/otlp';
import fc from 'fast-check';
import { giveBody } from '../src/body-memory.ts';

const SIZE = 100 * 1024;

describe('the memory of a request body', () => {
  test('is used again when the body was given back', () => {
    const first = takeBody(SIZE);
    expect(first).toHaveLength(SIZE);
    giveBody(first);
    expect(takeBody(SIZE).buffer).toBe(first.buffer);
  });

  test('is given back once, and not by who has it no more', () => {
    const first = takeBody(SIZE);
    giveBody(first);
    giveBody(first);
    const [second, third] = [takeBody(SIZE), takeBody(SIZE)];
    expect(second.buffer).toBe(first.buffer);
    expect(third.buffer).not.toBe(first.buffer);
  });

  test('is what bodies of JSON and of text are written into', () => {
    const text = 'x'.repeat(SIZE);
    const lines = new TextBody({ open: '', separator: '\n', close: '', maxBytes: 2 * SIZE });
    lines.add(text);
    const first = lines.take();
    giveBody(first);
    const json = new JsonBody(jsonConstant(']'));
    json.begin(jsonConstant('['));
    json.json.text(text);
    const second = json.take();
    expect(second.buffer).toBe(first.buffer);
    expect(second.toString()).toBe(`["${text}"]`);
  });

  test('stays with others where it is theirs', () => {
    const theirs = Buffer.alloc(SIZE);
    const ours = takeBody(SIZE);
    for (const body of [theirs, ours.subarray(), [ours], 'text', undefined]) giveBody(body);
    for (let n = 0; n < 3; n++) expect([theirs.buffer, ours.buffer]).not.toContain(takeBody(SIZE).buffer);
  });

  test('never holds two bodies at once, whatever is taken and given', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 300_000 })), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (all) => {
        const held: Buffer[] = [];
        for (const [gives, size] of all) {
          if (gives) giveBody(held.shift());
          else held.push(takeBody(size).fill(held.length + 1));
        }
        expect(new Set(held.map(({ buffer }) => buffer)).size).toBe(held.length);
        for (const body of held) giveBody(body);
      }),
    );
  });
});
