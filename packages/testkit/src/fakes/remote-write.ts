/** Reads remote write requests by the format, not by the encoder: one block of snappy around protobuf. */
import { ITEM_ID } from '../data/attributes.ts';
import { snappyBlock } from './loki-push.ts';
import { eachField, Packed, signed } from './protobuf-fields.ts';

/** A label set in the order of the request. */
export type WrittenLabels = readonly (readonly [name: string, value: string])[];

/** One sample; a stale marker ends its series. */
export interface WrittenSample {
  readonly value: number;
  readonly ms: number;
  readonly stale: boolean;
}

/** One native histogram, as far as it can be wrong. */
export interface WrittenHistogram {
  readonly schema: number;
  readonly sum: number;
  readonly count: number;
  /** Observations in all buckets, the zero bucket included. */
  readonly observed: number;
  /** Buckets that the spans announce, and those that are there. */
  readonly announced: number;
  readonly buckets: number;
  readonly ms: number;
  readonly stale: boolean;
}

/** One series of a request. */
export interface WrittenSeries {
  readonly labels: WrittenLabels;
  readonly samples: readonly WrittenSample[];
  readonly histograms: readonly WrittenHistogram[];
  readonly exemplars: readonly { readonly labels: WrittenLabels; readonly ms: number }[];
}

/** What a request holds; metadata as names of metric families by type number. */
export interface WriteRequest {
  readonly series: readonly WrittenSeries[];
  /** Version 1.0 only; 2.0 has the type at each series. */
  readonly families: Readonly<Record<string, number>>;
}

const STALE_BITS = 0x7ff0000000000002n;

/**
 * prometheus.WriteRequest. Throws when the body is no block of snappy, or no protobuf.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import prometheus from '@telemetryflow/exporter-prometheus';
 * import {
 *   metrics,
 *   readWriteRequest,
 *   startBackend,
 *   throughPipeline,
 *   type WriteRequest,
 *   type WrittenHistogram,
 *   type WrittenLabels,
 *   type WrittenSample,
 *   type WrittenSeries,
 * } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend({ status: 204 });
 * const block = { endpoint: backend.url, stale_on_shutdown: false };
 * await throughPipeline(prometheus, block, 'metrics', metrics(1, { variety: 'plain', startMs: Date.now() }));
 * await backend.close();
 * const written: WriteRequest = readWriteRequest(backend.requests[0]?.raw ?? Buffer.alloc(0));
 * const named = (labels: WrittenLabels) =>
 *   labels.some(([name, value]) => name === 'item_id' && value === 'item-0');
 * const series: WrittenSeries | undefined = written.series.find(({ labels }) => named(labels));
 * const [sample]: readonly WrittenSample[] = series?.samples ?? [];
 * const histograms: readonly WrittenHistogram[] = series?.histograms ?? [];
 * assert.deepEqual([sample?.value, histograms], [1, []]);
 * ```
 */
export function readWriteRequest(body: Buffer, maxBytes?: number): WriteRequest {
  const series: WrittenSeries[] = [];
  const families: Record<string, number> = {};
  eachField(decompressed(body, maxBytes), (number, { bytes }) => {
    if (number === 3) {
      let type = 0;
      let name = '';
      eachField(bytes, (field, value) => {
        if (field === 1) type = Number(value.varint);
        if (field === 2) name = value.text;
      });
      families[name] = type;
    }
    if (number !== 1) return;
    series.push(
      readSeries(bytes, {
        labels: (field, value) => (field === 1 ? [pairOf(value.bytes)] : []),
        samples: 2,
        exemplars: 3,
        histograms: 4,
      }),
    );
  });
  return { series, families };
}

/** io.prometheus.write.v2.Request. Throws, too, for a symbol that is not in the table, or a table without `""`. */
export function readWriteRequestV2(body: Buffer, maxBytes?: number): WriteRequest {
  const symbols: string[] = [];
  const series: WrittenSeries[] = [];
  const bytes = decompressed(body, maxBytes);
  eachField(bytes, (number, value) => {
    if (number === 4) symbols.push(value.text);
  });
  if (symbols.length > 0 && symbols[0] !== '') throw new Error('the first symbol is not the empty string');
  const symbol = (ref: number): string => {
    const text = symbols[ref];
    if (text === undefined) throw new Error(`symbol ${ref} of ${symbols.length}`);
    return text;
  };
  eachField(bytes, (number, value) => {
    if (number !== 5) return;
    const labels = (field: number, refs: { readonly bytes: Buffer }): WrittenLabels => {
      if (field !== 1) return [];
      const all = [...new Packed(refs.bytes)].map(Number);
      if (all.length % 2 !== 0) throw new Error('a label without value');
      return all.flatMap((ref, at) => (at % 2 === 0 ? [[symbol(ref), symbol(all[at + 1] ?? 0)] as const] : []));
    };
    series.push(readSeries(value.bytes, { labels, samples: 2, histograms: 3, exemplars: 4 }));
  });
  return { series, families: {} };
}

function decompressed(body: Buffer, maxBytes = Number.POSITIVE_INFINITY): Buffer {
  const bytes = snappyBlock(body);
  if (bytes.length > maxBytes) throw new Error(`decoded size exceeds the ${maxBytes} bytes limit`);
  return bytes;
}

/** The ids of the data points in it: the label that the attribute `item.id` becomes. Stale markers are no points. */
export function writtenItemIds({ series }: WriteRequest): string[] {
  const name = ITEM_ID.replace('.', '_');
  const alive = series.filter(({ samples, histograms }) => [...samples, ...histograms].some(({ stale }) => !stale));
  return [...new Set(alive.flatMap(({ labels }) => labels.filter(([key]) => key === name).map(([, value]) => value)))];
}

interface SeriesFields {
  readonly labels: (field: number, value: { readonly bytes: Buffer }) => WrittenLabels;
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

function readSeries(bytes: Buffer, fields: SeriesFields): WrittenSeries {
  const labels: (readonly [string, string])[] = [];
  const samples: WrittenSample[] = [];
  const histograms: WrittenHistogram[] = [];
  const exemplars: { labels: WrittenLabels; ms: number }[] = [];
  eachField(bytes, (number, value) => {
    labels.push(...fields.labels(number, value));
    if (number === fields.samples) samples.push(readSample(value.bytes));
    if (number === fields.histograms) histograms.push(readHistogram(value.bytes));
    if (number === fields.exemplars) exemplars.push(readExemplar(value.bytes, fields));
  });
  return { labels, samples, histograms, exemplars };
}

function pairOf(bytes: Buffer): readonly [string, string] {
  const pair: [string, string] = ['', ''];
  eachField(bytes, (number, value) => {
    if (number === 1 || number === 2) pair[number - 1] = value.text;
  });
  return pair;
}

function readSample(bytes: Buffer): WrittenSample {
  const sample = { value: 0, ms: 0, stale: false };
  eachField(bytes, (number, value) => {
    if (number === 1) Object.assign(sample, { value: value.double, stale: value.bits === STALE_BITS });
    if (number === 2) sample.ms = Number(value.varint);
  });
  return sample;
}

function readExemplar(bytes: Buffer, { labels }: SeriesFields): { labels: WrittenLabels; ms: number } {
  const exemplar = { labels: [] as (readonly [string, string])[], ms: 0 };
  eachField(bytes, (number, value) => {
    exemplar.labels.push(...labels(number, value));
    if (number === 3) exemplar.ms = Number(value.varint);
  });
  return exemplar;
}

function readHistogram(bytes: Buffer): WrittenHistogram {
  const made = { schema: 0, sum: 0, count: 0, observed: 0, announced: 0, buckets: 0, ms: 0, stale: false };
  const running: Record<number, number> = {};
  eachField(bytes, (number, value) => {
    switch (number) {
      case 1:
        made.count = Number(value.varint);
        return;
      case 3:
        Object.assign(made, { sum: value.double, stale: value.bits === STALE_BITS });
        return;
      case 4:
        made.schema = signed(value.varint);
        return;
      case 6:
        made.observed += Number(value.varint);
        return;
      case 8:
      case 11:
        eachField(value.bytes, (field, length) => {
          if (field === 2) made.announced += Number(length.varint);
        });
        return;
      case 9:
      case 12:
        for (const delta of new Packed(value.bytes)) {
          running[number] = (running[number] ?? 0) + signed(delta);
          made.observed += running[number];
          made.buckets++;
        }
        return;
      case 15:
        made.ms = Number(value.varint);
        return;
    }
  });
  return made;
}
