/** Records whose texts are no strings, as callers in JavaScript make them. */
import { describe, expect, test } from '@jest/globals';
import { type Batch, batchFromRecords } from '@telemetryflow/kernel';
import { decode, encode, type LogRecord, type ResourceMetricsRecord, type SpanRecord } from '@telemetryflow/otlp';
import { deepFreeze, itemIds, logs, metrics, spans } from '@telemetryflow/testkit';

const NO_TEXTS: readonly (readonly [given: unknown, text: string])[] = [
  [undefined, ''],
  [null, ''],
  [7, '7'],
  [true, 'true'],
];

const metricsWith = (over: (key: 'scope' | 'descriptor') => object): ResourceMetricsRecord[] =>
  metrics(6).map(({ resource, scopeMetrics }) => ({
    resource,
    scopeMetrics: scopeMetrics.map(({ scope, metrics: all }) => ({
      scope: { ...scope, ...over('scope') },
      metrics: all.map((metric) => ({ ...metric, descriptor: { ...metric.descriptor, ...over('descriptor') } })),
    })),
  })) as ResourceMetricsRecord[];

describe.each(NO_TEXTS)('where a text is %p', (given, text) => {
  const bad = given as string;

  test.each<[string, Partial<SpanRecord>, (span: SpanRecord | undefined) => unknown]>([
    ['the name', { name: bad }, (span) => span?.name],
    ['the name of an event', { events: [{ name: bad, time: [1, 0] }] }, (span) => span?.events[0]?.name],
    ['the status message', { status: { code: 2, message: bad } }, (span) => span?.status.message ?? ''],
    ['the name of the scope', { instrumentationScope: { name: bad } }, (span) => span?.instrumentationScope.name],
    [
      'its version',
      { instrumentationScope: { name: 's', version: bad } },
      (span) => span?.instrumentationScope.version ?? '',
    ],
  ])('of spans, %s is a string', (_what, over, read) => {
    const records = deepFreeze(spans(5).map((span, i) => (i === 3 ? { ...span, ...over } : span)));
    const batch = batchFromRecords('traces', records);
    expect(read(batch.records()[3])).toBe(text);
    expect(itemIds(batch.records())).toEqual(itemIds(records));
    expect([batch.count, batch.records()[2]?.name]).toEqual([5, records[2]?.name]);
  });

  test.each<[string, Partial<LogRecord>, (log: LogRecord | undefined) => unknown]>([
    ['the event name', { eventName: bad }, (log) => log?.eventName ?? ''],
    ['the severity', { severityText: bad }, (log) => log?.severityText ?? ''],
    ['the name of the scope', { instrumentationScope: { name: bad } }, (log) => log?.instrumentationScope.name],
  ])('of logs, %s is a string', (_what, over, read) => {
    const records = deepFreeze(logs(5).map((log, i) => (i === 3 ? { ...log, ...over } : log)));
    const batch = batchFromRecords('logs', records);
    expect(read(batch.records()[3])).toBe(text);
    expect(itemIds(batch.records())).toEqual(itemIds(records));
  });

  test.each(['name', 'unit', 'description'] as const)('of metrics, the %s is a string', (key) => {
    const batch = batchFromRecords(
      'metrics',
      metricsWith((of) => (of === 'descriptor' ? { [key]: bad } : {})),
    );
    expect(batch.records()[0]?.scopeMetrics[0]?.metrics[0]?.descriptor[key]).toBe(text);
    expect(itemIds(batch.records())).toEqual(itemIds(metrics(6)));
  });

  test('of the scope of metrics, the name is a string', () => {
    const batch = batchFromRecords(
      'metrics',
      metricsWith((of) => (of === 'scope' ? { name: bad } : {})),
    );
    expect(batch.records()[0]?.scopeMetrics[0]?.scope.name).toBe(text);
  });
});

test('records that are fit stay the objects they are', () => {
  const fit: Batch[] = [
    batchFromRecords('traces', spans(6)),
    batchFromRecords('metrics', metrics(6)),
    batchFromRecords('logs', logs(6)),
    batchFromRecords('traces', decode('traces', encode('traces', spans(6)))),
  ];
  expect(fit.map(({ hasOtlp }) => hasOtlp)).toEqual([false, false, false, false]);
});

test('a record that throws when read is left to whoever reads it', () => {
  const throwing = Object.defineProperty({ ...spans(1)[0] }, 'name', {
    get() {
      throw new Error('not readable');
    },
  }) as SpanRecord;
  const batch = batchFromRecords('traces', [throwing]);
  expect(batch.count).toBe(1);
  expect(() => batch.otlp()).toThrow('not readable');
});
