import { describe, expect, test } from '@jest/globals';
import {
  durationNanos,
  type HrTime,
  hrTimeToNanos,
  hrTimeToWholeMillis,
  logMillis,
  type SpanRecord,
} from '@telemetryflow/otlp';
import fc from 'fast-check';

describe('whole milliseconds', () => {
  test('are never those of the next one', () => {
    fc.assert(
      fc.property(fc.nat(4_000_000_000), fc.nat(999_999_999), (seconds, nanos) => {
        const exact = hrTimeToNanos([seconds, nanos]) / 1_000_000n;
        expect(hrTimeToWholeMillis([seconds, nanos])).toBe(Number(exact));
      }),
    );
  });

  test.each([
    [[Number.NaN, Number.NaN], 0],
    [[Number.POSITIVE_INFINITY, 0], 0],
    [[-5, 0], 0],
    [[1.5, 0], 1500],
    [[1, 1_500_000_000], 2500],
    [[1e13, 0], 18_446_744_073_709],
  ] as const)('of %j are %i', (time, ms) => {
    expect(hrTimeToWholeMillis(time)).toBe(ms);
  });
});

test.each([
  [[1, 0], [2, 0], 1000],
  [[0, 0], [2, 0], 2000],
  [[Number.NaN, 0], [2, 0], 2000],
  [[Number.NaN, 0], [0, 0], 7],
] as const)('a log record of %j, observed at %j, happened at %i', (hrTime, hrTimeObserved, ms) => {
  expect(logMillis({ hrTime, hrTimeObserved }, 7)).toBe(ms);
});

test.each<[HrTime, HrTime, bigint]>([
  [[1, 5], [2, 4], 999_999_999n],
  [[1, 5], [1, 5], 1n],
  [[2, 0], [1, 0], 0n],
  [[1, 0], [0, 0], 0n],
  [[Number.NaN, Number.NaN], [Number.NaN, Number.NaN], 0n],
  [[Number.NaN, 0], [0, 7], 7n],
  [[0.5, 0], [1, 1_500_000_000], 2_000_000_000n],
])('a span from %j to %j took %s ns', (startTime, endTime, nanos) => {
  expect(durationNanos({ startTime, endTime } as SpanRecord)).toBe(nanos);
});
