import { expect, test } from '@jest/globals';
import type { SpanRecord } from '@telemetryflow/otlp';
import { corpus, readSplunkEvents, spans } from '@telemetryflow/testkit';
import { encodeAll, textOf } from './setup.ts';

test('a span is an event with its ids, times to the nanosecond, events and links', async () => {
  const [base] = spans(1, { variety: 'plain' }) as [SpanRecord];
  const span: SpanRecord = {
    ...base,
    name: 'GET /',
    kind: 1,
    startTime: [1_700_000_000, 123_456_789],
    endTime: [1_700_000_001, 1],
    status: { code: 2, message: 'boom' },
    attributes: { n: 1 },
    events: [{ name: 'e', time: [1_700_000_000, 5], attributes: { k: 'v' } }],
    links: [{ context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }, attributes: { l: 2 } }],
  };
  const text = textOf(await encodeAll('traces', { traces: true }, [span]));
  expect(text).toContain('"start_time":1700000000123456789,"end_time":1700000001000000001,');
  const [event] = readSplunkEvents(text);
  const { traceId, spanId } = base.spanContext();
  expect(event).toMatchObject({
    time: 1_700_000_000.123,
    event: {
      trace_id: traceId,
      span_id: spanId,
      name: 'GET /',
      kind: 'SPAN_KIND_SERVER',
      attributes: { n: 1 },
      status: { code: 'STATUS_CODE_ERROR', message: 'boom' },
      events: [{ name: 'e', attributes: { k: 'v' } }],
      links: [{ trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16), attributes: { l: 2 } }],
    },
  });
});

test('a span of no known kind is not taken for an internal one, and odd texts stay inside theirs', async () => {
  const [base] = spans(1, { variety: 'plain' }) as [SpanRecord];
  const context = { ...base.spanContext(), traceId: '","x":"', spanId: 'a\ud800' };
  const span: SpanRecord = { ...base, kind: 0, otlpKind: 0, name: 'b\ud800', spanContext: () => context };
  const [event] = readSplunkEvents(textOf(await encodeAll('traces', { traces: true }, [span])));
  expect(event?.event).toMatchObject({
    trace_id: '","x":"',
    span_id: 'a\ufffd',
    name: 'b\ufffd',
    kind: 'SPAN_KIND_UNSPECIFIED',
  });
});

test('every kind of span is an event', async () => {
  const { traces } = corpus();
  const events = readSplunkEvents(textOf(await encodeAll('traces', { traces: true }, traces)));
  const ids = events.map(({ event }) => (event as { attributes: Record<string, unknown> }).attributes['item.id']);
  expect(ids).toEqual(traces.map(({ attributes }) => attributes['item.id']));
});
