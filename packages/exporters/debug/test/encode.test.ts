import { describe, expect, test } from '@jest/globals';
import { batchFromRecords } from '@telemetryflow/kernel';
import type { AttributeMap, MetricRecord, RecordOf, ResourceMetricsRecord, Signal } from '@telemetryflow/otlp';
import { corpus, deepFreeze, golden, plantedRecords, recordsOf } from '@telemetryflow/testkit';
import { encodeBatch } from '../src/encode.ts';
import { metricLines } from '../src/lines.ts';

const SIGNALS = ['traces', 'metrics', 'logs'] as const;
type Verbosity = 'basic' | 'normal' | 'detailed';

function printed<S extends Signal>(signal: S, records: readonly RecordOf[S][], verbosity: Verbosity): string {
  let text = '';
  for (const encoded of encodeBatch(batchFromRecords(signal, records), verbosity)) {
    if (encoded !== undefined && 'body' in encoded) text += encoded.body;
  }
  return text;
}

function gauge(
  name: string,
  unit: string,
  points: readonly (readonly [number, AttributeMap])[],
): ResourceMetricsRecord[] {
  const metric: MetricRecord = {
    descriptor: { name, description: '', unit, valueType: 1 },
    aggregationTemporality: 1,
    dataPointType: 2,
    dataPoints: points.map(([value, attributes]) => ({ startTime: [0, 0], endTime: [1, 0], attributes, value })),
  };
  return [{ resource: { attributes: {} }, scopeMetrics: [{ scope: { name: 'test' }, metrics: [metric] }] }];
}

describe('normal', () => {
  test('a metric with one data point is its name and value', () => {
    expect(printed('metrics', gauge('system.cpu.utilization', '1', [[0.12, {}]]), 'normal')).toBe(
      'system.cpu.utilization  12 %\n',
    );
  });

  test('data points are labelled by what differs, and share the rest', () => {
    const records = gauge('system.memory.usage', 'By', [
      [2 ** 30, { 'system.memory.state': 'used', host: 'a' }],
      [2 ** 20, { 'system.memory.state': 'free', host: 'a' }],
    ]);
    expect(printed('metrics', records, 'normal')).toBe('system.memory.usage  used 1 GiB, free 1 MiB {host=a}\n');
  });

  test('many data points are summed up over the attribute that tells instances apart', () => {
    const points = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((cpu) =>
      (['user', 'idle'] as const).map((mode) => [mode === 'user' ? 0.25 : 0.75, { cpu, mode }] as const),
    );
    expect(printed('metrics', gauge('system.cpu.utilization', '1', points), 'normal')).toBe(
      'system.cpu.utilization  user 25 %, idle 75 % (mean over 8 cpu)\n',
    );
  });

  test('modes and states are never summed up: that would say nothing', () => {
    const modes = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal', 'guest', 'other'];
    const records = gauge(
      'system.cpu.utilization',
      '1',
      modes.map((mode) => [0.1, { mode }] as const),
    );
    expect(printed('metrics', records, 'normal')).toMatch(/^system\.cpu\.utilization {2}user 10 %, .*, and 2 more\n$/);
  });

  test('a metric without data points says so', () => {
    const [record] = gauge('nothing.here', '1', []);
    expect([...metricLines(record as ResourceMetricsRecord)]).toEqual(['nothing.here  no data points']);
  });

  test('text cannot break the line or drive the terminal', () => {
    const [log] = recordsOf('logs', 1, { variety: 'plain' });
    const text = printed('logs', [{ ...(log as RecordOf['logs']), body: 'a\nb\u001b[31m\u009b2J\u202e' }], 'normal');
    expect(text).toContain('a\\nb\\u001b[31m\\u009b2J\\u202e');
    expect(text.split('\n')).toHaveLength(2);
  });
});

describe.each(SIGNALS)('%s', (signal) => {
  test.each(['basic', 'normal', 'detailed'] as const)('are printed as reviewed with verbosity %s', (verbosity) => {
    const text = printed(
      signal,
      recordsOf(signal, 12, { variety: 'plain', ...(signal === 'metrics' ? KINDS : {}) }),
      verbosity,
    );
    golden(import.meta.url, `${signal}.${verbosity}.txt`).bytes(text);
  });

  test.each(['basic', 'normal', 'detailed'] as const)(
    'with every pair of odd properties never throw with verbosity %s',
    (verbosity) => {
      const all = corpus();
      const text = printed<Signal>(signal, deepFreeze(all[signal]), verbosity);
      expect(text.isWellFormed()).toBe(true);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point.
      expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    },
  );

  test('whose every text would begin a line of its own do not, in the one-line form', () => {
    const planted = plantedRecords(signal);
    const text = printed<Signal>(signal, planted, 'normal');
    expect(text.trimEnd().split('\n')).toHaveLength(planted.length);
    expect(text).not.toMatch(/^x-planted/m);
  });

  test('gives the loop back while it prints many', () => {
    const encoded = [...encodeBatch(batchFromRecords<Signal>(signal, recordsOf(signal, 3000)), 'detailed')];
    expect(encoded.filter((part) => part === undefined).length).toBeGreaterThan(10);
    expect(encoded.at(-1)).toMatchObject({ items: { from: 0, to: 3000 } });
  });

  test('make no payload of an empty batch', () => {
    expect([...encodeBatch(batchFromRecords<Signal>(signal, []), 'normal')]).toEqual([]);
  });
});

const KINDS = { kinds: ['gauge', 'counter', 'updown', 'histogram', 'exponential_histogram', 'summary'] } as const;

test('normal prints one line per metric, span and log record', () => {
  for (const signal of ['traces', 'logs'] as const) {
    expect(printed<Signal>(signal, recordsOf(signal, 40), 'normal').split('\n')).toHaveLength(41);
  }
  const metrics = recordsOf('metrics', 40);
  const count = metrics.flatMap((record) => record.scopeMetrics.flatMap((scope) => scope.metrics)).length;
  expect(printed('metrics', metrics, 'normal').split('\n')).toHaveLength(count + 1);
});
