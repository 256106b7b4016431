import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { durationNanos, type HrTime, hrTimeToNanos, type SpanRecord, spanDuration } from '../src/index.ts';

const between = (startTime: HrTime, endTime: HrTime): SpanRecord => ({ startTime, endTime }) as SpanRecord;

describe('the duration of a span', () => {
  test.each<[HrTime, HrTime, HrTime]>([
    [
      [10, 5],
      [12, 7],
      [2, 2],
    ],
    [
      [10, 900_000_000],
      [12, 100_000_000],
      [1, 200_000_000],
    ],
    [
      [10, 5],
      [10, 5],
      [0, 1],
    ],
    [
      [10, 5],
      [0, 0],
      [0, 0],
    ],
    [
      [10, 5],
      [10, 4],
      [0, 0],
    ],
    [
      [10, 5],
      [9, 999_999_999],
      [0, 0],
    ],
    [
      [10.5, 0],
      [11, 1_250_000_000],
      [1, 750_000_000],
    ],
    [
      [Number.NaN, 0],
      [1, 0],
      [1, 0],
    ],
  ])('from %j to %j is %j', (start, end, duration) => {
    expect(spanDuration(between(start, end))).toEqual(duration);
  });

  test('is the difference of both times, whatever their parts', () => {
    const part = fc.oneof(fc.integer({ min: 0, max: 4_000_000_000 }), fc.double({ min: 0, max: 4e9 }));
    fc.assert(
      fc.property(part, part, part, part, (a, b, c, d) => {
        const [start, end]: HrTime[] = [
          [a, b],
          [c, d],
        ];
        fc.pre(hrTimeToNanos([c, d]) > 0n);
        const nanos = hrTimeToNanos(end as HrTime) - hrTimeToNanos(start as HrTime);
        const expected = nanos < 0n ? 0n : nanos === 0n ? 1n : nanos;
        expect(durationNanos(between(start as HrTime, end as HrTime))).toBe(expected);
      }),
    );
  });
});
