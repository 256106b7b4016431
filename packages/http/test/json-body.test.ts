import { describe, expect, test } from '@jest/globals';
import { JsonBody } from '@telemetryflow/http';
import { jsonConstant } from '@telemetryflow/otlp';
import fc from 'fast-check';

const OPEN = jsonConstant('[');
const SEPARATOR = jsonConstant(',');
const CLOSE = jsonConstant(']');

/** The bodies of these texts, where one that alone is too large is left out. */
function bodiesOf(texts: readonly string[], maxBytes: number): string[] {
  const body = new JsonBody(CLOSE);
  const bodies: string[] = [];
  for (const text of texts) {
    body.begin(body.isEmpty ? OPEN : SEPARATOR);
    body.json.text(text);
    if (body.itemBytes + 2 > maxBytes) body.discard();
    else if (body.size > maxBytes) bodies.push(body.cut(OPEN).toString());
  }
  return body.isEmpty ? bodies : [...bodies, body.take().toString()];
}

describe('a body of JSON items', () => {
  test('is full at its limit in bytes, not before and not behind', () => {
    expect(bodiesOf(['ä', 'ä', '1'], 11)).toEqual(['["ä","ä"]', '["1"]']);
    expect(bodiesOf(['ä', 'ä', '1'], 15)).toEqual(['["ä","ä","1"]']);
    expect(bodiesOf(['ä', 'ä', '1'], 13)).toEqual(['["ä","ä"]', '["1"]']);
  });

  test('takes back an item that is too large for any', () => {
    expect(bodiesOf(['1234567890', '1'], 5)).toEqual(['["1"]']);
    expect(bodiesOf(['1', '1234567890'], 5)).toEqual(['["1"]']);
    expect(bodiesOf(['1234567890'], 5)).toEqual([]);
  });

  test('keeps every text that fits in order, whatever the texts and the limit', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 50 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 4, max: 300 }), (all, maxBytes) => {
        const bodies = bodiesOf(all, maxBytes);
        const fitting = all.filter((text) => Buffer.byteLength(JSON.stringify(text)) + 2 <= maxBytes);
        expect(bodies.flatMap((body) => JSON.parse(body) as string[])).toEqual(fitting);
        for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(maxBytes);
      }),
    );
  });

  test('is in memory of its own, and large ones are not kept for the next', () => {
    const body = new JsonBody(CLOSE);
    body.begin(OPEN);
    body.json.text('x'.repeat(9_000_000));
    const first = body.take();
    body.begin(OPEN);
    body.json.text('y');
    expect(body.take().toString()).toBe('["y"]');
    expect(JSON.parse(first.toString())).toEqual(['x'.repeat(9_000_000)]);
    expect(body.json.bytes.length).toBeLessThan(1_000_000);
  });
});
