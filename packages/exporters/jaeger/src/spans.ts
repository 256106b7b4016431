/** What both older protocols do with the spans of a batch: sort out what cannot be sent, and make room in the others. */
import type { Batch, Undeliverable } from '@telemetryflow/kernel';
import { type JaegerSpan, type ResourceRecord, type SpanRecord, validIds } from '@telemetryflow/otlp';

/** The kernel wants the loop back this often. */
export const YIELD_EVERY = 256;

/** Spans that share a process. */
export interface ProcessGroup {
  readonly process: Buffer;
  /** Numbers of the spans in the batch. */
  readonly items: number[];
}

/** The spans by their process as `write` encodes it; resources of equal content share one. */
export function byProcess(
  records: readonly SpanRecord[],
  write: (resource: ResourceRecord) => Buffer,
): readonly ProcessGroup[] {
  const byResource = new Map<ResourceRecord, ProcessGroup>();
  const byContent = new Map<string, ProcessGroup>();
  for (const [item, { resource }] of records.entries()) {
    let group = byResource.get(resource);
    if (group === undefined) {
      const process = write(resource);
      const content = process.toString('latin1');
      group = byContent.get(content) ?? { process, items: [] };
      byContent.set(content, group);
      byResource.set(resource, group);
    }
    group.items.push(item);
  }
  return [...byContent.values()];
}

/** The span with its logs left out and counted, for one that would not fit into a request. */
export function withoutLogs(span: JaegerSpan): JaegerSpan {
  const tags = span.tags.copy();
  const before = tags.keys.indexOf(DROPPED_EVENTS);
  const count = before < 0 ? 0 : Number(tags.values[before]);
  tags.set(DROPPED_EVENTS, count + span.logs.length);
  return { ...span, tags, logs: [] };
}

const DROPPED_EVENTS = 'otel.dropped_events_count';

export function invalidIds(batch: Batch<'traces'>, item: number): Undeliverable {
  return { dropped: [item], reason: 'invalid', detail: `invalid_id: ${nameOf(batch.records()[item])}` };
}

export function tooLarge(batch: Batch<'traces'>, item: number, bytes: number, maxBytes: number): Undeliverable {
  const name = nameOf(batch.records()[item]);
  const detail = `oversize: ${name} takes ${bytes} bytes without its events, more than max_request_bytes (${maxBytes})`;
  return { dropped: [item], reason: 'too_large', detail };
}

function nameOf(span: SpanRecord | undefined): string {
  const context = span?.spanContext();
  if (context === undefined) return 'a span';
  if (!validIds(context))
    return `a span with trace id "${context.traceId.slice(0, 64)}" and span id "${context.spanId.slice(0, 64)}"`;
  return `span ${context.spanId} of trace ${context.traceId}`;
}
