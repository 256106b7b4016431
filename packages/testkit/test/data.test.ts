import { describe, expect, test } from '@jest/globals';
import { DataPointType, type ResourceMetricsRecord } from '@telemetryflow/otlp';
import {
  CORPUS_PARAMETERS,
  corpus,
  deepFreeze,
  itemIds,
  logs,
  METRIC_KINDS,
  metrics,
  pairwise,
  recordsOf,
  spans,
} from '@telemetryflow/testkit';

const SIGNALS = ['traces', 'metrics', 'logs'] as const;

describe('data makers', () => {
  test.each(SIGNALS)('make exactly as many %s as asked, each with its own id', (signal) => {
    const ids = itemIds(recordsOf(signal, 1000));
    expect(ids).toHaveLength(1000);
    expect(new Set(ids).size).toBe(1000);
  });

  test.each(SIGNALS)('make the same %s every time, and other ids from another number on', (signal) => {
    expect(JSON.stringify(recordsOf(signal, 40, { variety: 'plain' }))).toBe(
      JSON.stringify(recordsOf(signal, 40, { variety: 'plain' })),
    );
    const first = new Set(itemIds(recordsOf(signal, 40)));
    expect(itemIds(recordsOf(signal, 40, { from: 40 })).filter((id) => first.has(id))).toEqual([]);
  });

  test('cover every kind, status, parent, link and event of a span', () => {
    const made = spans(60);
    expect(new Set(made.map((span) => span.kind))).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(new Set(made.map((span) => span.status.code))).toEqual(new Set([0, 1, 2]));
    expect(new Set(made.map((span) => span.spanContext().spanId)).size).toBe(60);
    for (const has of [
      (span: (typeof made)[number]) => span.parentSpanContext !== undefined,
      (span: (typeof made)[number]) => span.links.length > 0,
      (span: (typeof made)[number]) => span.events.length > 0,
    ]) {
      expect(made.some(has)).toBe(true);
      expect(made.every(has)).toBe(false);
    }
  });

  test('cover every metric kind, number type and temporality, with and without exemplars', () => {
    const [made] = metrics(120, { temporality: 'delta' }) as [ResourceMetricsRecord];
    const all = made.scopeMetrics.flatMap((scope) => scope.metrics);
    expect(new Set(all.map((metric) => metric.dataPointType))).toEqual(new Set(Object.values(DataPointType)));
    expect(new Set(all.map((metric) => metric.descriptor.valueType))).toEqual(new Set([0, 1]));
    expect(new Set(all.map((metric) => metric.aggregationTemporality))).toEqual(new Set([0]));
    const points = all.flatMap((metric): readonly { exemplars?: unknown }[] => metric.dataPoints);
    expect(points.some((point) => point.exemplars !== undefined)).toBe(true);
    expect(points.some((point) => point.exemplars === undefined)).toBe(true);
  });

  test('histograms are consistent: the buckets add up to the count', () => {
    const [made] = metrics(40, { kinds: ['histogram', 'exponential_histogram'] }) as [ResourceMetricsRecord];
    for (const metric of made.scopeMetrics.flatMap((scope) => scope.metrics)) {
      if (metric.dataPointType === DataPointType.HISTOGRAM) {
        for (const { value } of metric.dataPoints) {
          expect(value.buckets.counts.reduce<number>((sum, count) => sum + Number(count), 0)).toBe(value.count);
        }
      } else if (metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) {
        for (const { value } of metric.dataPoints) {
          const counts = [...value.positive.bucketCounts, ...value.negative.bucketCounts, value.zeroCount];
          expect(counts.reduce<number>((sum, count) => sum + Number(count), 0)).toBe(value.count);
        }
      }
    }
  });

  test('bring non-finite numbers, lone surrogates, bytes, bigints and nested values into logs', () => {
    const bodies = logs(200).map((log) => log.body);
    expect(bodies.some((body) => typeof body === 'number' && Number.isNaN(body))).toBe(true);
    expect(bodies.some((body) => typeof body === 'string' && !body.isWellFormed())).toBe(true);
    expect(bodies.some((body) => body instanceof Uint8Array)).toBe(true);
    expect(bodies.some((body) => typeof body === 'bigint')).toBe(true);
    expect(bodies.some((body) => Array.isArray(body))).toBe(true);
  });

  test('plain data is plain: well-formed text, finite numbers, scalars', () => {
    for (const log of logs(50, { variety: 'plain' })) {
      for (const value of Object.values(log.attributes)) {
        expect(['string', 'number', 'boolean']).toContain(typeof value);
        if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
      }
    }
  });
});

describe('deepFreeze', () => {
  test('freezes plain objects and arrays at every depth, cycles included', () => {
    const value = { list: [{ deep: 1 }], self: {} };
    value.self = value;
    const frozen = deepFreeze(value);
    expect(() => {
      (frozen.list[0] as { deep: number }).deep = 2;
    }).toThrow(TypeError);
    expect(() => frozen.list.push({ deep: 3 })).toThrow(TypeError);
  });

  test('leaves class instances and buffers alone', () => {
    class Memoising {
      value: number | undefined;
    }
    const frozen = deepFreeze({ resource: new Memoising(), bytes: Uint8Array.of(1) });
    frozen.resource.value = 1;
    frozen.bytes[0] = 2;
    expect(frozen.resource.value).toBe(1);
  });

  test('freezes null-prototype maps', () => {
    const map = Object.assign(Object.create(null) as Record<string, number>, { a: 1 });
    expect(Object.isFrozen(deepFreeze(map))).toBe(true);
  });
});

describe('pairwise', () => {
  test('covers every pair of values of every two parameters', () => {
    const rows = pairwise(CORPUS_PARAMETERS);
    const names = Object.keys(CORPUS_PARAMETERS);
    for (const [i, a] of names.entries()) {
      for (const b of names.slice(i + 1)) {
        for (const x of CORPUS_PARAMETERS[a] ?? []) {
          for (const y of CORPUS_PARAMETERS[b] ?? []) {
            expect(rows.some((row) => row[a] === x && row[b] === y)).toBe(true);
          }
        }
      }
    }
  });

  test('needs far fewer rows than all combinations', () => {
    const rows = pairwise(CORPUS_PARAMETERS).length;
    const values = (CORPUS_PARAMETERS['value'] ?? []).length;
    expect(rows).toBeGreaterThanOrEqual(values * METRIC_KINDS.length);
    expect(rows).toBeLessThan(values * METRIC_KINDS.length * 1.2);
  });

  test('the corpus has one item per row and signal', () => {
    const { rows, ...signals } = corpus();
    for (const signal of SIGNALS) {
      const ids = itemIds(signals[signal]);
      expect(new Set(ids).size).toBe(rows.length);
    }
  });
});
