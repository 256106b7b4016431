import { describe, expect, test } from '@jest/globals';
import { batchFromRecords } from '@telemetryflow/kernel';
import type { SpanRecord } from '@telemetryflow/otlp';
import { corpus, deepFreeze, itemIds, spans, throughEncoder } from '@telemetryflow/testkit';
import protobuf from 'protobufjs';
import jaeger from '../src/index.ts';
import { G2, goldenSpan, PARENT, TRACE } from './golden.ts';

const PostSpansRequest = protobuf
  .parse(
    `syntax = "proto3";
     message PostSpansRequest { Batch batch = 1; }
     message Batch { repeated Span spans = 1; Process process = 2; }
     message Process { string service_name = 1; repeated KeyValue tags = 2; }
     message KeyValue { string key = 1; int32 v_type = 2; string v_str = 3; }
     message Span { bytes trace_id = 1; bytes span_id = 2; string operation_name = 3; repeated KeyValue tags = 8; repeated Log logs = 9; Process process = 10; }
     message Log { repeated KeyValue fields = 2; }`,
  )
  .root.lookupType('PostSpansRequest');

interface Read {
  readonly batch: {
    readonly spans: readonly {
      readonly operationName: string;
      readonly tags?: readonly { readonly key: string; readonly vStr: string }[];
      readonly logs?: readonly { readonly fields: readonly { readonly key: string; readonly vStr: string }[] }[];
      readonly process?: { readonly serviceName: string };
    }[];
    readonly process?: { readonly serviceName: string };
  };
}
const read = (body: unknown): Read => PostSpansRequest.toObject(PostSpansRequest.decode(body as Buffer)) as Read;

async function encoded(records: readonly SpanRecord[], block: Record<string, unknown> = {}) {
  const batch = batchFromRecords('traces', deepFreeze(records));
  return throughEncoder(jaeger, { protocol: 'grpc', ...block }, batch);
}

describe('a PostSpansRequest', () => {
  test('is byte for byte what Jaeger takes (golden 2)', async () => {
    const span = goldenSpan({
      startTime: [1_700_000_000, 123_456_789],
      endTime: [1_700_000_000, 124_956_789],
      parentSpanContext: { traceId: TRACE, spanId: PARENT, traceFlags: 1 },
    });
    const { payloads } = await encoded([span]);
    expect(Buffer.from(payloads[0]?.body as Uint8Array).toString('hex')).toBe(G2);
  });

  test('has one process, or one for each span where they differ', async () => {
    const named = (name: string) => goldenSpan({ name, resource: { attributes: { 'service.name': name } } });
    const [one] = (await encoded([named('a'), named('a')])).payloads;
    expect(read(one?.body).batch.process?.serviceName).toBe('a');
    expect(read(one?.body).batch.spans.map((span) => span.process)).toEqual([undefined, undefined]);
    const { payloads } = await encoded([named('a'), named('b'), named('a')]);
    expect(payloads).toHaveLength(1);
    expect(payloads[0]?.items).toEqual([0, 2, 1]);
    const { batch } = read(payloads[0]?.body);
    expect(batch.process).toBeUndefined();
    expect(batch.spans.map(({ operationName, process }) => [operationName, process?.serviceName])).toEqual([
      ['a', 'a'],
      ['a', 'a'],
      ['b', 'b'],
    ]);
  });

  test('says what links hold beside ids in a log, unless link_logs is off', async () => {
    const context = { traceId: 'a'.repeat(32), spanId: PARENT, traceFlags: 1 };
    const linked = goldenSpan({ links: [{ context, attributes: { why: 'retry' } }] });
    const logs = async (block: object) =>
      read((await encoded([linked], { ...block })).payloads[0]?.body).batch.spans[0]?.logs;
    const [log, ...others] = (await logs({})) ?? [];
    expect(others).toEqual([]);
    expect(log?.fields.map(({ key, vStr }) => [key, vStr])).toEqual([
      ['event', 'link'],
      ['trace_id', 'a'.repeat(32)],
      ['span_id', PARENT],
      ['why', 'retry'],
    ]);
    expect(await logs({ link_logs: false })).toBeUndefined();
  });

  test('holds every span of the corpus once', async () => {
    const { traces } = corpus();
    const { payloads, drops } = await encoded(traces);
    expect(drops).toEqual([]);
    const ids = payloads.flatMap(({ body }) =>
      read(body).batch.spans.map(({ tags = [] }) => tags.find(({ key }) => key === 'item.id')?.vStr),
    );
    expect(ids.sort()).toEqual(itemIds(traces).sort());
  });

  test('is cut at max_request_bytes, every span in one and none above', async () => {
    const { payloads } = await encoded(spans(100), { max_request_bytes: '4000' });
    expect(payloads.length).toBeGreaterThan(5);
    expect(payloads.flatMap(({ items }) => items as readonly number[])).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
    for (const { body } of payloads) expect((body as Buffer).length).toBeLessThanOrEqual(4000);
  });

  test('is never above max_request_bytes, and as full as that allows, whatever it is', async () => {
    const records = Array.from({ length: 12 }, (_, i) => goldenSpan({ name: `operation ${'x'.repeat(i)}` }));
    const [whole = 0] = (await encoded(records)).payloads.map(({ body }) => (body as Buffer).length);
    for (let limit = whole - 150; limit <= whole + 10; limit++) {
      const { payloads } = await encoded(records, { max_request_bytes: String(limit) });
      for (const { body } of payloads) expect((body as Buffer).length).toBeLessThanOrEqual(limit);
      if (limit < whole || limit >= whole + 7) expect(payloads).toHaveLength(limit < whole ? 2 : 1);
    }
  });

  test('leaves out the events of a span that would not fit, then the span', async () => {
    const long = 'x'.repeat(3000);
    const events = [{ time: [1, 0] as const, name: long }];
    const records = [goldenSpan({ events }), goldenSpan({ attributes: { long } })];
    const { payloads, drops } = await encoded(records, { max_request_bytes: '2000' });
    expect(drops).toMatchObject([{ dropped: [1], reason: 'too_large' }]);
    expect(payloads.map(({ items }) => items)).toEqual([[0]]);
  });

  test('holds no span with ids that would fail the request', async () => {
    const bad = goldenSpan({ spanContext: () => ({ traceId: 'x', spanId: '', traceFlags: 1 }) });
    const { payloads, drops } = await encoded([bad]);
    expect(payloads).toEqual([]);
    expect(drops).toMatchObject([{ dropped: [0], reason: 'invalid' }]);
  });
});
