/**
 * One request under construction: samples of the same labels come together in one series, in order of time and
 * with no time twice. Prometheus keeps the first of two samples of one time and loses an older one after a newer
 * one, both with a success answer, so nobody else guards this.
 */
import type { LabelSet } from './label-set.ts';
import type { Exemplar, Metadata, NativeHistogram, Sample, STALE } from './messages.ts';
import type { BlockCompressor } from './snappy.ts';
import { encodeWriteRequest } from './write-request.ts';
import { encodeWriteRequestV2 } from './write-request-v2.ts';

/** What a sample or histogram head takes on the wire, at most. */
const SAMPLE_BYTES = 32;
const SERIES_BYTES = 8;

/**
 * Returned by the `add` functions when nothing was replaced.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { labelSet, NOTHING, RequestBuilder } from '@telemetryflow/remote-write';
 *
 * const up = labelSet({ __name__: 'up' });
 * const builder = new RequestBuilder();
 * const replaced = [1, 2].map((item) => builder.addSample(up, undefined, 1_767_225_600_000, 1, 0, item));
 * assert.deepEqual(replaced, [NOTHING, 1]); // two samples of one time: the second takes the place of item 1
 * ```
 */
export const NOTHING = -1;

interface Series {
  readonly labels: LabelSet;
  readonly metadata: Metadata | undefined;
  samples: Sample[];
  histograms: NativeHistogram[];
  exemplars: Exemplar[];
}

/** Shared by all series without: most have one sample and nothing else. */
const NONE: never[] = [];

/**
 * Gathers samples, histograms and exemplars, and writes them as one request of either version.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { compressBlock, labelSet, REQUEST_HEADERS, RequestBuilder } from '@telemetryflow/remote-write';
 * import type { Exemplar } from '@telemetryflow/remote-write';
 *
 * const labels = labelSet({ __name__: 'requests_total', job: 'shop' });
 * const exemplar: Exemplar = { labels: ['trace_id', '0af7651916cd43dd'], value: 1, timestampMs: 1_767_225_600_000 };
 * const builder = new RequestBuilder();
 * builder.addSample(labels, undefined, 1_767_225_600_000, 42, 0, 0);
 * builder.addExemplar(labels, exemplar);
 * const request = { method: 'POST', headers: REQUEST_HEADERS[2], body: builder.encode(2, compressBlock) };
 * assert.deepEqual([builder.samples, builder.exemplars], [1, 1]);
 * assert.ok(request.body.length < builder.bytes);
 * ```
 */
export class RequestBuilder {
  readonly #series = new Map<LabelSet, Series>();
  readonly #metadata = new Map<string, Metadata>();
  #samples = 0;
  #histograms = 0;
  #exemplars = 0;
  #bytes = 0;

  /** Float samples. */
  get samples(): number {
    return this.#samples;
  }

  /** Native histogram samples. */
  get histograms(): number {
    return this.#histograms;
  }

  get exemplars(): number {
    return this.#exemplars;
  }

  /** Upper estimate of the size, uncompressed. */
  get bytes(): number {
    return this.#bytes;
  }

  get empty(): boolean {
    return this.#samples === 0 && this.#histograms === 0;
  }

  #of(labels: LabelSet, metadata: Metadata | undefined): Series {
    let series = this.#series.get(labels);
    if (series === undefined) {
      series = { labels, metadata, samples: NONE, histograms: NONE, exemplars: NONE };
      this.#series.set(labels, series);
      this.#bytes += labels.encoded.length + SERIES_BYTES;
    }
    return series;
  }

  /**
   * Add a float sample. A sample of the same labels and time is replaced, and its `item` returned;
   * otherwise {@link NOTHING}.
   */
  addSample(
    labels: LabelSet,
    metadata: Metadata | undefined,
    timestampMs: number,
    value: number | typeof STALE,
    startMs: number,
    item: number,
  ): number {
    const series = this.#of(labels, metadata);
    const sample: Sample = { timestampMs, value, startMs, item };
    let replaced = NOTHING;
    if (series.samples === NONE) series.samples = [sample];
    else replaced = insert<Sample>(series.samples, sample);
    if (replaced === NOTHING) {
      this.#samples++;
      this.#bytes += SAMPLE_BYTES;
    }
    return replaced;
  }

  /** Add a native histogram sample; see {@link addSample}. */
  addHistogram(labels: LabelSet, metadata: Metadata | undefined, histogram: NativeHistogram): number {
    const series = this.#of(labels, metadata);
    let replaced = NOTHING;
    if (series.histograms === NONE) series.histograms = [histogram];
    else replaced = insert(series.histograms, histogram);
    if (replaced === NOTHING) {
      this.#histograms++;
      this.#bytes += histogramBytes(histogram);
    }
    return replaced;
  }

  /** Add an exemplar to a series that has a sample already; without one it is ignored. */
  addExemplar(labels: LabelSet, exemplar: Exemplar): void {
    const series = this.#series.get(labels);
    if (series === undefined) return;
    if (series.exemplars === NONE) series.exemplars = [exemplar];
    else series.exemplars.push(exemplar);
    this.#exemplars++;
    this.#bytes += SAMPLE_BYTES;
    for (const text of exemplar.labels) this.#bytes += text.length * 3 + 4;
  }

  /** Describe a family in a 1.0 request; 2.0 carries the metadata of each series. */
  addMetadata(metadata: Metadata): void {
    if (this.#metadata.has(metadata.family)) return;
    this.#metadata.set(metadata.family, metadata);
    this.#bytes += (metadata.family.length + metadata.help.length + metadata.unit.length) * 3 + 16;
  }

  /** The request, through `finish` (a compressor; default: uncompressed). */
  encode(version: 1 | 2, finish?: BlockCompressor): Uint8Array {
    for (const series of this.#series.values()) {
      if (series.exemplars.length > 1) series.exemplars.sort((a, b) => a.timestampMs - b.timestampMs);
    }
    return version === 2
      ? encodeWriteRequestV2(this.#series.values(), finish)
      : encodeWriteRequest(this.#series.values(), this.#metadata.values(), finish);
  }
}

/** Upper estimate of a native histogram's size. */
export function histogramBytes(histogram: NativeHistogram): number {
  const numbers = histogram.positive.deltas.length + histogram.negative.deltas.length;
  const spans = histogram.positive.spans.length + histogram.negative.spans.length;
  return SAMPLE_BYTES * 2 + numbers * 5 + spans * 8 + (histogram.customValues?.length ?? 0) * 8;
}

/** Keep `list` ascending by time; the last of two with the same time stays. */
function insert<T extends { readonly timestampMs: number; readonly item: number }>(list: T[], next: T): number {
  let low = 0;
  let high = list.length;
  if (high === 0 || (list[high - 1]?.timestampMs ?? 0) < next.timestampMs) {
    list.push(next);
    return NOTHING;
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.timestampMs ?? 0) < next.timestampMs) low = middle + 1;
    else high = middle;
  }
  const there = list[low];
  if (there?.timestampMs === next.timestampMs) {
    list[low] = next;
    return there.item;
  }
  list.splice(low, 0, next);
  return NOTHING;
}
