/** The samples of one data point. */
import {
  type ExplicitHistogram,
  exponentialToExplicit,
  hasNoRecordedValue,
  hasValidBuckets,
  repairCount,
} from '@telemetryflow/metrics';
import type {
  DataPointRecord,
  ExponentialHistogramValue,
  HistogramValue,
  MetricRecord,
  SummaryValue,
} from '@telemetryflow/otlp';
import type { LabelSet } from '../label-set.ts';
import { type NativeHistogram, STALE } from '../messages.ts';
import { toCustomBuckets, toNativeHistogram } from '../native-histogram.ts';
import { NOTHING, type RequestBuilder } from '../request-builder.ts';
import { exemplarOf } from './exemplar-labels.ts';
import type { TranslationStrategy } from './names.ts';
import { type Family, labelSetsOf, type PointSeries, type SeriesMemory } from './series.ts';

/** Why a point has no samples. */
export type PointRefusal =
  | 'no_value'
  | 'malformed_histogram'
  | 'missing_sum'
  | 'scale_too_low'
  | 'exponential_histograms_dropped';

/** What becomes of histograms in the request at hand. */
export interface SampleOptions {
  readonly translation: TranslationStrategy;
  readonly histograms: 'classic' | 'nhcb';
  readonly exponentialHistograms: 'native' | 'classic' | 'drop';
  readonly sendExemplars: boolean;
}

type Write = (builder: RequestBuilder) => void;

/** A point ready to be written. */
export interface PlannedPoint {
  /** Float samples it will become (native: 0). */
  readonly samples: number;
  /** Set when it becomes a native histogram. */
  readonly native: NativeHistogram | undefined;
  /** Any of its label sets, to judge their size. */
  readonly labels: LabelSet;
  readonly write: Write;
}

export interface PointContext {
  readonly memory: SeriesMemory;
  readonly options: SampleOptions;
  readonly family: Family;
  readonly series: PointSeries;
  readonly timestampMs: number;
  readonly item: number;
  /** Told of the item whose sample was replaced by this one. */
  readonly replaced: (item: number) => void;
}

type Point = DataPointRecord<unknown>;

function add(
  context: PointContext,
  builder: RequestBuilder,
  labels: LabelSet,
  value: number | typeof STALE,
  startMs: number,
): void {
  const { family, timestampMs, item } = context;
  const replaced = builder.addSample(labels, family.metadata, timestampMs, value, startMs, item);
  if (replaced !== NOTHING && replaced !== item) context.replaced(replaced);
}

/** Time of a counter's start; 0 = unknown. */
function startOf(point: Point): number {
  const [seconds, nanoseconds] = point.startTime;
  if (seconds === 0 && nanoseconds === 0) return 0;
  // A real start at the epoch must not look like none.
  return seconds * 1000 + Math.floor(nanoseconds / 1e6) || 1;
}

/** Write a number point at once: the common case, without a plan. Returns a refusal when there is no number. */
export function writeNumber(context: PointContext, builder: RequestBuilder, point: Point, counter: boolean): void {
  const labels = context.memory.plain(context.family, context.series);
  const value = hasNoRecordedValue(point) ? STALE : Number(point.value as number | bigint);
  context.series.lastMs = value === STALE ? 0 : context.timestampMs;
  add(context, builder, labels, value, counter && value !== STALE ? startOf(point) : 0);
  if (counter && point.exemplars !== undefined) addExemplars(context, builder, point, () => labels);
}

/** How a histogram or summary point will be written. */
export function planPoint(context: PointContext, metric: MetricRecord, point: Point): PlannedPoint | PointRefusal {
  const { memory, family, series, options } = context;
  const ended = hasNoRecordedValue(point);
  if (!ended && (typeof point.value !== 'object' || point.value === null)) return 'no_value';
  if (metric.dataPointType === 4) return planSummary(context, point, ended);
  if (metric.dataPointType === 0) {
    const value = point.value as HistogramValue;
    if (!ended && !hasValidBuckets(value)) return 'malformed_histogram';
    if (options.histograms === 'nhcb') {
      return planNative(
        context,
        point,
        ended ? undefined : toCustomBuckets(repairCount(value), nativeContext(context, point)),
      );
    }
    return planClassic(context, point, ended, ended ? undefined : repairCount(value));
  }
  if (options.exponentialHistograms === 'drop') return 'exponential_histograms_dropped';
  const value = ended ? undefined : repairCount(point.value as ExponentialHistogramValue);
  if (options.exponentialHistograms === 'native') {
    return planNative(
      context,
      point,
      value === undefined ? undefined : toNativeHistogram(value, nativeContext(context, point)),
    );
  }
  // A fixed scale keeps the boundaries, which are labels, the same from point to point.
  return planClassic(
    context,
    point,
    ended,
    value === undefined ? undefined : exponentialToExplicit(value, { maxScale: 0 }),
  );

  function planNative(
    { timestampMs, item }: PointContext,
    of: Point,
    histogram: ReturnType<typeof toNativeHistogram> | undefined,
  ): PlannedPoint | PointRefusal {
    if (histogram === 'malformed') return 'malformed_histogram';
    if (typeof histogram === 'string') return histogram;
    const labels = memory.plain(family, series);
    const native = histogram ?? { ...NO_HISTOGRAM, timestampMs, item };
    const write: Write = (builder) => {
      series.lastMs = ended ? 0 : timestampMs;
      const replaced = builder.addHistogram(labels, family.metadata, native);
      if (replaced !== NOTHING && replaced !== item) context.replaced(replaced);
      addExemplars(context, builder, of, () => labels);
    };
    return { samples: 0, native, labels, write };
  }
}

const NO_HISTOGRAM = {
  startMs: 0,
  stale: true,
  count: 0,
  sum: 0,
  schema: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  positive: { spans: [], deltas: [] },
  negative: { spans: [], deltas: [] },
} as const;

function nativeContext(context: PointContext, point: Point): { timestampMs: number; startMs: number; item: number } {
  return { timestampMs: context.timestampMs, startMs: startOf(point), item: context.item };
}

function planClassic(
  context: PointContext,
  point: Point,
  ended: boolean,
  histogram: ExplicitHistogram | undefined,
): PlannedPoint | PointRefusal {
  const { memory, family, series } = context;
  const count = memory.count(family, series);
  if (histogram === undefined) return planStale(context, count);
  const { boundaries, counts } = histogram.buckets;
  if (boundaries.some(Number.isNaN)) return 'malformed_histogram';
  const sets = memory.buckets(family, series, boundaries);
  const write: Write = (builder) => {
    series.lastMs = ended ? 0 : context.timestampMs;
    const startMs = startOf(point);
    let total = 0;
    for (let i = 0; i < sets.length - 1; i++) {
      total += Number(counts[i] ?? 0);
      add(context, builder, sets[i] ?? count, total, startMs);
    }
    add(context, builder, sets.at(-1) ?? count, Number(histogram.count), startMs);
    if (histogram.sum !== undefined) add(context, builder, memory.sum(family, series), histogram.sum, startMs);
    add(context, builder, count, Number(histogram.count), startMs);
    addExemplars(context, builder, point, (value) => {
      const at = boundaries.findIndex((bound) => value <= bound);
      return (at === -1 ? sets.at(-1) : sets[at]) ?? count;
    });
  };
  return { samples: sets.length + 2, native: undefined, labels: count, write };
}

function planSummary(context: PointContext, point: Point, ended: boolean): PlannedPoint {
  const { memory, family, series } = context;
  const count = memory.count(family, series);
  if (ended) return planStale(context, count);
  const value = point.value as SummaryValue;
  const write: Write = (builder) => {
    series.lastMs = context.timestampMs;
    for (const { quantile, value: at } of value.quantiles) {
      add(context, builder, memory.quantile(family, series, quantile), at, 0);
    }
    const startMs = startOf(point);
    add(context, builder, memory.sum(family, series), value.sum, startMs);
    add(context, builder, count, Number(value.count), startMs);
  };
  return { samples: value.quantiles.length + 2, native: undefined, labels: count, write };
}

/** Stale markers on every series the point ever had. */
function planStale(context: PointContext, labels: LabelSet): PlannedPoint {
  const { memory, family, series } = context;
  memory.sum(family, series);
  const sets = labelSetsOf(series);
  const write: Write = (builder) => {
    series.lastMs = 0;
    for (const set of sets) add(context, builder, set, STALE, 0);
  };
  return { samples: sets.length, native: undefined, labels, write };
}

function addExemplars(
  { options, timestampMs }: PointContext,
  builder: RequestBuilder,
  point: Point,
  seriesOf: (value: number) => LabelSet,
): void {
  if (!options.sendExemplars || point.exemplars === undefined) return;
  for (const record of point.exemplars) {
    const exemplar = exemplarOf(record, timestampMs, options.translation);
    if (exemplar !== undefined) builder.addExemplar(seriesOf(exemplar.value), exemplar);
  }
}
