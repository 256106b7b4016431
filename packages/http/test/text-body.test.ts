import { describe, expect, test } from '@jest/globals';
import { TextBody } from '@telemetryflow/http';
import fc from 'fast-check';

const LIST = { open: '[', separator: ',', close: ']' };

function bodiesOf(texts: readonly string[], maxBytes: number): string[] {
  const body = new TextBody({ ...LIST, maxBytes });
  const bodies: string[] = [];
  for (const text of texts) {
    if (body.add(text)) continue;
    bodies.push(body.take().toString());
    expect(body.add(text)).toBe(true);
  }
  return [...bodies, body.take().toString()];
}

describe('a body of texts', () => {
  test('is full at its limit in bytes, not before and not behind', () => {
    expect(bodiesOf(['"ä"', '"ä"', '1'], 11)).toEqual(['["ä","ä"]', '[1]']);
    expect(bodiesOf(['"ä"', '"ä"', '1'], 13)).toEqual(['["ä","ä",1]']);
    expect(bodiesOf(['"ä"', '"ä"', '1'], 12)).toEqual(['["ä","ä"]', '[1]']);
  });

  test('holds a text that alone is too large', () => {
    expect(bodiesOf(['1234567890', '1'], 5)).toEqual(['[1234567890]', '[1]']);
  });

  test('keeps every text in order, whatever the texts and the limit', () => {
    const texts = fc.array(
      fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => JSON.stringify(text)),
      { minLength: 1, maxLength: 50 },
    );
    fc.assert(
      fc.property(texts, fc.integer({ min: 2, max: 300 }), (all, maxBytes) => {
        const bodies = bodiesOf(all, maxBytes);
        expect(bodies.flatMap((body) => JSON.parse(body) as string[])).toEqual(
          all.map((text) => JSON.parse(text) as string),
        );
        for (const body of bodies) {
          if (Buffer.byteLength(body) > maxBytes) expect(JSON.parse(body)).toHaveLength(1);
        }
      }),
    );
  });

  test('forgets what was added', () => {
    const body = new TextBody({ ...LIST, maxBytes: 100 });
    body.add('1');
    body.reset();
    body.add('2');
    expect(body.take().toString()).toBe('[2]');
  });

  test('is in memory of its own, also beyond what is written at once', () => {
    const body = new TextBody({ ...LIST, maxBytes: 10_000_000 });
    const long = JSON.stringify('x'.repeat(50_000));
    for (let i = 0; i < 5; i++) body.add(long);
    const first = body.take();
    body.add('1');
    body.take();
    expect(JSON.parse(first.toString())).toEqual(Array(5).fill('x'.repeat(50_000)));
  });
});
