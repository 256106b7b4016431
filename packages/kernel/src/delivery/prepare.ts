/**
 * From the pieces of a queued request to the batch an exporter encodes: joined, in the face it reads, its resources filled by
 * `tags` and `service_name`, and metrics in the temporality it takes. Once per request, in queue order; the state of
 * the conversion lives here.
 */
import { createTemporalityConverter, type TemporalityConverter } from '@telemetryflow/metrics';
import type { ResourceMetricsRecord, Signal } from '@telemetryflow/otlp';
import type { Batch } from '../data/batch.ts';
import { batchAs, batchFromRecords, concatBatches, deriveResources } from '../data/segmented.ts';
import type { RequestPiece } from './queue.ts';
import type { DeliverySettings } from './settings.ts';
import { type ResourceFill, resourceFill } from './tags.ts';

/** Called with items that will not be part of the prepared batch. */
export type Unprepared = (items: number, detail: string) => void;

/** Data points converted between two looks at the clock. */
const STEP_ITEMS = 512;

export class Preparation {
  readonly #signal: Signal;
  readonly #reads: 'records' | 'otlp';
  readonly #fill: ResourceFill | undefined;
  readonly #converter: TemporalityConverter | undefined;

  /** `startedAtMs`: series of metrics that began since then were seen from their beginning. */
  constructor(signal: Signal, settings: DeliverySettings, startedAtMs: number) {
    const { temporality, summaries, nonMonotonic, reads, tags, serviceName } = settings;
    this.#signal = signal;
    this.#reads = reads;
    this.#fill = resourceFill(tags, serviceName);
    this.#converter =
      signal === 'metrics' && temporality !== 'as_is'
        ? createTemporalityConverter({ target: temporality, summaries, nonMonotonic, startedAtMs })
        : undefined;
  }

  /** Yields where the event loop may be given back. `now` is ms since the epoch. */
  *run(queued: readonly RequestPiece[], now: number, unprepared: Unprepared): Generator<undefined, Batch> {
    const pieces: Batch[] = [];
    for (const { batch, from, to } of queued) {
      pieces.push(from === 0 && to === batch.count ? batch : batch.select({ from, to }));
      yield;
    }
    let batch = concatBatches(this.#signal, pieces);
    batch = yield* batchAs(batch, this.#converter === undefined ? this.#reads : 'records');
    if (this.#fill !== undefined) batch = yield* deriveResources(batch, this.#fill.key, this.#fill.change);
    if (this.#converter === undefined) return batch;
    batch = yield* convert(this.#converter, batch, now, unprepared);
    return yield* batchAs(batch, this.#reads);
  }
}

function* convert(
  converter: TemporalityConverter,
  batch: Batch,
  now: number,
  unprepared: Unprepared,
): Generator<undefined, Batch> {
  const converted: Batch[] = [];
  let changed = false;
  for (let from = 0; from < batch.count; from += STEP_ITEMS) {
    const step = batch.count <= STEP_ITEMS ? batch : batch.select({ from, to: from + STEP_ITEMS });
    const records = step.records() as readonly ResourceMetricsRecord[];
    const result = converter.convert(records, now);
    for (const { items, detail } of result.dropped) unprepared(items.length, detail);
    if (result.records === records) {
      converted.push(step);
    } else {
      changed = true;
      converted.push(batchFromRecords('metrics', result.records));
    }
    yield;
  }
  return changed ? concatBatches(batch.signal, converted) : batch;
}
