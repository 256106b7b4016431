import { describe, expect, test } from '@jest/globals';
import {
  compressBlock,
  labelSet,
  loadCompressor,
  METRIC_TYPE,
  RequestBuilder,
  STALE,
  toCustomBuckets,
  toNativeHistogram,
} from '@telemetryflow/remote-write';
import fc from 'fast-check';
import { deserialize } from 'prometheus-remote-write';
import snappyNative from 'snappy';
import snappyjs from 'snappyjs';
import { compareBytes } from '../src/label-set.ts';
import { decodeV1, decodeV2 } from './proto.ts';

const NOW = 1_700_000_000_000;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const EMPTY = { offset: 0, bucketCounts: [] };
const exponential = {
  scale: 0,
  zeroCount: 2,
  positive: { offset: 3, bucketCounts: [10, 0, 0, 20, 5, 2] },
  negative: EMPTY,
  sum: 100,
  count: 39,
};

function native(histogram: ReturnType<typeof toNativeHistogram>) {
  if (typeof histogram === 'string') throw new Error(histogram);
  return histogram;
}

describe('golden requests that Prometheus stored and returned', () => {
  test('1.0: one gauge sample', () => {
    const builder = new RequestBuilder();
    builder.addSample(labelSet({ job: 'a', __name__: 'up_seconds' }), undefined, NOW, 1.5, 0, 0);
    expect(hex(builder.encode(1))).toBe(
      '0a340a160a085f5f6e616d655f5f120a75705f7365636f6e64730a080a036a6f62120161121009000000000000f83f1080d095ffbc31',
    );
  });

  test('2.0: a counter with start time and metadata', () => {
    const builder = new RequestBuilder();
    const metadata = { family: 'c_total', type: METRIC_TYPE.counter, help: 'H', unit: '' };
    builder.addSample(labelSet({ __name__: 'c_total', job: 'a' }), metadata, NOW, 3, NOW - 1000, 0);
    expect(hex(builder.encode(2))).toBe(
      '220022085f5f6e616d655f5f2207635f746f74616c22036a6f622201612201482a250a040102030412170900000000000008401080d095ffbc311898c895ffbc312a0408011805',
    );
  });

  test('1.0: a native histogram, small gaps filled', () => {
    const builder = new RequestBuilder();
    const histogram = native(toNativeHistogram(exponential, { timestampMs: NOW, startMs: 0, item: 0 }));
    builder.addHistogram(labelSet({ __name__: 'nh' }), undefined, histogram);
    expect(hex(builder.encode(1))).toBe(
      '0a3d0a0e0a085f5f6e616d655f5f12026e68222b0827190000000000005940299d978ccf08ba5b2530025a04080810066206141300281d057880d095ffbc31',
    );
  });

  test('gaps of one or two empty buckets are filled, longer ones begin a new span', () => {
    const positive = { offset: 0, bucketCounts: [1, 0, 0, 1, 0, 0, 0, 1] };
    const { positive: found } = native(
      toNativeHistogram({ ...exponential, positive }, { timestampMs: NOW, startMs: 0, item: 0 }),
    );
    expect(found).toEqual({ spans: [1, 4, 3, 1], deltas: [1, -1, 0, 1, 0] });
  });

  test('1.0: a stale marker', () => {
    const builder = new RequestBuilder();
    builder.addSample(labelSet({ __name__: 'x' }), undefined, NOW, STALE, 0, 0);
    expect(hex(builder.encode(1))).toBe('0a210a0d0a085f5f6e616d655f5f120178121009020000000000f07f1080d095ffbc31');
  });
});

describe('labels', () => {
  test('are sorted by UTF-8 bytes and never empty', () => {
    // U+FF5E sorts before U+1F600 by bytes, after it by UTF-16 units.
    const labels = labelSet({ '\u{1F600}': 'a', '\uFF5E': 'b', Z: 'c', a: 'd', gone: '' });
    expect(labels.labels).toEqual(['Z', 'c', 'a', 'd', '\uFF5E', 'b', '\u{1F600}', 'a']);
    expect(labels.get('Z')).toBe('c');
    expect(labels.get('gone')).toBeUndefined();
  });
});

test('the order of texts is that of their bytes', () => {
  const texts = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed());
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

describe('a request under construction', () => {
  const x = labelSet({ __name__: 'x' });

  test('keeps samples of one series together, in order, the last of one time', () => {
    const builder = new RequestBuilder();
    const add = (ms: number, value: number, item: number) => builder.addSample(x, undefined, ms, value, 0, item);
    expect([add(3, 30, 0), add(1, 10, 1), add(2, 20, 2), add(1, 11, 3), add(3, 31, 4), add(4, 40, 5)]).toEqual([
      -1, -1, -1, 1, 0, -1,
    ]);
    expect(builder.samples).toBe(4);
    expect(decodeV1(builder.encode(1)).series).toMatchObject([
      {
        labels: { __name__: 'x' },
        samples: [
          { value: 11, timestamp: 1 },
          { value: 20, timestamp: 2 },
          { value: 31, timestamp: 3 },
          { value: 40, timestamp: 4 },
        ],
      },
    ]);
  });

  test('describes families in 1.0 once, and series in 2.0', () => {
    const builder = new RequestBuilder();
    const metadata = { family: 'x', type: METRIC_TYPE.gauge, help: 'Häuser', unit: 'bytes' };
    builder.addSample(x, metadata, 1, 1, 0, 0);
    builder.addMetadata(metadata);
    builder.addMetadata(metadata);
    expect(decodeV1(builder.encode(1)).metadata).toEqual([
      { type: 'GAUGE', metricFamilyName: 'x', help: 'Häuser', unit: 'bytes' },
    ]);
    expect(decodeV2(builder.encode(2)).series[0]?.metadata).toEqual({ type: 'GAUGE', help: 'Häuser', unit: 'bytes' });
  });

  test('carries exemplars beside their sample, in order of time', () => {
    const builder = new RequestBuilder();
    const exemplar = (timestampMs: number) => ({ labels: ['trace_id', 'abc'], value: 0.5, timestampMs });
    builder.addExemplar(x, exemplar(9));
    builder.addSample(x, undefined, 10, 1, 0, 0);
    builder.addExemplar(x, exemplar(9));
    builder.addExemplar(x, exemplar(8));
    expect(builder.exemplars).toBe(2);
    for (const decoded of [decodeV1(builder.encode(1)), decodeV2(builder.encode(2))]) {
      expect(decoded.series[0]?.exemplars).toEqual([
        { labels: { trace_id: 'abc' }, value: 0.5, timestamp: 8 },
        { labels: { trace_id: 'abc' }, value: 0.5, timestamp: 9 },
      ]);
    }
  });

  test('its size estimate is never below the truth', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.double(), fc.nat()), { minLength: 1, maxLength: 20 }),
        (series) => {
          const builder = new RequestBuilder();
          for (const [name, value, ms] of series) {
            builder.addSample(labelSet({ __name__: name || 'x' }), undefined, ms, value, 0, 0);
          }
          expect(builder.encode(1).length).toBeLessThanOrEqual(builder.bytes);
        },
      ),
    );
  });
});

describe('values', () => {
  test('every double survives both versions; NaN takes the form Prometheus uses', () => {
    fc.assert(
      fc.property(fc.double(), fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), (value, ms) => {
        const builder = new RequestBuilder();
        builder.addSample(labelSet({ __name__: 'x' }), undefined, ms, value, 0, 0);
        for (const decoded of [decodeV1(builder.encode(1)), decodeV2(builder.encode(2))]) {
          expect(decoded.series[0]?.samples).toEqual([{ value, timestamp: ms }]);
        }
      }),
    );
    const builder = new RequestBuilder();
    builder.addSample(labelSet({ __name__: 'x' }), undefined, 1, Number.NaN, 0, 0);
    expect(hex(builder.encode(1))).toContain('09010000000000f87f');
  });

  test('lone surrogates become the replacement character', () => {
    const builder = new RequestBuilder();
    builder.addSample(
      labelSet({ __name__: 'x', a: 'b\ud800c', long: `${'y'.repeat(60)}\udc00` }),
      undefined,
      1,
      1,
      0,
      0,
    );
    expect(decodeV1(builder.encode(1)).series[0]?.labels).toEqual({
      __name__: 'x',
      a: 'b\ufffdc',
      long: `${'y'.repeat(60)}\ufffd`,
    });
  });

  test('another library reads the same labels and samples', async () => {
    const builder = new RequestBuilder();
    for (let i = 0; i < 300; i++) {
      builder.addSample(labelSet({ __name__: `m${i}`, path: `/${'p'.repeat(i)}` }), undefined, NOW + i, i / 3, 0, i);
    }
    const decoded = (await deserialize(builder.encode(1) as unknown as ArrayBuffer)) as unknown as {
      timeseries: { labels: { name: string; value: string }[]; samples: { value: number; timestamp: unknown }[] }[];
    };
    expect(decoded.timeseries).toHaveLength(300);
    for (const [i, series] of decoded.timeseries.entries()) {
      expect(series.labels.map((l) => l.value)).toEqual([`m${i}`, ...(i === 0 ? ['/'] : [`/${'p'.repeat(i)}`])]);
      expect(series.samples[0]?.value).toBe(i / 3);
      expect(Number(series.samples[0]?.timestamp)).toBe(NOW + i);
    }
  });
});

describe('native histograms', () => {
  const context = { timestampMs: 5, startMs: 4, item: 0 };
  const decode = (histogram: ReturnType<typeof toNativeHistogram>, version: 1 | 2) => {
    const builder = new RequestBuilder();
    builder.addHistogram(labelSet({ __name__: 'h' }), undefined, native(histogram));
    expect(builder.encode(version).length).toBeLessThanOrEqual(builder.bytes);
    return (version === 1 ? decodeV1 : decodeV2)(builder.encode(version)).series[0]?.histograms[0];
  };

  test('absolute counts come back from spans and deltas, whatever the gaps', () => {
    const range = fc.record({
      offset: fc.integer({ min: -2000, max: 2000 }),
      bucketCounts: fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(1000)), { maxLength: 60 }),
    });
    fc.assert(
      fc.property(range, range, fc.integer({ min: -4, max: 8 }), (positive, negative, scale) => {
        const decoded = decode(toNativeHistogram({ ...exponential, scale, positive, negative }, context), 2);
        expect(decoded?.schema ?? 0).toBe(scale);
        for (const [source, spans, deltas] of [
          [positive, decoded?.positiveSpans, decoded?.positiveDeltas],
          [negative, decoded?.negativeSpans, decoded?.negativeDeltas],
        ] as const) {
          const found = new Map<number, number>();
          let index = 0;
          let count = 0;
          let next = 0;
          for (const { offset = 0, length } of spans ?? []) {
            index += offset;
            for (let i = 0; i < length; i++) {
              count += Number(deltas?.[next++]);
              if (count !== 0) found.set(index, count);
              index++;
            }
          }
          const expected = new Map<number, number>();
          for (const [i, c] of source.bucketCounts.entries()) if (c > 0) expected.set(source.offset + i + 1, c);
          expect(found).toEqual(expected);
        }
      }),
    );
  });

  test('a scale above 8 is lowered, one below -4 has no native form', () => {
    const fine = { ...exponential, scale: 9, positive: { offset: 3, bucketCounts: [1, 1, 1] } };
    expect(decode(toNativeHistogram(fine, context), 1)).toMatchObject({
      schema: 8,
      positiveSpans: [{ offset: 2, length: 2 }],
      positiveDeltas: [1, 1],
    });
    expect(toNativeHistogram({ ...exponential, scale: -5 }, context)).toBe('scale_too_low');
    expect(toNativeHistogram({ ...exponential, sum: undefined }, context)).toBe('missing_sum');
  });

  test('start time travels in 2.0 only', () => {
    expect(decode(toNativeHistogram(exponential, context), 1)).not.toHaveProperty('startTimestamp');
    expect(decode(toNativeHistogram(exponential, context), 2)).toMatchObject({ startTimestamp: 4, timestamp: 5 });
  });

  test('a stale histogram is nothing but the marker', () => {
    const builder = new RequestBuilder();
    const stale = { ...native(toNativeHistogram(exponential, context)), stale: true };
    builder.addHistogram(labelSet({ __name__: 'h' }), undefined, stale);
    expect(hex(builder.encode(1))).toContain('220d080019020000000000f07f7805');
  });

  test('explicit boundaries become custom buckets', () => {
    const histogram = { buckets: { boundaries: [0.1, 1], counts: [1, 0, 3] }, count: 4, sum: 9 };
    expect(decode(toCustomBuckets(histogram, context), 2)).toMatchObject({
      schema: -53,
      customValues: [0.1, 1],
      positiveSpans: [{ length: 3 }],
      positiveDeltas: [1, -1, 3],
      countInt: 4,
    });
    const bad = { ...histogram, buckets: { boundaries: [1, Number.NaN], counts: [1, 0, 3] } };
    expect(toCustomBuckets(bad, context)).toBe('malformed');
  });
});

describe('snappy', () => {
  test('both compressors write blocks that either reads', async () => {
    const nativeCompress = await loadCompressor();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.nat(30), (block, repeats) => {
        const input = Buffer.concat(new Array(repeats + 1).fill(Buffer.from(block)));
        expect(snappyNative.uncompressSync(Buffer.from(compressBlock(input)))).toEqual(input);
        expect(Buffer.from(snappyjs.uncompress(nativeCompress(input)))).toEqual(input);
      }),
      { numRuns: 30 },
    );
  });
});
