import { describe, expect, it } from '@jest/globals';
import { batchFromOtlp, batchFromRecords, concatBatches, type Items } from '@telemetryflow/kernel';
import {
  count,
  decode,
  encode,
  type LogRecord,
  type RecordOf,
  type ResourceRecord,
  type Signal,
} from '@telemetryflow/otlp';
import { deepFreeze, logs, metrics, spans } from '@telemetryflow/testkit';
import fc from 'fast-check';
import { batchAs, deriveResources, segmentsOf } from '../../src/data/segmented.ts';

const DATA: { readonly [S in Signal]: (n: number, from: number) => readonly RecordOf[S][] } = {
  traces: (n, from) => spans(n, { from }),
  logs: (n, from) => logs(n, { from }),
  metrics: (n, from) => metrics(n, { from }),
};
const SIGNALS: readonly Signal[] = ['traces', 'logs', 'metrics'];

/** What tells the items of a batch apart, in order: each item encoded alone. */
function itemsOf(signal: Signal, bytes: Uint8Array): string[] {
  const batch = batchFromOtlp(signal, bytes);
  return Array.from({ length: batch.count }, (_, i) =>
    Buffer.from(encode(signal, batch.select({ from: i, to: i + 1 }).records())).toString('base64'),
  );
}

function run<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

describe.each(SIGNALS)('a batch of %s', (signal) => {
  const records = deepFreeze(DATA[signal](8, 0)) as readonly RecordOf[Signal][];
  const bytes = encode(signal, records);
  const more = encode(signal, DATA[signal](5, 100));

  it('knows its items in either face, and computes a face once', () => {
    const fromRecords = batchFromRecords(signal, records);
    const fromOtlp = batchFromOtlp(signal, bytes);
    expect(fromRecords.count).toBe(count(signal, bytes));
    expect(fromOtlp.count).toBe(fromRecords.count);
    expect([fromRecords.hasOtlp, fromRecords.hasRecords, fromOtlp.hasOtlp, fromOtlp.hasRecords]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(fromOtlp.bytes).toBe(bytes.length);
    expect(Math.abs(fromRecords.bytes / bytes.length - 1)).toBeLessThan(0.5);
    expect(fromRecords.otlp()).toEqual(bytes);
    expect(fromRecords.otlp()).toBe(fromRecords.otlp());
    expect(fromOtlp.records()).toBe(fromOtlp.records());
    expect(encode(signal, fromOtlp.records())).toEqual(bytes);
    expect([fromRecords.hasOtlp, fromOtlp.hasRecords]).toEqual([true, true]);
  });

  it('joins batches of both faces without touching their items', () => {
    const joined = concatBatches(signal, [
      batchFromRecords(signal, records),
      batchFromOtlp(signal, more),
      batchFromRecords(signal, []),
    ]);
    const expected = [...itemsOf(signal, bytes), ...itemsOf(signal, more)];
    expect(joined.count).toBe(expected.length);
    expect(itemsOf(signal, joined.otlp())).toEqual(expected);
    expect(itemsOf(signal, encode(signal, joined.records()))).toEqual(expected);
  });

  it('selects the same items from either face, across segments', () => {
    const expected = [...itemsOf(signal, bytes), ...itemsOf(signal, more)];
    const total = expected.length;
    const batches = [
      concatBatches(signal, [batchFromRecords(signal, records), batchFromOtlp(signal, more)]),
      concatBatches(signal, [batchFromOtlp(signal, bytes), batchFromRecords(signal, decode(signal, more))]),
    ];
    const items: fc.Arbitrary<Items> = fc.oneof(
      fc.array(fc.nat(total - 1)),
      fc.record({ from: fc.nat(total), to: fc.nat(total + 3) }),
    );
    fc.assert(
      fc.property(items, (chosen) => {
        const numbers = Array.isArray(chosen)
          ? [...new Set(chosen)].sort((a, b) => a - b)
          : expected
              .map((_, i) => i)
              .filter((i) => i >= (chosen as { from: number }).from && i < (chosen as { to: number }).to);
        for (const batch of batches) {
          const selected = batch.select(chosen);
          expect(selected.count).toBe(numbers.length);
          expect(itemsOf(signal, selected.otlp())).toEqual(numbers.map((i) => expected[i]));
        }
      }),
      { numRuns: 20 },
    );
    for (const batch of batches) expect(() => batch.select([total])).toThrow(RangeError);
  });

  it('changes resources on the face it has, once per resource, and leaves items alone', () => {
    for (const batch of [batchFromRecords(signal, records), batchFromOtlp(signal, bytes)]) {
      let calls = 0;
      const changed = batch.mapResources((resource) => {
        calls++;
        return { ...resource, attributes: { ...resource.attributes, added: 'yes' } };
      });
      expect(calls).toBe(1);
      expect([changed.hasOtlp, changed.hasRecords]).toEqual([batch.hasOtlp, batch.hasRecords]);
      const [first] = changed.records();
      expect(first?.resource.attributes['added']).toBe('yes');
      const back = changed.mapResources(({ attributes: { added: _, ...attributes }, ...rest }) => ({
        ...rest,
        attributes,
      }));
      expect(itemsOf(signal, back.otlp())).toEqual(itemsOf(signal, bytes));
      expect(batch.mapResources((resource) => resource)).toBe(batch);
    }
  });

  it('is converted to one face in pieces, once for all who ask', () => {
    const many = DATA[signal](signal === 'metrics' ? 1500 : 3000, 0);
    for (const [face, batch] of [
      ['otlp', batchFromRecords(signal, many)],
      ['records', batchFromOtlp(signal, encode(signal, many))],
    ] as const) {
      const first = batchAs(batch, face);
      const second = batchAs(batch, face);
      let steps = 0;
      for (;;) {
        steps++;
        if (first.next().done === true) break;
        second.next();
      }
      expect(steps).toBeGreaterThan(2);
      const converted = run(batchAs(batch, face));
      expect(segmentsOf(converted)[0]).toBe(segmentsOf(run(batchAs(batch, face)))[0]);
      expect(converted.count).toBe(batch.count);
      expect(face === 'otlp' ? converted.hasRecords : converted.hasOtlp).toBe(false);
      expect(itemsOf(signal, converted.select({ from: 500, to: 520 }).otlp())).toEqual(
        itemsOf(signal, batch.select({ from: 500, to: 520 }).otlp()),
      );
    }
  });

  it('shares what is derived from it by equal keys', () => {
    const batch = batchFromOtlp(signal, bytes);
    const other = concatBatches(signal, [batch, batchFromOtlp(signal, more)]);
    let calls = 0;
    const change = (resource: ResourceRecord): ResourceRecord => {
      calls++;
      return { ...resource, attributes: { tagged: true } };
    };
    const derived = run(deriveResources(batch, 'a', change));
    const again = run(deriveResources(other, 'a', change));
    expect(segmentsOf(again)[0]).toBe(segmentsOf(derived)[0]);
    expect(segmentsOf(run(deriveResources(batch, 'b', change)))[0]).not.toBe(segmentsOf(derived)[0]);
    expect(calls).toBe(3);
    const [first] = derived.records();
    expect(first?.resource.attributes).toEqual({ tagged: true });
  });
});

describe('a batch of bytes', () => {
  it('copies a view that uses less than half of its buffer, and no other', () => {
    const bytes = encode('logs', logs(4));
    const small = new Uint8Array(bytes.length * 3);
    small.set(bytes, 5);
    expect(batchFromOtlp('logs', small.subarray(5, 5 + bytes.length)).otlp().buffer.byteLength).toBe(bytes.length);
    const most = new Uint8Array(bytes.length + 4);
    most.set(bytes, 4);
    expect(batchFromOtlp('logs', most.subarray(4)).otlp().buffer).toBe(most.buffer);
  });

  it('takes the number of items on trust when the caller counted them', () => {
    expect(batchFromOtlp('logs', encode('logs', logs(4)), 4).count).toBe(4);
    expect(batchFromOtlp('logs', new Uint8Array(0)).count).toBe(0);
  });
});

describe('a batch of another make', () => {
  it('is read through its faces', () => {
    const own = batchFromRecords('logs', logs(3));
    const foreign = {
      signal: 'logs' as const,
      count: 3,
      bytes: 1,
      hasOtlp: false,
      hasRecords: true,
      records: (): readonly LogRecord[] => own.records(),
      otlp: () => own.otlp(),
      otlpParts: () => own.otlpParts(),
      select: (items: Items) => own.select(items),
      mapResources: own.mapResources.bind(own),
    };
    const joined = concatBatches('logs', [foreign, own]);
    expect(joined.count).toBe(6);
    expect(joined.records()).toEqual([...own.records(), ...own.records()]);
  });
});
