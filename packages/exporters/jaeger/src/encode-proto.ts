/**
 * Spans as PostSpansRequest of jaeger.api_v2. Where all spans of a batch share a process it is that of the request,
 * else each span carries its own, so that one request may hold many resources.
 */
import type { HttpEncoder } from '@telemetryflow/http';
import type { Batch, Encoded } from '@telemetryflow/kernel';
import { BackwardWriter, encodeJaegerProcess, encodeJaegerSpan, jaegerSpan } from '@telemetryflow/otlp';
import { byProcess, invalidIds, tooLarge, withoutLogs, YIELD_EVERY } from './spans.ts';

/** Field numbers of PostSpansRequest and Batch. */
const BATCH = 1;
const SPANS = 1;
const PROCESS = 2;
/** Tags and lengths around the spans: of the request, and of each span. */
const REQUEST_OVERHEAD = 12;
const SPAN_OVERHEAD = 6;

/** An encoder of requests of at most `maxBytes`. */
export function protoEncoder(maxBytes: number): HttpEncoder<'traces'> {
  return function* (batch: Batch<'traces'>): Generator<Encoded<Uint8Array>> {
    const records = batch.records();
    const writer = new BackwardWriter();
    const groups = byProcess(records, (resource) => encodeJaegerProcess(writer, resource));
    const shared = groups.length === 1 ? groups[0]?.process : undefined;
    const empty = REQUEST_OVERHEAD + (shared === undefined ? 0 : shared.length + SPAN_OVERHEAD);
    let spans: Buffer[] = [];
    let taken: number[] = [];
    let bytes = empty;
    const request = (): Encoded<Uint8Array> => ({ body: frame(writer, spans, shared), items: taken });
    let seen = 0;
    for (const { process, items } of groups) {
      const own = shared === undefined ? process : undefined;
      for (const item of items) {
        if (++seen % YIELD_EVERY === 0) yield undefined;
        const record = records[item];
        const span = record === undefined ? undefined : jaegerSpan(record);
        if (span === undefined) {
          yield invalidIds(batch, item);
          continue;
        }
        let encoded = encodeJaegerSpan(writer, span, own);
        if (empty + encoded.length + SPAN_OVERHEAD > maxBytes) {
          encoded = encodeJaegerSpan(writer, withoutLogs(span), own);
          if (empty + encoded.length + SPAN_OVERHEAD > maxBytes) {
            yield tooLarge(batch, item, encoded.length, maxBytes);
            continue;
          }
        }
        if (bytes + encoded.length + SPAN_OVERHEAD > maxBytes) {
          yield request();
          spans = [];
          taken = [];
          bytes = empty;
        }
        spans.push(encoded);
        taken.push(item);
        bytes += encoded.length + SPAN_OVERHEAD;
      }
    }
    if (taken.length > 0) yield request();
  };
}

function frame(writer: BackwardWriter, spans: readonly Buffer[], process: Buffer | undefined): Buffer {
  if (process !== undefined) writer.bytes(PROCESS, process);
  for (let i = spans.length - 1; i >= 0; i--) {
    const span = spans[i];
    if (span !== undefined) writer.bytes(SPANS, span);
  }
  writer.message(BATCH, 0);
  return writer.take();
}
