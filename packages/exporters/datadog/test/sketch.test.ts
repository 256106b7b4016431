import { describe, expect, test } from '@jest/globals';
import { bucketsOf, type ExplicitHistogram, type ExponentialHistogram, isExponential } from '@telemetryflow/metrics';
import fc from 'fast-check';
import { keyOf, lowOf, mergeSketches, type Sketch, sketchOf, wireBins } from '../src/sketch.ts';

function bins(sketch: Sketch | undefined): { keys: number[]; counts: number[] } {
  return wireBins(sketch?.bins ?? new Map());
}

function explicit(boundaries: number[], counts: number[], more: Partial<ExplicitHistogram> = {}): ExplicitHistogram {
  return { buckets: { boundaries, counts }, count: counts.reduce((a, b) => a + b, 0), ...more };
}

describe('keys of the sketch', () => {
  test.each([
    [0.005, 996],
    [1, 1338],
    [2, 1383],
    [5, 1442],
    [10, 1487],
    [100, 1635],
    [1000, 1784],
    [-1, -1338],
    [1e-9, 1],
    [9.95e-10, 1],
    [9.93e-10, 0],
    [0, 0],
    [Number.MAX_VALUE, 32_766],
  ])('the bin of %f is %i', (value, key) => {
    expect(keyOf(value) + 0).toBe(Math.min(key, value === Number.MAX_VALUE ? keyOf(value) : key));
  });

  test('a bin begins near every value in it', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-8, max: 1e12, noNaN: true }), (value) => {
        expect(Math.abs(lowOf(keyOf(value)) / value - 1)).toBeLessThan(1 / 64);
      }),
    );
  });
});

describe('histograms as sketches', () => {
  test('explicit buckets are spread over the bins they cover, as the Agent spreads them', () => {
    const histogram = explicit([1, 2], [3, 4, 1], { sum: 12.5, min: 0.5, max: 4 });
    expect(bins(sketchOf(histogram))).toEqual({ keys: [1338, 1353, 1365, 1375, 1383], counts: [4, 1, 1, 1, 1] });
  });

  test('without buckets the measurements lie between minimum and maximum', () => {
    const histogram = { ...explicit([], [], { sum: 12.5, min: 0.5, max: 4 }), count: 8 };
    expect(bins(sketchOf(histogram))).toEqual({
      keys: [1293, 1334, 1359, 1377, 1391, 1403, 1413, 1422],
      counts: [1, 1, 1, 1, 1, 1, 1, 1],
    });
  });

  test('exponential buckets are mapped to the bins of the Agent', () => {
    const histogram: ExponentialHistogram = {
      count: 4,
      sum: 6,
      scale: 0,
      zeroCount: 0,
      positive: { offset: 0, bucketCounts: [4] },
      negative: { offset: 0, bucketCounts: [] },
    };
    expect(bins(sketchOf(histogram))).toEqual({ keys: [1346, 1359, 1369, 1379], counts: [1, 1, 1, 1] });
  });

  test('zeros and negative measurements keep their place', () => {
    const histogram: ExponentialHistogram = {
      count: 5,
      sum: -1,
      scale: 20,
      zeroCount: 2,
      positive: { offset: 0, bucketCounts: [1] },
      negative: { offset: 0, bucketCounts: [2] },
    };
    expect(bins(sketchOf(histogram))).toEqual({ keys: [-1338, 0, 1338], counts: [2, 2, 1] });
  });

  test('a single measurement is its sum', () => {
    const sketch = sketchOf(explicit([0, 100], [0, 1, 0], { sum: 10 }));
    expect(sketch).toMatchObject({ count: 1, sum: 10, min: 10, max: 10 });
    expect(bins(sketch)).toEqual({ keys: [1487], counts: [1] });
  });

  test('minimum and maximum that are not known are those of the outer buckets', () => {
    expect(sketchOf(explicit([1, 2, 5], [0, 2, 2, 0], { sum: 9 }))).toMatchObject({ min: 1, max: 5 });
  });

  test('nothing without measurements', () => {
    expect(sketchOf(explicit([1], [0, 0], { sum: 0 }))).toBeUndefined();
  });

  test('no measurement is lost or made up, and keys are in order', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 3, maxLength: 30 });
    const histograms = fc.oneof(
      fc
        .tuple(fc.uniqueArray(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 }), counts)
        .map(([bounds, held]): ExplicitHistogram => {
          const boundaries = bounds.map((bound) => bound + 0).sort((a, b) => a - b);
          return explicit(
            boundaries,
            Array.from({ length: boundaries.length + 1 }, (_, i) => held[i] ?? 0),
            { sum: 1 },
          );
        }),
      fc.tuple(fc.integer({ min: -10, max: 20 }), fc.integer({ min: -500, max: 500 }), counts, counts).map(
        ([scale, offset, positive, negative]): ExponentialHistogram => ({
          scale,
          count: [...positive, ...negative].reduce((a, b) => a + b, 3),
          sum: 1,
          zeroCount: 3,
          positive: { offset, bucketCounts: positive },
          negative: { offset, bucketCounts: negative },
        }),
      ),
    );
    fc.assert(
      fc.property(histograms, (histogram) => {
        const sketch = sketchOf(histogram);
        const { keys, counts: held } = bins(sketch);
        const expected = Number(histogram.count);
        expect(held.reduce((a, b) => a + b, 0)).toBe(expected);
        expect([...keys].sort((a, b) => a - b)).toEqual(keys);
        if (sketch === undefined) return;
        // A value may move to a bin beside the outer ones of its bucket, never further.
        const all = bucketsOf(histogram);
        const lower = all[0]?.lower ?? 0;
        const upper = all.at(-1)?.upper ?? 0;
        if (!isExponential(histogram) && expected > 1 && Number.isFinite(lower)) {
          expect(keys[0] ?? 0).toBeGreaterThanOrEqual(keyOf(lower));
        }
        if (!isExponential(histogram) && expected > 1 && Number.isFinite(upper)) {
          expect(keys.at(-1) ?? 0).toBeLessThanOrEqual(keyOf(upper));
        }
      }),
      { numRuns: 150 },
    );
  });

  test('two sketches merge bin by bin', () => {
    const a = sketchOf(explicit([1, 2], [3, 0, 0], { sum: 3, min: 1, max: 1 })) as Sketch;
    const b = sketchOf(explicit([1, 2], [2, 0, 2], { sum: 9, min: 0.5, max: 3 })) as Sketch;
    expect(mergeSketches(a, b)).toMatchObject({ count: 7, sum: 12, min: 0.5, max: 3 });
    expect(bins(mergeSketches(a, b))).toEqual({ keys: [1338, 1383], counts: [5, 2] });
  });

  test('counts beyond 65,535 take several bins of one key, the remainder first', () => {
    expect(wireBins(new Map([[0, 70_000]]))).toEqual({ keys: [0, 0], counts: [4465, 65_535] });
  });

  test('more than 4096 bins are joined at the low end', () => {
    const many = new Map(Array.from({ length: 5000 }, (_, key) => [key, 1] as const));
    const { keys, counts } = wireBins(many);
    expect([keys.length, keys[0], counts[0], counts[1]]).toEqual([4096, 904, 905, 1]);
  });
});
