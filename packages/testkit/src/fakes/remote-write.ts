/** Reads remote write 1.0 requests by the format, not by the encoder: one block of snappy around protobuf. */
import { someField } from '@telemetryflow/otlp';
import { ITEM_ID } from '../data/attributes.ts';
import { snappyBlock } from './loki-push.ts';

/** One series of a request. */
export interface WrittenSeries {
  /** In the order of the request. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly samples: readonly { readonly value: number; readonly ms: number }[];
}

/** What a request holds; metadata as names of metric families by type number. */
export interface WriteRequest {
  readonly series: readonly WrittenSeries[];
  readonly families: Readonly<Record<string, number>>;
}

/** Field numbers of prometheus.WriteRequest and its messages. */
const REQUEST = { series: 1, metadata: 3 } as const;
const SERIES = { labels: 1, samples: 2 } as const;

/** Throws when the body is no block of snappy. */
export function readWriteRequest(body: Buffer): WriteRequest {
  const bytes = snappyBlock(body);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (start: number, end: number): string => bytes.toString('utf8', start, end);
  const series: WrittenSeries[] = [];
  const families: Record<string, number> = {};
  const pair = (start: number, end: number): readonly [string, string] => {
    const parts = ['', ''] as [string, string];
    each(bytes, start, end, (number, from, to) => {
      if (number === 1 || number === 2) parts[number - 1] = text(from, to);
    });
    return parts;
  };
  each(bytes, 0, bytes.length, (number, start, end) => {
    if (number === REQUEST.metadata) {
      let type = 0;
      let name = '';
      each(bytes, start, end, (field, from, to) => {
        if (field === 1) type = bytes[from] ?? 0;
        if (field === 2) name = text(from, to);
      });
      families[name] = type;
    }
    if (number !== REQUEST.series) return;
    const labels: (readonly [string, string])[] = [];
    const samples: { value: number; ms: number }[] = [];
    each(bytes, start, end, (field, from, to) => {
      if (field === SERIES.labels) labels.push(pair(from, to));
      if (field !== SERIES.samples) return;
      const sample = { value: 0, ms: 0 };
      each(bytes, from, to, (part, at, until) => {
        if (part === 1) sample.value = view.getFloat64(at, true);
        if (part === 2) sample.ms = varint(bytes.subarray(at, until));
      });
      samples.push(sample);
    });
    series.push({ labels, samples });
  });
  return { series, families };
}

/** The ids of the data points in it: the label that the attribute `item.id` becomes. */
export function writtenItemIds({ series }: WriteRequest): string[] {
  const name = ITEM_ID.replace('.', '_');
  return [...new Set(series.flatMap(({ labels }) => labels.filter(([key]) => key === name).map(([, value]) => value)))];
}

function each(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (number: number, start: number, end: number) => void,
): void {
  someField(bytes, start, end, (number, _type, from, to) => {
    visit(number, from, to);
    return false;
  });
}

function varint(bytes: Uint8Array): number {
  let value = 0;
  for (const [at, byte] of bytes.entries()) value += (byte & 0x7f) * 128 ** at;
  return value;
}
