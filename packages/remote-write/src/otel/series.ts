/**
 * From OpenTelemetry identities to label sets, remembered between batches: building and encoding labels costs far
 * more than writing a sample. Equal labels are always the same object, so requests can join their samples.
 */
import { attributesKey, decimalText, POINT_TYPE, sameBoundaries } from '@telemetryflow/metrics';
import type { AttributeMap, MetricRecord, ResourceRecord, ScopeRecord } from '@telemetryflow/otlp';
import { type LabelSet, labelSet } from '../label-set.ts';
import { METRIC_TYPE, type Metadata } from '../messages.ts';
import {
  type LabelOptions,
  type Labels,
  pointLabels,
  type ResourceLabels,
  resourceLabels,
  scopeLabels,
} from './labels.ts';
import { metricName, type NameKind } from './names.ts';
import { attributesText } from './texts.ts';
import { unitText } from './units.ts';

/** Points whose series is remembered by position, at most. */
const MAX_MEMO = 4096;

/** What is known of a resource. */
export interface ResourceSeries extends ResourceLabels {
  readonly key: string;
  /** Same for all series that may share labels. */
  readonly shard: number;
  /** Time of the last `target_info` sample. */
  infoSentMs: number;
  /** Protocol version of that sample. */
  infoVersion: 1 | 2;
}

/** What is known of a metric of one scope and resource. */
export interface Family {
  readonly name: string;
  readonly metadata: Metadata;
  readonly resource: ResourceSeries;
  readonly scope: Labels;
  readonly series: Map<string, PointSeries>;
  /** By position in the last batch: producers keep their order, so this finds most series without a key. */
  readonly memo: { attributes: AttributeMap; series: PointSeries }[];
}

/** The label sets of one point's series, made when first needed. */
export interface PointSeries {
  /** All labels but name, `le` and `quantile`. */
  readonly labels: Labels;
  plain?: LabelSet;
  count?: LabelSet;
  sum?: LabelSet;
  buckets?: { readonly boundaries: readonly number[]; readonly sets: readonly LabelSet[] };
  quantiles?: Map<number, LabelSet>;
  /** Time of the newest sample; 0 after a stale marker. */
  lastMs: number;
}

export class SeriesMemory {
  readonly #options: LabelOptions & { readonly namespace: string };
  readonly #shards: number;
  readonly #maxSeries: number;
  readonly #interned = new Map<string, LabelSet>();
  readonly #resources = new Map<string, ResourceSeries>();
  readonly #families = new Map<string, Family | undefined>();

  constructor(options: LabelOptions & { readonly namespace: string }, shards: number, maxSeries: number) {
    this.#options = options;
    this.#shards = shards;
    this.#maxSeries = maxSeries;
  }

  /** Between batches: forget everything when there is too much of it. */
  trim(): void {
    if (this.#interned.size <= this.#maxSeries && this.#families.size <= this.#maxSeries) return;
    this.#interned.clear();
    this.#resources.clear();
    this.#families.clear();
  }

  /** The one object for these labels. */
  intern(labels: Labels): LabelSet {
    const set = labelSet(labels);
    let key = '';
    for (const text of set.labels) key += `${text.length}:${text}`;
    const known = this.#interned.get(key);
    if (known !== undefined) return known;
    this.#interned.set(key, set);
    return set;
  }

  resource(resource: ResourceRecord): ResourceSeries {
    const key = attributesKey(resource.attributes);
    const known = this.#resources.get(key);
    if (known !== undefined) return known;
    const labels = resourceLabels(resource, this.#options);
    const { targetInfo } = labels;
    const created: ResourceSeries = {
      ...labels,
      targetInfo: targetInfo === undefined ? undefined : this.intern(mapOf(targetInfo)),
      key: `${this.#resources.size}`,
      shard: hash(`${labels.job}\n${labels.instance}`) % this.#shards,
      infoSentMs: 0,
      infoVersion: 1,
    };
    this.#resources.set(key, created);
    return created;
  }

  /** A key for the scope that `family` takes; made once per scope of a batch. */
  scope(scope: ScopeRecord): { readonly key: string; readonly labels: Labels } {
    const labels = scopeLabels(scope, this.#options);
    let key = '';
    for (const [name, value] of labels) key += `${name.length}:${name}${value.length}:${value}`;
    return { key, labels };
  }

  /** The metric's family, or `undefined` when nothing is left of its name. */
  family(
    resource: ResourceSeries,
    scope: { readonly key: string; readonly labels: Labels },
    metric: MetricRecord,
  ): Family | undefined {
    const { name, unit, description } = metric.descriptor;
    const monotonic = metric.dataPointType === POINT_TYPE.sum && metric.isMonotonic;
    const kind = `${metric.dataPointType}${monotonic ? 'm' : '-'}`;
    const key = `${resource.key}/${scope.key.length}:${scope.key}${kind}${name.length}:${name}${unit.length}:${unit}${description}`;
    const known = this.#families.get(key);
    if (known !== undefined || this.#families.has(key)) return known;
    const { type, naming } = kindOf(metric);
    const promName = metricName(name, unit, naming, this.#options.translation, this.#options.namespace);
    const family =
      promName === undefined
        ? undefined
        : {
            name: promName,
            metadata: { family: promName, type, help: description, unit: unitText(unit) },
            resource,
            scope: scope.labels,
            series: new Map<string, PointSeries>(),
            memo: [],
          };
    this.#families.set(key, family);
    return family;
  }

  /** The series of the point at `position` of its metric. */
  series(family: Family, attributes: AttributeMap, position: number): PointSeries {
    const memo = family.memo[position];
    if (memo !== undefined && memo.attributes === attributes) return memo.series;
    const key = attributesText(attributes);
    let series = family.series.get(key);
    if (series === undefined) {
      series = { labels: pointLabels(family.resource, family.scope, attributes, this.#options), lastMs: 0 };
      family.series.set(key, series);
    }
    if (memo !== undefined) {
      memo.attributes = attributes;
      memo.series = series;
    } else if (position < MAX_MEMO) family.memo[position] = { attributes, series };
    return series;
  }

  plain(family: Family, series: PointSeries): LabelSet {
    series.plain ??= this.#named(series, family.name);
    return series.plain;
  }

  count(family: Family, series: PointSeries): LabelSet {
    series.count ??= this.#named(series, `${family.name}_count`);
    return series.count;
  }

  sum(family: Family, series: PointSeries): LabelSet {
    series.sum ??= this.#named(series, `${family.name}_sum`);
    return series.sum;
  }

  /** One `_bucket` per finite boundary, and `+Inf` last. */
  buckets(family: Family, series: PointSeries, boundaries: readonly number[]): readonly LabelSet[] {
    if (series.buckets === undefined || !sameBoundaries(series.buckets.boundaries, boundaries)) {
      const finite = boundaries.filter((bound) => bound !== Number.POSITIVE_INFINITY);
      const sets = [...finite, Number.POSITIVE_INFINITY].map((bound) =>
        this.#named(series, `${family.name}_bucket`, 'le', decimalText(bound)),
      );
      series.buckets = { boundaries, sets };
    }
    return series.buckets.sets;
  }

  quantile(family: Family, series: PointSeries, quantile: number): LabelSet {
    series.quantiles ??= new Map();
    let set = series.quantiles.get(quantile);
    if (set === undefined) {
      set = this.#named(series, family.name, 'quantile', decimalText(quantile));
      series.quantiles.set(quantile, set);
    }
    return set;
  }

  #named(series: PointSeries, name: string, label?: string, value?: string): LabelSet {
    const labels = new Map(series.labels);
    labels.set('__name__', name);
    if (label !== undefined && value !== undefined) labels.set(label, value);
    return this.intern(labels);
  }

  /** Every series with a sample newer than `sinceMs`, for stale markers. */
  *live(sinceMs: number): Generator<{ readonly labels: LabelSet; readonly shard: number; readonly lastMs: number }> {
    for (const family of this.#families.values()) {
      if (family === undefined) continue;
      const { shard } = family.resource;
      for (const series of family.series.values()) {
        const { lastMs } = series;
        if (lastMs <= sinceMs) continue;
        for (const labels of labelSetsOf(series)) yield { labels, shard, lastMs };
      }
    }
    for (const { targetInfo, infoSentMs, shard } of this.#resources.values()) {
      if (targetInfo !== undefined && infoSentMs > sinceMs) yield { labels: targetInfo, shard, lastMs: infoSentMs };
    }
  }
}

/** The label sets a point's series have so far. */
export function labelSetsOf(series: PointSeries): LabelSet[] {
  const sets: LabelSet[] = [...(series.buckets?.sets ?? []), ...(series.quantiles?.values() ?? [])];
  for (const set of [series.plain, series.count, series.sum]) if (set !== undefined) sets.push(set);
  return sets;
}

function kindOf(metric: MetricRecord): { type: number; naming: NameKind } {
  switch (metric.dataPointType) {
    case POINT_TYPE.gauge:
      return { type: METRIC_TYPE.gauge, naming: 'gauge' };
    case POINT_TYPE.sum:
      return metric.isMonotonic
        ? { type: METRIC_TYPE.counter, naming: 'counter' }
        : { type: METRIC_TYPE.gauge, naming: 'other' };
    case POINT_TYPE.summary:
      return { type: METRIC_TYPE.summary, naming: 'other' };
    default:
      return { type: METRIC_TYPE.histogram, naming: 'other' };
  }
}

function mapOf(set: LabelSet): Labels {
  const labels: Labels = new Map();
  for (let i = 0; i + 1 < set.labels.length; i += 2) labels.set(set.labels[i] ?? '', set.labels[i + 1] ?? '');
  return labels;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
