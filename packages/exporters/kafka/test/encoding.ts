/** Encodes batches for a topic, as the exporter does. */
import { batchFromRecords, type Encoded, type Items, type Payload } from '@telemetryflow/kernel';
import type { RecordOf, Signal } from '@telemetryflow/otlp';
import { type Chunk, type EncodeOptions, encodeBatch, recordHeaders } from '../src/encode.ts';
import type { Layout } from '../src/layout.ts';
import { keyRule } from '../src/partition-key.ts';

export const LAYOUT: Layout = { partitions: 12, packBytes: 1_000_000, compression: 'none' };

export interface Settings extends Partial<Omit<EncodeOptions, 'rule'>> {
  readonly partitionKey?: string;
  readonly layout?: Partial<Layout>;
}

export function encoded<S extends Signal>(
  signal: S,
  records: readonly RecordOf[S][],
  settings: Settings = {},
): { readonly payloads: Payload<Chunk>[]; readonly dropped: { readonly items: Items; readonly detail: string }[] } {
  const { partitionKey = 'none', layout, ...own } = settings;
  const rule = keyRule(partitionKey);
  if (rule === undefined) throw new Error(`no key ${partitionKey}`);
  const encoding = own.encoding ?? 'otlp_proto';
  const options: EncodeOptions = {
    topic: 'topic',
    encoding,
    rule,
    partitioner: 'murmur2',
    headers: recordHeaders(encoding, signal, {}),
    maxMessageBytes: 1_000_000,
    host: 'this-host',
    ...own,
  };
  const context = { now: 1_700_000_000_000, id: 'batch-1', mode: undefined };
  const payloads: Payload<Chunk>[] = [];
  const dropped: { items: Items; detail: string }[] = [];
  const all = encodeBatch(batchFromRecords(signal, records), context, options, { ...LAYOUT, ...layout });
  for (const each of all as Iterable<Encoded<Chunk>>) {
    if (each === undefined) continue;
    if ('dropped' in each) dropped.push({ items: each.dropped, detail: `${each.reason}: ${each.detail}` });
    else payloads.push(each);
  }
  return { payloads, dropped };
}

/** The records of all payloads, with their partitions. */
export function recordsOf(
  payloads: readonly Payload<Chunk>[],
): { key: string | null; value: Buffer; partition: number }[] {
  return payloads.flatMap(({ body }) =>
    body.records.map(({ key, value }) => ({
      key: key === null ? null : key.toString(),
      value,
      partition: body.partition,
    })),
  );
}

/** Numbers of the items, in ascending order. */
export function numbers(parts: readonly Items[]): number[] {
  return parts
    .flatMap((part) => ('from' in part ? Array.from({ length: part.to - part.from }, (_, i) => part.from + i) : part))
    .sort((a, b) => a - b);
}
