/** `jaeger_proto`: one api_v2 Span per record, with its process, as Jaeger's ingester reads them. */
import type { Batch } from '@telemetryflow/kernel';
import {
  encodeJaegerProcess,
  encodeJaegerSpan,
  jaegerSpan,
  jaegerTraceKey,
  type ResourceRecord,
} from '@telemetryflow/otlp';
import { identify } from './group.ts';
import { type Encodings, PAUSE_EVERY, tooLarge, type ValueLimits } from './value.ts';

export function* encodeJaegerProto(batch: Batch<'traces'>, limits: ValueLimits): Encodings {
  const processes = new Map<ResourceRecord, Buffer>();
  for (const [item, record] of batch.records().entries()) {
    if (item > 0 && item % PAUSE_EVERY === 0) yield undefined;
    const span = jaegerSpan(record);
    if (span === undefined) {
      yield { refused: item, reason: 'invalid', detail: `invalid_id: ${identify(batch, item)}` };
      continue;
    }
    let process = processes.get(record.resource);
    if (process === undefined) {
      process = encodeJaegerProcess(record.resource);
      processes.set(record.resource, process);
    }
    const key = jaegerTraceKey(span.traceId);
    const value = encodeJaegerSpan(span, process);
    const most = limits.most(key);
    if (value.length > most) yield tooLarge(item, value.length, most, identify(batch, item));
    else yield { key, value, items: { from: item, to: item + 1 } };
  }
}
