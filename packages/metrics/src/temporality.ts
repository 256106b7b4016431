/**
 * Temporality conversion of whole batches: cumulative to delta and back, with the state that this needs.
 *
 *   cumulative -> delta       difference to the last point of the series; a new start or a falling count is a reset
 *   delta -> cumulative       running total since the first point seen
 *
 * Series already in the wanted temporality, gauges, and points without a recorded value pass untouched.
 * One converter belongs to one exporter and must see batches in order, each batch once.
 */
import { ARITHMETIC, type Arithmetic, type Refusal } from './arithmetic.ts';
import {
  CUMULATIVE,
  compareTime,
  type DataPointLike,
  DELTA,
  hasNoRecordedValue,
  isUnset,
  type MetricLike,
  POINT_TYPE,
  type ResourceMetricsLike,
  type ScopeMetricsLike,
  type Summary,
  type Time,
} from './points.ts';
import { attributesKey, metricKey, scopeKey } from './series-key.ts';
import { type SeriesState, SeriesStore, type StoreStats } from './series-store.ts';

/** What becomes of summaries, see {@link TemporalityOptions}. */
export type Summaries = 'as_is' | 'delta' | 'delta_or_quantiles';

/** How to convert. */
export interface TemporalityOptions {
  readonly target: 'delta' | 'cumulative';
  /**
   * With target `delta`: what becomes of non-monotonic sums. `cumulative` (default) is OpenTelemetry's own delta
   * preference: levels stay levels, and delta ones are accumulated. `as_is` passes both kinds untouched.
   */
  readonly nonMonotonic?: 'cumulative' | 'as_is';
  /**
   * With target `delta`: `delta` turns count and sum of summaries into differences; with `delta_or_quantiles` a baseline
   * is not dropped but keeps its quantiles, with a count and a sum of 0. Default `as_is`.
   */
  readonly summaries?: Summaries;
  /** Series remembered; the least recently seen leave first. Default 100,000. */
  readonly maxSeries?: number;
  /** Series not seen for this long are forgotten. Default one hour. */
  readonly ttlMs?: number;
  /**
   * When the sender began to look, in ms since the epoch. A cumulative series that started since then and is new
   * here is sent whole; an older one only sets the baseline. Default: the time of the first batch.
   */
  readonly startedAtMs?: number;
  /** Buckets per side that an accumulated exponential histogram may have. Default 160. */
  readonly maxBuckets?: number;
}

/**
 * Points that could not be converted. `items` are their positions in the batch, counted over all data points.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type Conversion, createTemporalityConverter, CUMULATIVE, POINT_TYPE } from '@telemetryflow/metrics';
 * import type { DataPointLike, Refusal, ResourceMetricsLike, Unconverted } from '@telemetryflow/metrics';
 *
 * const point: DataPointLike = { startTime: [1, 0], endTime: [110, 0], attributes: {}, value: 5 };
 * const type = { dataPointType: POINT_TYPE.sum, isMonotonic: true, aggregationTemporality: CUMULATIVE };
 * const metrics = [{ descriptor: { name: 'requests' }, ...type, dataPoints: [point] }];
 * const scopeMetrics = [{ scope: { name: 'http' }, metrics }];
 * const record: ResourceMetricsLike = { resource: { attributes: {} }, scopeMetrics };
 * const converter = createTemporalityConverter({ target: 'delta' });
 * // What the counter counted before we looked belongs to no interval of ours.
 * const { dropped }: Conversion<ResourceMetricsLike> = converter.convert([record], 110_000);
 * const detail: Refusal = 'first_point';
 * const expected: Unconverted[] = [{ items: [0], reason: 'unconverted', detail }];
 * assert.deepEqual(dropped, expected);
 * ```
 */
export interface Unconverted {
  readonly items: readonly number[];
  readonly reason: 'unconverted';
  readonly detail: Refusal;
}

/** A converted batch: the input itself when nothing had to change. */
export interface Conversion<R> {
  readonly records: readonly R[];
  readonly dropped: readonly Unconverted[];
}

/**
 * How the state fares; see {@link StoreStats}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createTemporalityConverter } from '@telemetryflow/metrics';
 * import type { StoreStats, Summaries, TemporalityOptions, TemporalityStats } from '@telemetryflow/metrics';
 *
 * const summaries: Summaries = 'delta_or_quantiles'; // for backends that take quantiles as levels
 * const options: TemporalityOptions = { target: 'delta', summaries, maxSeries: 50_000 };
 * const converter = createTemporalityConverter(options);
 * const stats: TemporalityStats = converter.stats;
 * const isForgetful = ({ series, evicted }: StoreStats): boolean => evicted > series / 100;
 * assert.equal(isForgetful(stats), false);
 * assert.equal(stats.resets, 0);
 * ```
 */
export interface TemporalityStats extends StoreStats {
  /** Restarts seen: the start time changed, or a count fell. */
  readonly resets: number;
}

/** Turns metrics into one temporality; made by `createTemporalityConverter`, and holds the state of all series. */
export interface TemporalityConverter {
  /** Convert one batch, `nowMs` in ms since the epoch. Input is not modified; unchanged parts are shared. */
  convert<R extends ResourceMetricsLike>(records: readonly R[], nowMs: number): Conversion<R>;
  readonly stats: TemporalityStats;
}

const HOUR_MS = 3_600_000;

/**
 * A converter with its own state.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createTemporalityConverter, CUMULATIVE, POINT_TYPE } from '@telemetryflow/metrics';
 * import type { DataPointLike, ResourceMetricsLike, TemporalityConverter } from '@telemetryflow/metrics';
 *
 * const collected = (value: number, seconds: number): ResourceMetricsLike => {
 *   const type = { dataPointType: POINT_TYPE.sum, isMonotonic: true, aggregationTemporality: CUMULATIVE };
 *   const dataPoints: DataPointLike[] = [{ startTime: [100, 0], endTime: [seconds, 0], attributes: {}, value }];
 *   const metrics = [{ descriptor: { name: 'requests' }, ...type, dataPoints }];
 *   return { resource: { attributes: {} }, scopeMetrics: [{ scope: { name: 'http' }, metrics }] };
 * };
 * const converter: TemporalityConverter = createTemporalityConverter({ target: 'delta', startedAtMs: 90_000 });
 * const values = [collected(5, 110), collected(12, 120)].map((record) => {
 *   const { records, dropped } = converter.convert([record], 120_000);
 *   assert.deepEqual(dropped, []);
 *   return records[0]?.scopeMetrics[0]?.metrics[0]?.dataPoints[0]?.value;
 * });
 * assert.deepEqual(values, [5, 7]);
 * ```
 */
export function createTemporalityConverter(options: TemporalityOptions): TemporalityConverter {
  return new Converter(options);
}

type Result = DataPointLike | Refusal;

class Converter implements TemporalityConverter {
  readonly #target: number;
  readonly #nonMonotonic: 'cumulative' | 'as_is';
  readonly #summaries: Summaries;
  readonly #maxBuckets: number | undefined;
  readonly #store: SeriesStore;
  #startedAtMs: number | undefined;
  #resets = 0;
  /** Of the batch at hand. */
  #nowMs = 0;
  #item = 0;
  #dropped = new Map<Refusal, number[]>();

  constructor(options: TemporalityOptions) {
    this.#target = options.target === 'delta' ? DELTA : CUMULATIVE;
    this.#nonMonotonic = options.nonMonotonic ?? 'cumulative';
    this.#summaries = options.summaries ?? 'as_is';
    this.#maxBuckets = options.maxBuckets;
    this.#startedAtMs = options.startedAtMs;
    this.#store = new SeriesStore(options.maxSeries ?? 100_000, options.ttlMs ?? HOUR_MS);
  }

  get stats(): TemporalityStats {
    return { ...this.#store.stats, resets: this.#resets };
  }

  convert<R extends ResourceMetricsLike>(records: readonly R[], nowMs: number): Conversion<R> {
    this.#startedAtMs ??= nowMs;
    this.#nowMs = nowMs;
    this.#item = 0;
    this.#dropped = new Map();
    this.#store.expire(nowMs);
    let changed = false;
    const converted: R[] = [];
    for (const record of records) {
      const result = this.#resource(record);
      if (result !== record) changed = true;
      if (result !== undefined) converted.push(result);
    }
    const dropped: Unconverted[] = [];
    for (const [detail, items] of this.#dropped) dropped.push({ items, reason: 'unconverted', detail });
    return { records: changed ? converted : records, dropped };
  }

  #resource<R extends ResourceMetricsLike>(record: R): R | undefined {
    let resourceKey: string | undefined;
    let changed = false;
    const scopes: ScopeMetricsLike[] = [];
    for (const scopeMetrics of record.scopeMetrics) {
      let prefix: string | undefined;
      let scopeChanged = false;
      const metrics: MetricLike[] = [];
      for (const metric of scopeMetrics.metrics) {
        const wanted = this.#wanted(metric);
        let result: MetricLike | undefined = metric;
        if (wanted === 'keep') {
          this.#item += metric.dataPoints.length;
        } else if (wanted === 'temporality_unspecified') {
          for (let i = 0; i < metric.dataPoints.length; i++) this.#drop(wanted);
          result = undefined;
        } else {
          if (prefix === undefined) {
            resourceKey ??= attributesKey(record.resource.attributes);
            prefix = `${resourceKey.length}:${resourceKey}${scopeKey(scopeMetrics.scope)}`;
          }
          result = this.#metric(metric, wanted, prefix);
        }
        if (result !== metric) scopeChanged = true;
        if (result !== undefined) metrics.push(result);
      }
      if (!scopeChanged) {
        scopes.push(scopeMetrics);
      } else {
        changed = true;
        if (metrics.length > 0) scopes.push({ ...scopeMetrics, metrics });
      }
    }
    if (!changed) return record;
    return scopes.length === 0 ? undefined : { ...record, scopeMetrics: scopes };
  }

  /** What to do with a metric: keep it, refuse it, or the temporality to convert to. */
  #wanted(metric: MetricLike): 'keep' | 'temporality_unspecified' | number {
    const { dataPointType } = metric;
    if (dataPointType === POINT_TYPE.gauge) return 'keep';
    if (dataPointType === POINT_TYPE.summary) {
      return this.#target === DELTA && this.#summaries !== 'as_is' ? DELTA : 'keep';
    }
    const otlp = metric.otlpTemporality;
    if (otlp !== undefined && otlp !== 1 && otlp !== 2) return 'temporality_unspecified';
    let target = this.#target;
    if (target === DELTA && dataPointType === POINT_TYPE.sum && metric.isMonotonic !== true) {
      if (this.#nonMonotonic === 'as_is') return 'keep';
      target = CUMULATIVE;
    }
    return metric.aggregationTemporality === target ? 'keep' : target;
  }

  #metric(metric: MetricLike, target: number, prefix: string): MetricLike | undefined {
    const arithmetic = ARITHMETIC[metric.dataPointType];
    const group = this.#store.group(prefix + metricKey(metric));
    const points: DataPointLike[] = [];
    for (const point of metric.dataPoints) {
      let result: Result;
      if (arithmetic === undefined) {
        result = 'malformed';
      } else if (hasNoRecordedValue(point) || point.value === undefined) {
        this.#store.delete(group, attributesKey(point.attributes));
        result = point;
      } else {
        const integer = (point.valueType ?? metric.descriptor.valueType) === 0;
        const refusal = arithmetic.check(point.value, integer);
        const attributes = attributesKey(point.attributes);
        const time: Time = isUnset(point.endTime) ? timeOf(this.#nowMs) : point.endTime;
        const state = this.#store.get(group, attributes, this.#nowMs);
        if (refusal !== undefined) {
          result = refusal;
        } else if (state !== undefined && compareTime(time, state.time) <= 0) {
          result = compareTime(time, state.time) === 0 ? 'duplicate' : 'out_of_order';
        } else if (state === undefined) {
          this.#store.add(group, attributes, point.startTime, time, point.value, this.#nowMs);
          result =
            target === CUMULATIVE
              ? withValue(point, point.startTime, time, point.value)
              : this.#orQuantiles(this.#first(point, time), metric, point, time);
        } else if (target === CUMULATIVE) {
          result = this.#accumulate(point, time, state, arithmetic, integer);
        } else {
          result = this.#orQuantiles(this.#difference(point, time, state, arithmetic, integer), metric, point, time);
        }
      }
      if (typeof result === 'string') {
        this.#drop(result);
      } else {
        points.push(result);
        this.#item++;
      }
    }
    if (points.length === 0) return undefined;
    const { otlpTemporality: _, ...rest } = metric;
    return { ...rest, aggregationTemporality: target, dataPoints: points };
  }

  #drop(detail: Refusal): void {
    const items = this.#dropped.get(detail);
    if (items === undefined) this.#dropped.set(detail, [this.#item]);
    else items.push(this.#item);
    this.#item++;
  }

  /** The first point of a cumulative series: whole when the series is known to be new, else only a baseline. */
  #first(point: DataPointLike, time: Time): Result {
    const start = point.startTime;
    if (isUnset(start) || compareTime(start, time) >= 0) return 'first_point';
    if (start[0] * 1000 + start[1] / 1e6 < (this.#startedAtMs ?? this.#nowMs)) return 'first_point';
    // A series this old may have been sent and forgotten: sending it whole again would count it twice.
    if (compareTime(start, this.#store.forgottenUntil) <= 0) return 'first_point';
    return withValue(point, start, time, point.value);
  }

  #difference(point: DataPointLike, time: Time, state: SeriesState, arithmetic: Arithmetic, integer: boolean): Result {
    const earlier = state.value;
    const earlierTime = state.time;
    const known = !isUnset(point.startTime) && !isUnset(state.start);
    const restarted = known && compareTime(point.startTime, state.start) !== 0;
    state.time = time;
    state.value = point.value;
    if (!isUnset(point.startTime)) state.start = point.startTime;
    if (restarted) {
      this.#resets++;
      if (compareTime(point.startTime, time) >= 0) return 'unknown_start';
      return withValue(point, point.startTime, time, point.value);
    }
    if (!arithmetic.comparable(point.value, earlier)) return 'bounds_changed';
    const difference = arithmetic.subtract(point.value, earlier, integer);
    if (difference === undefined) {
      this.#resets++;
      return withValue(point, earlierTime, time, point.value);
    }
    return withValue(point, earlierTime, time, difference);
  }

  /** A baseline says nothing of the time before it, but for the quantiles of a summary, which are no counts. */
  #orQuantiles(result: Result, metric: MetricLike, point: DataPointLike, time: Time): Result {
    if (typeof result !== 'string' || metric.dataPointType !== POINT_TYPE.summary) return result;
    const { quantiles } = point.value as Summary;
    if (this.#summaries !== 'delta_or_quantiles' || quantiles.length === 0) return result;
    return withValue(point, time, time, { count: 0, sum: 0, quantiles });
  }

  #accumulate(point: DataPointLike, time: Time, state: SeriesState, arithmetic: Arithmetic, integer: boolean): Result {
    if (arithmetic.comparable(state.value, point.value)) {
      state.value = arithmetic.add(state.value, point.value, integer, this.#maxBuckets);
    } else {
      this.#resets++;
      state.start = point.startTime;
      state.value = point.value;
    }
    state.time = time;
    return withValue(point, state.start, time, state.value);
  }
}

function withValue(point: DataPointLike, startTime: Time, endTime: Time, value: unknown): DataPointLike {
  return { ...point, startTime, endTime, value };
}

function timeOf(ms: number): Time {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
