/** From a batch to what one call of an SDK exporter's `export` takes. */
import { type Batch, type Encoded, type Items, itemsOf } from '@telemetryflow/kernel';
import type { LogRecord, ResourceMetricsRecord, SpanRecord } from '@telemetryflow/otlp';
import { adaptMetrics } from './adapt-metrics.ts';
import { adaptLog, adaptSpan } from './adapt-records.ts';

const STEP_ITEMS = 256;

/** The array of spans or log records, or one `ResourceMetrics`. */
export function* encodeForSdk(batch: Batch): Generator<Encoded<unknown>> {
  if (batch.signal === 'metrics') yield* encodeMetrics(batch as Batch<'metrics'>);
  else if (batch.signal === 'traces') yield* encodeAll((batch as Batch<'traces'>).records(), adaptSpan);
  else yield* encodeAll((batch as Batch<'logs'>).records(), adaptLog);
}

function* encodeAll<R extends SpanRecord | LogRecord>(
  records: readonly R[],
  adapt: (record: R) => unknown,
): Generator<Encoded<unknown>> {
  const body: unknown[] = [];
  for (const record of records) {
    body.push(adapt(record));
    if (body.length % STEP_ITEMS === 0) yield;
  }
  yield { body, items: { from: 0, to: records.length } };
}

function* encodeMetrics(batch: Batch<'metrics'>): Generator<Encoded<unknown>> {
  const summaries: number[] = [];
  const valueless: number[] = [];
  let item = 0;
  for (const record of batch.records() as readonly ResourceMetricsRecord[]) {
    const adapted = adaptMetrics(record, item);
    item = adapted.nextItem;
    summaries.push(...adapted.summaries);
    valueless.push(...adapted.valueless);
    if (adapted.metrics === undefined) yield;
    else yield { body: adapted.metrics, items: itemsOf(adapted.items) };
  }
  yield* unsupported(summaries, 'the SDK has no summaries');
  yield* unsupported(valueless, 'the SDK has no points without a value');
}

function* unsupported(items: readonly number[], detail: string): Generator<Encoded<unknown>> {
  if (items.length > 0) yield { dropped: itemsOf(items) satisfies Items, reason: 'unsupported', detail };
}
