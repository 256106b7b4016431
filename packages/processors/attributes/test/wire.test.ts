import { describe, expect, test } from '@jest/globals';
import { batchFromOtlp, batchFromRecords, compileAttributeActions, concatBatches } from '@telemetryflow/kernel';
import { encode, type LogRecord, type ResourceMetricsRecord, type Signal, type SpanRecord } from '@telemetryflow/otlp';
import { logs, metrics, spans } from '@telemetryflow/testkit';
import type { AttributesProcessorConfig } from '../src/config.ts';
import { compileEdits, editBatch } from '../src/wire.ts';

type Action = AttributesProcessorConfig['actions'][number];

const ITEMS = 40;
const bytes = {
  traces: encode('traces', spans(ITEMS)),
  logs: encode('logs', logs(ITEMS)),
  metrics: encode('metrics', metrics(ITEMS)),
};
const SIGNALS = ['traces', 'logs', 'metrics'] as const;

function maps(signal: Signal, records: readonly unknown[]): SpanRecord['attributes'][] {
  if (signal !== 'metrics') return (records as (SpanRecord | LogRecord)[]).map(({ attributes }) => attributes);
  return (records as ResourceMetricsRecord[]).flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics: list }) =>
      list.flatMap(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes)),
    ),
  );
}

describe.each(SIGNALS)('a batch of %s that came as bytes', (signal) => {
  const known = Object.keys(maps(signal, batchFromOtlp(signal, bytes[signal]).records()).find(Boolean) ?? {});
  const actions: Action[] = [
    { key: 'region', value: 'eu-west-1', action: 'insert' },
    { key: known[0] ?? '', value: 7, action: 'update' },
    { key: known[1] ?? '', action: 'delete' },
    { key: 'checked', value: true, action: 'upsert' },
  ];

  test('gets the attributes its records would get, and is still not decoded', () => {
    const edits = compileEdits({ actions });
    if (edits === undefined) throw new Error('these actions are constant');
    const part = batchFromOtlp(signal, bytes[signal]);
    const changed = editBatch(concatBatches(signal, [part, part]), edits);
    expect(changed.hasRecords).toBe(false);
    expect(changed.count).toBe(part.count * 2);
    const expected = maps(signal, part.records()).map(compileAttributeActions(actions));
    expect(maps(signal, changed.records())).toEqual([...expected, ...expected]);
  });

  test('is the same batch when no item changes', () => {
    const edits = compileEdits({ actions: [{ key: 'nobody.has.this', action: 'delete' }] });
    const batch = batchFromOtlp(signal, bytes[signal]);
    expect(edits && editBatch(batch, edits)).toBe(batch);
  });
});

test.each<[string, AttributesProcessorConfig]>([
  ['a value of another attribute', { actions: [{ key: 'a', action: 'insert', from_attribute: 'b' }] }],
  ['a pattern of keys', { actions: [{ key: 'a', action: 'delete', pattern: '^b' }] }],
  ['a hash', { actions: [{ key: 'a', action: 'hash' }] }],
  ['a map', { actions: [{ key: 'a', action: 'insert', value: { b: 1 } }] }],
  ['an include', { actions: [{ key: 'a', action: 'delete' }], include: { match_type: 'strict', span_names: ['n'] } }],
  ['an exclude', { actions: [{ key: 'a', action: 'delete' }], exclude: { match_type: 'strict', span_names: ['n'] } }],
])('%s needs the records', (_, config) => {
  expect(compileEdits(config)).toBeUndefined();
});

test('a batch of records stays one', async () => {
  const { default: definition } = await import('../src/index.ts');
  const processor = definition.create(
    { actions: [{ key: 'region', value: 'eu', action: 'insert' }] } satisfies AttributesProcessorConfig,
    {} as never,
  );
  const changed = await processor.process(batchFromRecords('traces', spans(3)) as never, {} as never);
  expect(changed).toMatchObject({ hasRecords: true, hasOtlp: false });
});
