/** Turns batches of spans into bulk requests: one document per span, and one log document per event of a span. */
import type { Batch, EncodeContext, Encoded } from '@telemetryflow/kernel';
import type { SpanRecord } from '@telemetryflow/otlp';
import { BulkBuilder, type BulkMessage } from './bulk.ts';
import { action, chosenId, chosenIndex, DocumentParts, isKnown } from './document.ts';
import { ecsSpan, ecsSpanEvent } from './ecs.ts';
import type { EncodingOptions } from './encoding.ts';
import { JsonValues } from './json-text.ts';
import { longestText, modeOf } from './mode.ts';
import { otelSpan, otelSpanEvent } from './otel-span.ts';
import { timeOfMillis } from './timestamp.ts';

/** Documents between two turns of the event loop. */
const TURN = 256;

export function* encodeTraces(
  batch: Batch<'traces'>,
  { now, id, mode }: EncodeContext,
  { config, targets, ids }: EncodingOptions,
): Generator<Encoded<BulkMessage>> {
  const cluster = modeOf(mode);
  const parts = new DocumentParts(new JsonValues(longestText(cluster)));
  const bulk = new BulkBuilder({ flushBytes: config.flush_bytes, batchId: id, identified: true, mode: cluster });
  const idOf = config.document_id === 'auto' ? ids.of(id) : () => undefined;
  const present = timeOfMillis(now);
  const ecs = config.mapping === 'ecs';
  const [spans, logs] = [targets.traces, targets.logs];
  const timeOf = (time: SpanRecord['startTime']): SpanRecord['startTime'] => (isKnown(time) ? time : present);
  const records = batch.records();
  let turn = 0;
  for (let item = 0; item < records.length; item++) {
    const span = records[item];
    if (span === undefined) continue;
    const time = timeOf(span.startTime);
    const chosen = chosenIndex(span.attributes) ?? chosenIndex(span.resource.attributes);
    const own = idOf(span);
    const stream = spans.stream?.field ?? '';
    const index = chosen ?? spans.index(time, now);
    const lines = [
      action(index, chosenId(span.attributes) ?? own),
      ecs ? ecsSpan(span, time, parts, stream) : otelSpan(span, time, parts, stream),
    ];
    const { events } = span;
    for (let i = 0; i < events.length; i++) {
      const event = events[i];
      if (event === undefined) continue;
      const at = isKnown(event.time) ? event.time : time;
      const where = logs.stream?.field ?? '';
      // Unlike any id of 22 characters, and the same whenever the span is encoded.
      lines.push(
        action(chosen ?? logs.index(at, now), own === undefined ? undefined : `${own}.${i}`),
        ecs ? ecsSpanEvent(event, at, span, parts, where) : otelSpanEvent(event, at, span, parts, where),
      );
    }
    const full = bulk.add({ lines, items: item, index, chosen: chosen !== undefined });
    if (full !== undefined) yield full;
    turn += 1 + events.length;
    if (turn >= TURN) {
      turn = 0;
      yield undefined;
    }
  }
  const last = bulk.close();
  if (last !== undefined) yield last;
}
