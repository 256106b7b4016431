/** The attributes processor in a pipeline: what is changed, for which items, and what stays. */
import { describe, expect, test } from '@jest/globals';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { PipelineInput } from '@telemetryflow/kernel';
import { asRecords, DOUBLES, encode, type LogRecord, type Signal, type SpanRecord } from '@telemetryflow/otlp';
import { deepFreeze, itemAttributes, itemIds, recordsOf, spans, throughProcessor } from '@telemetryflow/testkit';
import attributesProcessor from '../src/index.ts';

const actions = [{ key: 'env', value: 'prod', action: 'upsert' }];
const input = (face: string, signal: Signal, records: readonly unknown[]) =>
  (face === 'records'
    ? { signal, records: deepFreeze(records) }
    : { signal, otlp: encode(signal, records as never) }) as PipelineInput;

describe.each(['records', 'bytes'])('given %s', (face) => {
  test.each(['traces', 'metrics', 'logs'] as const)('every item of %s is changed, none is lost', async (signal) => {
    const data = recordsOf(signal as Signal, 24);
    const out = await throughProcessor(attributesProcessor, { actions }, [input(face, signal, data)]);
    expect(itemIds(out.records[signal])).toEqual(itemIds(data));
    expect([...itemAttributes(out.records[signal])].every((map) => map['env'] === 'prod')).toBe(true);
    expect(out.dropped).toEqual({});
  });

  test('only included spans are changed, kinds written as in the Collector', async () => {
    const data = spans(10);
    for (const kinds of [['server'], ['SPAN_KIND_SERVER']]) {
      const config = { actions, include: { match_type: 'strict', span_kinds: kinds } };
      const out = await throughProcessor(attributesProcessor, config, [input(face, 'traces', data)]);
      const changed = out.records.traces.map((span) => span.attributes['env'] === 'prod');
      expect(changed).toEqual(data.map((span) => span.kind === 1));
    }
  });

  test('excluded items are left alone, by pattern', async () => {
    const data = spans(10);
    const config = { actions, exclude: { match_type: 'regexp', span_names: ['^operation [0-4]$'] } };
    const out = await throughProcessor(attributesProcessor, config, [input(face, 'traces', data)]);
    expect(out.records.traces.map((span) => span.attributes['env'] === undefined)).toEqual(
      data.map((span) => /[0-4]$/.test(span.name)),
    );
  });

  test('integral doubles stay doubles beside a change', async () => {
    const log = { ...(recordsOf('logs', 1)[0] as LogRecord), attributes: { ratio: 1, [DOUBLES]: new Set(['ratio']) } };
    const out = await throughProcessor(attributesProcessor, { actions }, [input(face, 'logs', [log])]);
    expect(out.records.logs[0]?.attributes[DOUBLES]?.has('ratio')).toBe(true);
  });
});

test('spans of the SDK are taken as they are', async () => {
  const memory = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: memory })] });
  provider
    .getTracer('t')
    .startSpan('work', { attributes: { a: 1 } })
    .end();
  const records: readonly SpanRecord[] = asRecords('traces', memory.getFinishedSpans());
  const out = await throughProcessor(attributesProcessor, { actions }, [{ signal: 'traces', records }]);
  expect(out.records.traces[0]).toMatchObject({ name: 'work', attributes: { a: 1, env: 'prod' } });
  expect(out.records.traces[0]?.spanContext().traceId).toBe(records[0]?.spanContext().traceId);
});

test('a match that names nothing, and a pattern that is none, are refused', async () => {
  const refused = (include: object) => throughProcessor(attributesProcessor, { actions, include }, []);
  await expect(refused({ match_type: 'strict' })).rejects.toThrow(/names nothing to match/);
  await expect(refused({ match_type: 'regexp', span_names: ['('] })).rejects.toThrow(/not a regular expression/);
});
