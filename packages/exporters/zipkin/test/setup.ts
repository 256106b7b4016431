/** Spans to encode, and what comes of them. */
import zipkin from '@telemetryflow/exporter-zipkin';
import { batchFromRecords } from '@telemetryflow/kernel';
import type { SpanRecord } from '@telemetryflow/otlp';
import { type EncodedBatch, readZipkinSpans, throughEncoder, type ZipkinSpanJson } from '@telemetryflow/testkit';

type Block = Readonly<Record<string, unknown>>;

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
export const SPAN_ID = 'b7ad6b7169203331';
export const PARENT_ID = '00f067aa0ba902b7';
export const CONTEXT = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 };

/** A span of 1.5 ms with nothing but what is named. */
export function span(parts: Partial<SpanRecord> = {}): SpanRecord {
  return {
    name: 'op',
    kind: 0,
    spanContext: () => CONTEXT,
    startTime: [1_700_000_000, 123_456_789],
    endTime: [1_700_000_000, 124_956_789],
    duration: [0, 1_500_000],
    status: { code: 0 },
    attributes: {},
    links: [],
    events: [],
    ended: true,
    resource: { attributes: { 'service.name': 's' } },
    instrumentationScope: { name: '' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...parts,
  };
}

export function encodeAll(spans: readonly SpanRecord[], block: Block = {}): Promise<EncodedBatch> {
  return throughEncoder(zipkin, block, batchFromRecords('traces', spans));
}

/** The bodies of all requests. */
export async function bodiesOf(spans: readonly SpanRecord[], block: Block = {}): Promise<Buffer[]> {
  return (await encodeAll(spans, block)).payloads.map(({ body }) => Buffer.from((body as { body: Uint8Array }).body));
}

/** The spans of all requests, by the reader of the strict fake. */
export async function spansOf(spans: readonly SpanRecord[], block: Block = {}): Promise<ZipkinSpanJson[]> {
  const type = block['format'] === 'proto' ? 'application/x-protobuf' : 'application/json';
  return (await bodiesOf(spans, block)).flatMap((body) =>
    readZipkinSpans({
      index: 0,
      method: 'POST',
      path: '/api/v2/spans',
      headers: { 'content-type': type },
      raw: body,
      body,
      text: () => body.toString(),
      json: () => JSON.parse(body.toString()) as unknown,
    }),
  );
}

export async function spanOf(parts: Partial<SpanRecord>, block: Block = {}): Promise<ZipkinSpanJson> {
  const [made] = await spansOf([span(parts)], block);
  if (made === undefined) throw new Error('nothing was encoded');
  return made;
}

export async function tagsOf(parts: Partial<SpanRecord>, block: Block = {}): Promise<Record<string, string>> {
  return { ...(await spanOf(parts, block)).tags };
}
