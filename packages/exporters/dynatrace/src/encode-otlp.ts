/** Batches to OTLP requests, without the items that Dynatrace would refuse. */
import { encodeOtlpProto, encodeSelection, type HttpBody } from '@telemetryflow/http';
import { type Batch, type EncodeContext, type Encoded, Refusals } from '@telemetryflow/kernel';
import {
  type DataPointRecord,
  DataPointType,
  type HistogramValue,
  hrTimeToMillis,
  type MetricRecord,
  type Signal,
  someField,
  someItem,
} from '@telemetryflow/otlp';
import { ageOf, TOO_NEW, TOO_OLD } from './age.ts';

/** Bytes before compression: 8 MB for traces, 4 MB for metrics, 2 MB for logs, less what framing may add. */
const MAX_BYTES: Readonly<Record<Signal, number>> = { traces: 7_500_000, metrics: 3_900_000, logs: 1_900_000 };
/** Data points of one request; Dynatrace drops the whole request when it has more. */
export const MAX_POINTS = 15_000;
/** Fields that hold the time of an item, in order of preference: the end of a span; time, observed time of a record. */
const TIME_FIELDS: Readonly<Record<'traces' | 'logs', readonly number[]>> = { traces: [8], logs: [1, 11] };
const FIXED64 = 1;
const NO_RECORDED_VALUE = 1;
const YIELD_EVERY = 256;

/** Encode traces or logs, whose times are read from the bytes. */
export function* encodeOtlp(
  batch: Batch<'traces'> | Batch<'logs'>,
  context: EncodeContext,
): Generator<Encoded<HttpBody>> {
  const fields = TIME_FIELDS[batch.signal];
  const sorted = new Sorted(batch.signal, context);
  const request = batch.otlp();
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  let item = 0;
  someItem(request, (start, end) => {
    let ms = 0;
    let preference = fields.length;
    someField(request, start, end, (number, type, from) => {
      const at = type === FIXED64 ? fields.indexOf(number) : -1;
      if (at < 0 || at >= preference) return false;
      const found = (view.getUint32(from + 4, true) * 2 ** 32 + view.getUint32(from, true)) / 1e6;
      if (found === 0) return false;
      ms = found;
      preference = at;
      return false;
    });
    sorted.add(item++, ms);
    return false;
  });
  yield* sorted.encode(batch);
}

/** Encode metrics; what Dynatrace has no place for is dropped. */
export function* encodeOtlpMetrics(batch: Batch<'metrics'>, context: EncodeContext): Generator<Encoded<HttpBody>> {
  const sorted = new Sorted('metrics', context);
  let item = 0;
  for (const { scopeMetrics } of batch.records()) {
    for (const { metrics } of scopeMetrics) {
      for (const metric of metrics) {
        for (const point of metric.dataPoints) {
          if (item % YIELD_EVERY === YIELD_EVERY - 1) yield undefined;
          const refused = refusalOf(metric, point);
          if (refused === undefined) sorted.add(item, hrTimeToMillis(point.endTime));
          else sorted.refusals.add('unsupported', refused, item);
          item++;
        }
      }
    }
  }
  yield* sorted.encode(batch);
}

/** Why Dynatrace would refuse a point. */
function refusalOf(metric: MetricRecord, { value, flags = 0 }: DataPointRecord<unknown>): string | undefined {
  if ((flags & NO_RECORDED_VALUE) !== 0) return undefined;
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
    case DataPointType.SUM:
      return typeof value === 'number' && !Number.isFinite(value)
        ? 'NaN and infinities are no values for Dynatrace'
        : undefined;
    case DataPointType.SUMMARY:
      return 'summaries go by metrics_protocol: mint with summaries: true only';
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return undefined;
    case DataPointType.HISTOGRAM: {
      const { sum, buckets } = value as HistogramValue;
      if (sum === undefined || !Number.isFinite(sum)) return 'histograms without a finite sum';
      const rising = buckets.boundaries.every(
        (bound, i, all) => Number.isFinite(bound) && (i === 0 || bound > (all[i - 1] ?? bound)),
      );
      return rising ? undefined : 'histograms whose bounds do not rise';
    }
  }
}

/** Items by age. */
class Sorted {
  readonly refusals = new Refusals();
  readonly #signal: Signal;
  readonly #context: EncodeContext;
  readonly #groups = { fresh: [] as number[], aged: [] as number[] };
  readonly #oldest = { fresh: Number.POSITIVE_INFINITY, aged: Number.POSITIVE_INFINITY };

  constructor(signal: Signal, context: EncodeContext) {
    this.#signal = signal;
    this.#context = context;
  }

  /** 0: no time is known, the server takes its own. */
  add(item: number, ms: number): void {
    const age = ms === 0 ? 'fresh' : ageOf(this.#signal, ms, this.#context.now);
    if (age === 'too_old') this.refusals.add('too_old', TOO_OLD[this.#signal], item);
    else if (age === 'too_new') this.refusals.add('invalid', TOO_NEW, item);
    else {
      this.#groups[age].push(item);
      if (ms !== 0) this.#oldest[age] = Math.min(this.#oldest[age], ms);
    }
  }

  *encode(batch: Batch): Generator<Encoded<HttpBody>> {
    yield* this.refusals.end();
    for (const age of ['fresh', 'aged'] as const) {
      const items = this.#groups[age];
      if (items.length === 0) continue;
      const oldestMs = this.#oldest[age];
      const part = items.length === batch.count ? batch : batch.select(items);
      const encode = (some: Batch): Generator<Encoded<HttpBody>> => encodeOtlpProto(some, MAX_BYTES[this.#signal]);
      for (const each of encodeSelection(encode, part, items, this.#context)) {
        const dated = each !== undefined && 'body' in each && oldestMs !== Number.POSITIVE_INFINITY;
        yield dated ? { ...each, oldestMs } : each;
      }
    }
  }
}
