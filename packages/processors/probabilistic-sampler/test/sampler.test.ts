/** Which traces and records are kept, on both faces of a batch. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { PipelineInput } from '@telemetryflow/kernel';
import { encode, type LogRecord, type Signal, type SpanRecord } from '@telemetryflow/otlp';
import { deepFreeze, itemIds, logs, metrics, spans, throughProcessor } from '@telemetryflow/testkit';
import { bucketOf, seedHash, threshold } from '../src/hash.ts';
import sampler from '../src/index.ts';

/** FNV-1a with exact integers, from its definition. */
function fnv1a(bytes: Uint8Array): bigint {
  let hash = 0x811c9dc5n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x01000193n) % 2n ** 32n;
  return hash;
}

const traceId = (n: number): string => createHash('md5').update(`trace ${n}`).digest('hex');
const data: readonly SpanRecord[] = deepFreeze(
  spans(2000, { variety: 'plain' }).map((span, i) => ({
    ...span,
    spanContext: () => ({ traceId: traceId(i), spanId: '00f067aa0ba902b7', traceFlags: 1 }),
  })),
);
const both = (signal: Signal, records: readonly unknown[]): readonly PipelineInput[] => [
  { signal, records } as PipelineInput,
  { signal, otlp: encode(signal, records as never) },
];
const run = (config: object, input: PipelineInput) => throughProcessor(sampler, { ...config }, [input]);

test('the hash is FNV-1a, by its published vectors', () => {
  expect([fnv1a(Buffer.from('')), fnv1a(Buffer.from('a')), fnv1a(Buffer.from('foobar'))]).toEqual([
    0x811c9dc5n,
    0xe40c292cn,
    0xbf9cf968n,
  ]);
});

test('a bucket is the low 14 bits of the hash of seed and id', () => {
  for (const seed of [0, 22, 4_294_967_295]) {
    const id = Buffer.from(traceId(seed), 'hex');
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32LE(seed);
    expect(BigInt(bucketOf(seedHash(seed), id, 0, 16))).toBe(fnv1a(Buffer.concat([prefix, id])) & 0x3fffn);
  }
  expect([threshold(0), threshold(50), threshold(100)]).toEqual([0, 8192, 16384]);
});

test.each([1, 15, 50])(
  '%d percent keep that share of traces, the same ones on both faces, and count the rest',
  async (share) => {
    const kept: string[][] = [];
    for (const input of both('traces', data)) {
      const out = await run({ sampling_percentage: share, hash_seed: 22 }, input);
      const ids = out.records.traces.map((span) => span.spanContext().traceId);
      expect(out.dropped).toEqual({ sampled: 2000 - ids.length });
      kept.push(ids);
    }
    expect(kept[1]).toEqual(kept[0]);
    const expected = 20 * share;
    const deviation = Math.sqrt(2000 * (share / 100) * (1 - share / 100));
    expect(Math.abs((kept[0]?.length ?? 0) - expected)).toBeLessThan(4 * deviation);
  },
);

test('more percent keep what fewer keep, and another seed keeps others', async () => {
  const ids = async (config: object) =>
    new Set(
      (await run(config, both('traces', data)[1] as PipelineInput)).records.traces.map((s) => s.spanContext().traceId),
    );
  const [ten, thirty, other] = [
    await ids({ sampling_percentage: 10 }),
    await ids({ sampling_percentage: 30 }),
    await ids({ sampling_percentage: 10, hash_seed: 7 }),
  ];
  expect([...ten].every((id) => thirty.has(id))).toBe(true);
  expect([...other].every((id) => ten.has(id))).toBe(false);
});

describe.each([0, 1])('on face %d', (face) => {
  const input = (signal: Signal, records: readonly unknown[]) =>
    both(signal, deepFreeze(records))[face] as PipelineInput;

  test('0 percent keep nothing, 100 percent everything, metrics pass', async () => {
    expect((await run({ sampling_percentage: 0 }, input('traces', spans(20)))).dropped).toEqual({ sampled: 20 });
    expect((await run({ sampling_percentage: 100 }, input('traces', spans(20)))).records.traces).toHaveLength(20);
    const points = metrics(12);
    expect(itemIds((await run({ sampling_percentage: 0 }, input('metrics', points))).records.metrics)).toEqual(
      itemIds(points),
    );
  });

  test('the priority of a span wins over its trace id', async () => {
    const of = (value: number | string): SpanRecord => ({
      ...(spans(1)[0] as SpanRecord),
      attributes: { 'sampling.priority': value },
    });
    const all = [of(0), of(1), of('0'), of('2.5')];
    expect((await run({ sampling_percentage: 0 }, input('traces', all))).records.traces).toHaveLength(2);
    expect((await run({ sampling_percentage: 100 }, input('traces', all))).records.traces).toHaveLength(2);
  });

  test('a log record without trace id is dropped unless an attribute decides', async () => {
    const { spanContext: _, ...log } = logs(1)[0] as LogRecord;
    const zero = { ...log, spanContext: { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 } };
    const records = [log, zero].map((record) => ({ ...record, attributes: { user: 'ann' } }));
    expect((await run({ sampling_percentage: 100 }, input('logs', records))).dropped).toEqual({ sampled: 2 });
    const config = { sampling_percentage: 100, attribute_source: 'record', from_attribute: 'user' };
    expect((await run(config, input('logs', records))).dropped).toEqual({});
    expect(
      (
        await run(
          { ...config, sampling_percentage: 0, sampling_priority: 'p' },
          input('logs', [{ ...log, attributes: { user: 'ann', p: 100 } }]),
        )
      ).dropped,
    ).toEqual({});
  });
});

test('attribute_source record without an attribute is refused', async () => {
  await expect(
    run({ sampling_percentage: 1, attribute_source: 'record' }, both('logs', [])[0] as PipelineInput),
  ).rejects.toThrow(/needs from_attribute/);
});
