import { describe, expect, test } from '@jest/globals';
import { count, filterByTraceId, merge, select, slice, splitByBytes, validate } from '@telemetryflow/otlp';
import fc from 'fast-check';
import { requests } from './arbitraries.ts';
import { encode, items, SIGNALS } from './oracle.ts';

describe.each(SIGNALS)('%s as bytes', (signal) => {
  const request = requests[signal].map((message) => encode(signal, message));

  test('whatever protobufjs encodes is valid, and counted as protobufjs decodes it', () => {
    fc.assert(
      fc.property(request, (bytes) => {
        const expected = items(signal, bytes).length;
        expect(validate(signal, bytes)).toBe(expected);
        expect(count(signal, bytes)).toBe(expected);
      }),
    );
  });

  test('a slice holds exactly its items, each with its own envelopes', () => {
    fc.assert(
      fc.property(request, fc.nat({ max: 12 }), fc.nat({ max: 12 }), (bytes, from, to) => {
        const part = slice(signal, bytes, from, to);
        validate(signal, part);
        expect(items(signal, part)).toEqual(items(signal, bytes).slice(from, to));
      }),
    );
  });

  test('a selection holds the chosen items in wire order, each once', () => {
    fc.assert(
      fc.property(request, fc.array(fc.nat({ max: 1000 })), (bytes, picks) => {
        const all = items(signal, bytes);
        const indices = all.length === 0 ? [] : picks.map((pick) => pick % all.length);
        const part = select(signal, bytes, indices);
        validate(signal, part);
        expect(items(signal, part)).toEqual(all.filter((_, index) => indices.includes(index)));
      }),
    );
  });

  test('a selection of an item that does not exist is refused', () => {
    expect(() => select(signal, new Uint8Array(0), [0])).toThrow(RangeError);
    expect(() => select(signal, new Uint8Array(0), [-1])).toThrow(RangeError);
    expect(() => select(signal, new Uint8Array(0), [0.5])).toThrow(RangeError);
  });

  test('split parts keep to the limits and together hold every item once', () => {
    fc.assert(
      fc.property(
        request,
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 1, max: 5 }),
        (bytes, max, maxItems) => {
          const all = items(signal, bytes);
          let next = 0;
          for (const part of splitByBytes(signal, bytes, max, maxItems)) {
            if ('tooLarge' in part) {
              expect(part.tooLarge).toBe(next);
              expect(part.bytes).toBeGreaterThan(max);
              expect(slice(signal, bytes, next, next + 1).length).toBe(part.bytes);
              next++;
              continue;
            }
            expect(part.from).toBe(next);
            expect(part.to - part.from).toBeLessThanOrEqual(maxItems);
            expect(part.body.length).toBeLessThanOrEqual(max);
            expect(items(signal, part.body)).toEqual(all.slice(part.from, part.to));
            next = part.to;
          }
          expect(next).toBe(all.length);
        },
      ),
    );
  });

  test('split packs greedily: no part could take the next item', () => {
    fc.assert(
      fc.property(request, fc.integer({ min: 200, max: 2000 }), (bytes, max) => {
        const total = count(signal, bytes);
        for (const part of splitByBytes(signal, bytes, max)) {
          if ('tooLarge' in part || part.to === total) continue;
          expect(slice(signal, bytes, part.from, part.to + 1).length).toBeGreaterThan(max);
        }
      }),
    );
  });

  test('merged requests hold the items of all, in order', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 3 }), (parts) => {
        const merged = merge(parts);
        expect(items(signal, merged)).toEqual(parts.flatMap((part) => items(signal, part)));
      }),
      { numRuns: 40 },
    );
  });
});

describe.each(['traces', 'logs'] as const)('%s filtered by trace id', (signal) => {
  const idOf = (bytes: Uint8Array, offset: number): string | undefined =>
    offset < 0 ? undefined : Buffer.from(bytes.subarray(offset, offset + 16)).toString('hex');

  test('every item is asked about once, with its own trace id', () => {
    fc.assert(
      fc.property(
        requests[signal].map((message) => encode(signal, message)),
        (bytes) => {
          const seen: (string | undefined)[] = [];
          const all = items(signal, bytes);
          const kept = filterByTraceId(signal, bytes, (source, offset) => seen.push(idOf(source, offset)) % 2 === 1);
          const ids = all.map(({ item }) => (item as { traceId?: Buffer }).traceId?.toString('hex'));
          expect(seen).toEqual(ids);
          expect(items(signal, kept)).toEqual(all.filter((_, index) => index % 2 === 0));
        },
      ),
    );
  });

  test('the same bytes come back when all items are kept', () => {
    const bytes = encode(signal, {
      [signal === 'traces' ? 'resourceSpans' : 'resourceLogs']: [
        {
          [signal === 'traces' ? 'scopeSpans' : 'scopeLogs']: [
            { [signal === 'traces' ? 'spans' : 'logRecords']: [{}] },
          ],
        },
      ],
    });
    expect(filterByTraceId(signal, bytes, () => true)).toBe(bytes);
    expect(filterByTraceId(signal, bytes, () => false)).toHaveLength(0);
  });
});
