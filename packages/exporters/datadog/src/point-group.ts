/**
 * Points of one series in one second. Datadog keeps one value per series and second, the last that arrives: points
 * that meet there are merged before they are sent, or all but one would be lost.
 */
import {
  type ExplicitHistogram,
  exponentialToExplicit,
  type Histogram,
  isExponential,
  mergeExplicit,
} from '@telemetryflow/metrics';
import type { SummaryValue } from '@telemetryflow/otlp';
import type { MetricsSettings } from './config.ts';
import type { Series, SeriesKind, SketchSeries } from './series.ts';
import { mergeSketches, type Sketch, sketchOf } from './sketch.ts';
import { type TagSet, withTag } from './tag-text.ts';

const MAX_NAME = 200;

/** What all points of a group share. */
export interface GroupIdentity {
  readonly name: string;
  readonly unit: string;
  readonly host: string;
  readonly tags: TagSet;
  /** Seconds since the epoch. */
  readonly second: number;
}

/** The value of one point, by what becomes of it. */
export type PointValue =
  | { readonly kind: SeriesKind; readonly value: number }
  | { readonly kind: 'histogram'; readonly value: Histogram }
  | { readonly kind: 'summary'; readonly value: SummaryValue };

/** What a group is sent as: series, a distribution, or both. */
export interface GroupSeries {
  readonly series: readonly Series[];
  readonly sketch?: SketchSeries;
}

export class PointGroup {
  readonly identity: GroupIdentity;
  readonly items: number[] = [];
  /** Another group of equal name and tags. */
  readonly next: PointGroup | undefined;
  #point: PointValue;
  #more: Histogram[] | undefined;
  /** Window of the counts in seconds; 0 where it is unknown or not the same for all. */
  #interval: number;
  #time: readonly [number, number];

  constructor(
    identity: GroupIdentity,
    point: PointValue,
    interval: number,
    time: readonly [number, number],
    next: PointGroup | undefined,
  ) {
    this.identity = identity;
    this.next = next;
    this.#point = point;
    this.#interval = interval;
    this.#time = time;
  }

  /** True for points of this name and of these tags that belong into this group. */
  isOf({ second, host }: GroupIdentity, kind: PointValue['kind']): boolean {
    return this.identity.second === second && this.identity.host === host && this.#point.kind === kind;
  }

  /** Another point of the same kind. */
  merge(point: PointValue, interval: number, time: readonly [number, number]): void {
    if (interval !== this.#interval) this.#interval = 0;
    const later = time[0] > this.#time[0] || (time[0] === this.#time[0] && time[1] >= this.#time[1]);
    const mine = this.#point;
    if (mine.kind === 'count' && point.kind === 'count') {
      this.#point = { kind: 'count', value: mine.value + point.value };
    } else if (point.kind === 'histogram') {
      this.#more ??= [];
      this.#more.push(point.value);
    } else if (mine.kind === 'summary' && point.kind === 'summary') {
      const { quantiles } = later ? point.value : mine.value;
      const count = Number(mine.value.count) + Number(point.value.count);
      this.#point = { kind: 'summary', value: { count, sum: mine.value.sum + point.value.sum, quantiles } };
    } else if (later) {
      this.#point = point;
    }
    if (later) this.#time = time;
  }

  series(settings: Pick<MetricsSettings, 'histograms' | 'send_aggregation_metrics' | 'summaries'>): GroupSeries {
    const point = this.#point;
    switch (point.kind) {
      case 'count':
      case 'gauge':
        return { series: [this.#series('', point.kind, point.value)] };
      case 'summary':
        return { series: this.#summary(point.value, settings.summaries === 'gauges') };
      case 'histogram':
        return this.#histogram(point.value, settings);
    }
  }

  #series(suffix: string, kind: SeriesKind, value: number, tag?: string): Series {
    const { name, unit, host, tags, second } = this.identity;
    return {
      name: suffix === '' ? name : `${name.slice(0, MAX_NAME - suffix.length)}${suffix}`,
      kind,
      second,
      value,
      unit: suffix === '' ? unit : '',
      interval: kind === 'count' ? this.#interval : 0,
      host,
      tags: tag === undefined ? tags : withTag(tags, tag),
    };
  }

  #summary({ count, sum, quantiles }: SummaryValue, withQuantiles: boolean): Series[] {
    const series = [this.#series('.count', 'count', Number(count)), this.#series('.sum', 'count', sum)];
    if (!withQuantiles) return series;
    for (const { quantile, value } of quantiles) {
      // The quantile of a window without measurements is NaN.
      if (!Number.isFinite(value)) continue;
      series.push(this.#series('.quantile', 'gauge', value, `quantile:${boundText(quantile)}`));
    }
    return series;
  }

  #histogram(
    first: Histogram,
    {
      histograms,
      send_aggregation_metrics: aggregations,
    }: Pick<MetricsSettings, 'histograms' | 'send_aggregation_metrics'>,
  ): GroupSeries {
    let merged: Sketch | undefined;
    for (const histogram of [first, ...(this.#more ?? [])]) {
      const sketch = sketchOf(histogram);
      if (sketch !== undefined) merged = merged === undefined ? sketch : mergeSketches(merged, sketch);
    }
    if (merged === undefined) return { series: [] };
    const series: Series[] = [];
    if (histograms !== 'distributions' || aggregations) {
      series.push(this.#series('.count', 'count', merged.count), this.#series('.sum', 'count', merged.sum));
    }
    if (aggregations) {
      series.push(this.#series('.min', 'gauge', merged.min), this.#series('.max', 'gauge', merged.max));
    }
    if (histograms === 'counters') this.#buckets(series, first);
    if (histograms !== 'distributions') return { series };
    const { name, unit: _unit, host, tags, second } = this.identity;
    return { series, sketch: { name, host, tags, second, sketch: merged } };
  }

  #buckets(series: Series[], first: Histogram): void {
    let all = explicit(first);
    for (const more of this.#more ?? []) all = mergeExplicit(all, explicit(more));
    const { boundaries, counts } = all.buckets;
    for (const [i, count] of counts.entries()) {
      const lower = boundText(boundaries[i - 1] ?? Number.NEGATIVE_INFINITY);
      const upper = boundText(boundaries[i] ?? Number.POSITIVE_INFINITY);
      const bucket = this.#series('.bucket', 'count', Number(count), `lower_bound:${lower}`);
      series.push({ ...bucket, tags: withTag(bucket.tags, `upper_bound:${upper}`) });
    }
  }
}

function explicit(histogram: Histogram): ExplicitHistogram {
  return isExponential(histogram) ? exponentialToExplicit(histogram) : histogram;
}

/** A number as Go prints it, which is how Datadog's own exporters name bounds: `0`, `0.25`, `1.0`, `1e+06`, `inf`. */
export function boundText(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return '0';
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
