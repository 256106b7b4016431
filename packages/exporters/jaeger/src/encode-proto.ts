/**
 * Spans as PostSpansRequest of jaeger.api_v2. Where all spans of a batch share a process it is that of the request,
 * else each span carries its own, so that one request may hold many resources.
 */
import type { HttpEncoder } from '@telemetryflow/http';
import type { Batch, Encoded } from '@telemetryflow/kernel';
import { encodeJaegerProcess, JaegerRequest, jaegerSpan } from '@telemetryflow/otlp';
import { byProcess, invalidIds, tooLarge, withoutLogs, YIELD_EVERY } from './spans.ts';

/** An encoder of requests of at most `maxBytes`; `linkLogs` as in `jaegerSpan`. */
export function protoEncoder(maxBytes: number, linkLogs: boolean): HttpEncoder<'traces'> {
  // Serves one batch after the other; those that meet have one each.
  let idle: JaegerRequest | undefined;
  return function* (batch: Batch<'traces'>): Generator<Encoded<Uint8Array>> {
    const records = batch.records();
    const request = idle ?? new JaegerRequest();
    idle = undefined;
    const groups = byProcess(records, encodeJaegerProcess);
    const shared = groups.length === 1 ? groups[0]?.process : undefined;
    request.begin(shared);
    let taken: number[] = [];
    let seen = 0;
    for (const { process, items } of groups) {
      const own = shared === undefined ? process : undefined;
      for (const item of items) {
        if (++seen % YIELD_EVERY === 0) yield undefined;
        const record = records[item];
        const span = record === undefined ? undefined : jaegerSpan(record, linkLogs);
        if (span === undefined) {
          yield invalidIds(batch, item);
          continue;
        }
        request.add(span, own);
        if (request.size > maxBytes && taken.length > 0) {
          request.discard();
          yield { body: request.take(), items: taken };
          taken = [];
          request.begin(shared);
          request.add(span, own);
        }
        // Alone in its request, and still too large.
        if (request.size > maxBytes) {
          request.discard();
          request.add(withoutLogs(span), own);
          if (request.size > maxBytes) {
            yield tooLarge(batch, item, request.size, maxBytes);
            request.begin(shared);
            continue;
          }
        }
        taken.push(item);
      }
    }
    if (taken.length > 0) yield { body: request.take(), items: taken };
    idle = request;
  };
}
