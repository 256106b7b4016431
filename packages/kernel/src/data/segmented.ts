/** The batch: a list of segments seen as one, so that merging is list concatenation and copies nothing. */
import { countRecords, encode, merge, type RecordOf, type ResourceRecord, type Signal } from '@telemetryflow/otlp';
import type { Items } from '../component/outcome.ts';
import type { Batch, OtlpPart } from './batch.ts';
import { isRange, normaliseItems } from './items.ts';
import { type Face, Segment } from './segment.ts';
import { hasOnlyTexts } from './texts.ts';

class SegmentedBatch<S extends Signal> implements Batch<S> {
  readonly signal: S;
  readonly count: number;
  readonly segments: readonly Segment<S>[];
  #bytes = -1;
  #records: readonly RecordOf[S][] | undefined;
  #otlp: Uint8Array | undefined;

  constructor(signal: S, segments: readonly Segment<S>[]) {
    this.signal = signal;
    this.segments = segments;
    let count = 0;
    for (const segment of segments) count += segment.count;
    this.count = count;
  }

  get bytes(): number {
    if (this.#bytes < 0) {
      this.#bytes = 0;
      for (const segment of this.segments) this.#bytes += segment.bytes;
    }
    return this.#bytes;
  }

  get hasOtlp(): boolean {
    return this.#otlp !== undefined || this.segments.every((segment) => segment.has('otlp'));
  }

  get hasRecords(): boolean {
    return this.#records !== undefined || this.segments.every((segment) => segment.has('records'));
  }

  records(): readonly RecordOf[S][] {
    if (this.#records === undefined) {
      const [only] = this.segments;
      if (only !== undefined && this.segments.length === 1) {
        this.#records = only.records();
      } else {
        const all: RecordOf[S][] = [];
        for (const segment of this.segments) for (const record of segment.records()) all.push(record);
        this.#records = all;
      }
    }
    return this.#records;
  }

  otlp(): Uint8Array {
    this.#otlp ??= merge(this.segments.map((segment) => segment.otlp()));
    return this.#otlp;
  }

  otlpParts(): readonly OtlpPart[] {
    if (this.#otlp !== undefined) return [{ bytes: this.#otlp, items: this.count }];
    return this.segments.map((segment) => ({ bytes: segment.otlp(), items: segment.count }));
  }

  select(items: Items): Batch<S> {
    const wanted = normaliseItems(items, this.count);
    const selected: Segment<S>[] = [];
    let offset = 0;
    let position = 0;
    for (const segment of this.segments) {
      const end = offset + segment.count;
      if (isRange(wanted)) {
        const from = Math.max(wanted.from, offset);
        const to = Math.min(wanted.to, end);
        if (from < to) selected.push(segment.select({ from: from - offset, to: to - offset }));
      } else {
        const own: number[] = [];
        for (let item = wanted[position]; item !== undefined && item < end; item = wanted[++position]) {
          own.push(item - offset);
        }
        if (own.length > 0) selected.push(segment.select(normaliseItems(own, segment.count)));
      }
      offset = end;
    }
    return new SegmentedBatch(this.signal, selected);
  }

  mapResources(change: (resource: ResourceRecord) => ResourceRecord): Batch<S> {
    const changed = this.segments.map((segment) => segment.mapResources(change));
    return changed.every((segment, i) => segment === this.segments[i])
      ? this
      : new SegmentedBatch(this.signal, changed);
  }
}

/**
 * A batch of OTel JS objects, as an SDK hands them out. Metrics: one entry per resource. Where a name or another text is
 * no string, the batch has what OTLP carries of it: nothing for null and undefined, else the value as text.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { batchFromRecords, type TraceBatch } from '@telemetryflow/kernel';
 * import { decodeJson } from '@telemetryflow/otlp';
 *
 * const spans = decodeJson(
 *   'traces',
 *   '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"GET /"},{"name":"SQL"}]}]}]}',
 * );
 * const batch: TraceBatch = batchFromRecords('traces', spans);
 * assert.equal(batch.count, 2);
 * assert.equal(batch.hasOtlp, false);
 * ```
 */
export function batchFromRecords<S extends Signal>(signal: S, records: readonly RecordOf[S][]): Batch<S> {
  const count = countRecords(signal, records);
  return new SegmentedBatch(signal, [ofTexts(signal, records, count) ?? Segment.ofRecords(signal, records, count)]);
}

/** The items as OTLP has them, which knows nothing but strings; `undefined` when they are fit as they are. */
function ofTexts<S extends Signal>(signal: S, records: readonly RecordOf[S][], count: number): Segment<S> | undefined {
  try {
    return hasOnlyTexts(signal, records) ? undefined : Segment.ofOtlp(signal, encode(signal, records), count);
  } catch {
    // A record that throws when read must not throw at whoever hands it over.
    return undefined;
  }
}

/**
 * A batch of an OTLP protobuf message that is known to be valid: bytes from outside go through `validate` first.
 * `count` is its number of items where the caller knows it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { batchFromOtlp, type MetricBatch } from '@telemetryflow/kernel';
 * import { protobufFromJson, validate } from '@telemetryflow/otlp';
 *
 * const gauge = '{"name":"temperature","gauge":{"dataPoints":[{"asDouble":21.5},{"asDouble":22}]}}';
 * const json = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${gauge}]}]}]}`;
 * const body = protobufFromJson('metrics', Buffer.from(json));
 * const batch: MetricBatch = batchFromOtlp('metrics', body, validate('metrics', body));
 * assert.equal(batch.count, 2);
 * assert.equal(batch.hasRecords, false);
 * ```
 */
export function batchFromOtlp<S extends Signal>(signal: S, bytes: Uint8Array, count?: number): Batch<S> {
  return new SegmentedBatch(signal, [Segment.ofOtlp(signal, bytes, count)]);
}

/**
 * One batch of all items in order; copies nothing. All batches are of `signal`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { batchFromOtlp, concatBatches, type OtlpPart } from '@telemetryflow/kernel';
 * import { protobufFromJson } from '@telemetryflow/otlp';
 *
 * const logs = (records: string) => Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records}]}]}]}`);
 * const one = batchFromOtlp('logs', protobufFromJson('logs', logs('{}')));
 * const two = batchFromOtlp('logs', protobufFromJson('logs', logs('{},{}')));
 * const all = concatBatches('logs', [one, two]);
 * const parts: readonly OtlpPart[] = all.otlpParts();
 * assert.deepEqual([all.count, parts.map(({ items }) => items)], [3, [1, 2]]);
 * ```
 */
export function concatBatches<S extends Signal>(signal: S, batches: readonly Batch<S>[]): Batch<S> {
  const [only] = batches;
  if (only !== undefined && batches.length === 1) return only;
  const segments: Segment<S>[] = [];
  for (const batch of batches) for (const segment of segmentsOf(batch)) if (segment.count > 0) segments.push(segment);
  return new SegmentedBatch(signal, segments);
}

/** The segments of a batch; a batch of another make becomes one segment. */
export function segmentsOf<S extends Signal>(batch: Batch<S>): readonly Segment<S>[] {
  if (batch instanceof SegmentedBatch) return (batch as SegmentedBatch<S>).segments;
  return [
    batch.hasOtlp
      ? Segment.ofOtlp(batch.signal, batch.otlp(), batch.count)
      : Segment.ofRecords(batch.signal, batch.records(), batch.count),
  ];
}

/** The batch in one face only; yields where the event loop may be given back. Each segment is converted once. */
export function* batchAs<S extends Signal>(batch: Batch<S>, face: Face): Generator<undefined, Batch<S>> {
  const segments = segmentsOf(batch);
  if (segments.every((segment) => segment.own === face)) return batch;
  const converted: Segment<S>[] = [];
  for (const segment of segments) {
    converted.push(yield* segment.as(face));
    yield;
  }
  return new SegmentedBatch(batch.signal, converted);
}

/** False when a queue should bring the batch into `face` by `batchToKeep`, soon. */
export function isKept(batch: Batch, face: Face): boolean {
  return segmentsOf(batch).every((segment) => staysAsItIs(segment, face));
}

/** Records are about twice as heavy as their bytes, never the other way round: bytes stay until they are read. */
function staysAsItIs(segment: Segment, face: Face): boolean {
  return segment.own === face || (face === 'records' && !segment.has(face));
}

/**
 * The batch as a queue should keep it for a reader of `face`: in that face, where it is there already or is bytes.
 * Yields where the event loop may be given back. Each segment of the result is held once more, for the caller to let
 * go of.
 */
export function* batchToKeep<S extends Signal>(batch: Batch<S>, face: Face): Generator<undefined, Batch<S>> {
  const kept: Segment<S>[] = [];
  for (const segment of segmentsOf(batch)) {
    let own = segment;
    try {
      if (!staysAsItIs(segment, face)) own = yield* segment.holdAs(face);
    } catch {
      // Records that cannot be encoded: reported and counted where they are prepared for sending.
    }
    if (own === segment) segment.hold();
    else yield;
    kept.push(own);
  }
  return new SegmentedBatch(batch.signal, kept);
}

/**
 * The batch with its resources changed by `change`, which must depend on `key` only: batches that share segments
 * and are derived by equal keys share the result.
 */
export function* deriveResources<S extends Signal>(
  batch: Batch<S>,
  key: string,
  change: (resource: ResourceRecord) => ResourceRecord,
): Generator<undefined, Batch<S>> {
  const segments: Segment<S>[] = [];
  for (const segment of segmentsOf(batch)) {
    segments.push(segment.deriveResources(key, change));
    yield;
  }
  return new SegmentedBatch(batch.signal, segments);
}
