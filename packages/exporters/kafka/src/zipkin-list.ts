/** Lists of Zipkin spans, one record value each, of at most so many bytes. */
import type { Batch } from '@telemetryflow/kernel';
import type { SpanRecord } from '@telemetryflow/otlp';
import { groupRecordsByKey, identify } from './group.ts';
import type { KeyRule } from './partition-key.ts';
import { type EncodedValue, type Encodings, PAUSE_EVERY, tooLarge, type ValueLimits } from './value.ts';

/** How spans are written and put together. */
export interface ListFormat {
  /** `undefined` for a span whose ids Zipkin refuses. */
  span(record: SpanRecord): Buffer | undefined;
  list(spans: readonly Buffer[]): Buffer;
  /** Bytes of a list besides its spans. */
  readonly overhead: number;
  /** Bytes that each span adds to its own. */
  readonly perSpan: number;
}

export function* encodeZipkinLists(
  batch: Batch<'traces'>,
  rule: KeyRule,
  host: string,
  limits: ValueLimits,
  format: ListFormat,
): Encodings {
  let turn = 0;
  for (const [key, { records, items }] of groupRecordsByKey(batch, rule, host)) {
    const fit = limits.fit(key);
    const most = limits.most(key);
    let open: Buffer[] = [];
    let carried: number[] = [];
    let bytes = format.overhead;
    const close = (): EncodedValue => ({ key, value: format.list(open), items: carried });
    for (const [index, record] of records.entries()) {
      if (++turn % PAUSE_EVERY === 0) yield undefined;
      const item = items[index] ?? 0;
      const span = format.span(record);
      if (span === undefined) {
        yield { refused: item, reason: 'invalid', detail: `invalid_id: ${identify(batch, item)}` };
        continue;
      }
      const size = span.length + format.perSpan;
      if (format.overhead + size > most) {
        yield tooLarge(item, format.overhead + size, most, identify(batch, item));
        continue;
      }
      if (open.length > 0 && bytes + size > fit) {
        yield close();
        open = [];
        carried = [];
        bytes = format.overhead;
      }
      open.push(span);
      carried.push(item);
      bytes += size;
    }
    if (open.length > 0) yield close();
  }
}
