/** Records, and what the exporter makes of them. */
import { readFileSync } from 'node:fs';
import { batchFromRecords, type Payload, type Undeliverable } from '@telemetryflow/kernel';
import type { AttributeMap, HrTime, LogRecord, RecordOf, Signal, SpanRecord } from '@telemetryflow/otlp';
import { type InstanaSpan, throughEncoder } from '@telemetryflow/testkit';
import type { SpansMessage } from '../src/encode-traces.ts';
import instana from '../src/index.ts';

/** 2026-01-01T00:00:00.123456789Z. */
export const TIME: HrTime = [1_767_225_600, 123_456_789];
export const NOW = 1_767_225_605_000;

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
export const SPAN_ID = 'b7ad6b7169203331';
export const PARENT_ID = '00f067aa0ba902b7';

export const BLUE = 'https://serverless-blue-saas.instana.io';
export const BLOCK = { endpoint_url: BLUE, agent_key: 'K', host_id: 'web-1' };

/** The resource of the examples, as it is after the configuration's tags. */
export const SHOP: AttributeMap = { 'service.name': 'shop', environment: 'production' };

/** A root span of a client, 50 ms long, without a scope. */
export function span(parts: Partial<SpanRecord> = {}): SpanRecord {
  return {
    name: 'GET /items',
    kind: 2,
    spanContext: () => ({ traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 }),
    startTime: TIME,
    endTime: [TIME[0], TIME[1] + 50_000_000],
    status: { code: 0 },
    attributes: {},
    links: [],
    events: [],
    duration: [0, 50_000_000],
    ended: true,
    resource: { attributes: SHOP },
    instrumentationScope: { name: '' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...parts,
  };
}

export function log(parts: Partial<LogRecord> = {}): LogRecord {
  return {
    hrTime: TIME,
    hrTimeObserved: [0, 0],
    severityNumber: 17,
    body: 'disk full',
    resource: { attributes: SHOP },
    instrumentationScope: { name: '' },
    attributes: {},
    droppedAttributesCount: 0,
    ...parts,
  };
}

export interface Encoded {
  readonly payloads: readonly Payload[];
  readonly drops: readonly Undeliverable[];
}

export function encoded<S extends Signal>(
  signal: S,
  records: readonly RecordOf[S][],
  block: Readonly<Record<string, unknown>> = {},
): Promise<Encoded> {
  return throughEncoder(instana, { ...BLOCK, ...block }, batchFromRecords(signal, records) as never, { now: NOW });
}

/** The requests of these spans as text, and read back. */
export async function spansOf(
  records: readonly SpanRecord[],
  block: Readonly<Record<string, unknown>> = {},
): Promise<Encoded & { readonly texts: readonly string[]; readonly spans: readonly InstanaSpan[] }> {
  const { payloads, drops } = await encoded('traces', records, block);
  const texts = payloads.map(({ body }) => Buffer.from((body as SpansMessage).body).toString());
  return { payloads, drops, texts, spans: texts.flatMap((text) => JSON.parse(text) as InstanaSpan[]) };
}

export function golden(name: string): string {
  return readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8');
}
