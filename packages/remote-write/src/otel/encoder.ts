/**
 * Metrics to remote write requests:
 *
 *   data point -> series (labels) -> samples -> one request per shard, split by samples and bytes
 *
 * All series that could have equal labels are in one shard, so sending one request per shard at a time keeps every
 * series in order. All samples of a data point are in one request.
 */
import { DELTA, hasNoRecordedValue, POINT_TYPE } from '@telemetryflow/metrics';
import type { DataPointRecord, MetricRecord, ResourceMetricsRecord } from '@telemetryflow/otlp';
import { METRIC_TYPE, type Metadata, STALE } from '../messages.ts';
import { histogramBytes, NOTHING, RequestBuilder } from '../request-builder.ts';
import type { BlockCompressor } from '../snappy.ts';
import type { LabelOptions } from './labels.ts';
import { type PointContext, planPoint, type SampleOptions, writeNumber } from './point-samples.ts';
import type { MetricsRefusal } from './refusal-reasons.ts';
import { type Family, type ResourceSeries, SeriesMemory } from './series.ts';

/** How metrics become series, and how series become requests. */
export interface MetricsEncoderOptions extends LabelOptions, SampleOptions {
  /** Prefix of every name. */
  readonly namespace: string;
  /** Describe metric families. */
  readonly sendMetadata: boolean;
  /** Float and histogram samples of one request; a data point with more goes alone. */
  readonly maxSamples: number;
  /** Bytes of one request, uncompressed. */
  readonly maxBytes: number;
  /** Requests that may be under way at the same time. Default 4. */
  readonly shards?: number;
  /** Label sets remembered between batches. Default 20,000. */
  readonly maxSeries?: number;
}

/** What may change from batch to batch. */
export interface MetricsEncodeContext {
  readonly nowMs: number;
  readonly version: 1 | 2;
  /** Overrides the configured form, for receivers without native histograms. */
  readonly classicOnly: boolean;
  /** Applied to every request; default: uncompressed. */
  readonly compress?: BlockCompressor | undefined;
}

/** One request, and the data points of the batch it carries. */
export interface MetricsRequest {
  readonly bytes: Uint8Array;
  readonly version: 1 | 2;
  readonly items: readonly number[];
  /** Requests of one key must be sent one after the other. */
  readonly key: string;
  /** True when it holds native histograms, and then nothing else. */
  readonly native: boolean;
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
  readonly oldestMs: number;
}

/** Data points that are in no request, by their number in the batch, and why. */
export interface MetricsDrop {
  readonly dropped: readonly number[];
  readonly refusal: MetricsRefusal;
}

/** Points further in the future than this would make old receivers refuse everything after them. */
const MAX_FUTURE_MS = 600_000;
/** Half of PromQL's lookback: `target_info` must not have larger gaps. */
const INFO_INTERVAL_MS = 150_000;
const LOOKBACK_MS = 300_000;
const METADATA_INTERVAL_MS = 60_000;
const MAX_FAMILIES = 10_000;
/** Between two chances for the event loop. */
const SLICE = 256;
/** Sample and series heads, metadata aside. */
const BYTES_PER_SAMPLE = 64;

const TARGET_INFO: Metadata = { family: 'target_info', type: METRIC_TYPE.gauge, help: 'Target metadata', unit: '' };

interface Building {
  readonly builder: RequestBuilder;
  readonly key: string;
  readonly native: boolean;
  readonly items: number[];
  /** Of these, the ones whose samples were replaced. */
  readonly replaced: Set<number>;
  /** First and last sample of each resource. */
  readonly spans: Map<ResourceSeries, { from: number; to: number }>;
  oldestMs: number;
}

/**
 * Turns batches of metrics with cumulative temporality into requests. One per destination: it remembers series, so that
 * each keeps its place and `stale` can end them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { compressBlock, MetricsEncoder } from '@telemetryflow/remote-write';
 * import type { MetricsEncodeContext, MetricsEncoderOptions, MetricsRequest } from '@telemetryflow/remote-write';
 * import { recordsOf } from '@telemetryflow/testkit';
 *
 * const options: MetricsEncoderOptions = {
 *   translation: 'UnderscoreEscapingWithSuffixes',
 *   namespace: '',
 *   externalLabels: {},
 *   resourceToLabels: [],
 *   targetInfo: false,
 *   scopeLabels: false,
 *   jobName: 'shop',
 *   maxLabelValueLength: 0,
 *   histograms: 'classic',
 *   exponentialHistograms: 'native',
 *   sendExemplars: true,
 *   sendMetadata: true,
 *   maxSamples: 2000,
 *   maxBytes: 3_000_000,
 * };
 * const encoder = new MetricsEncoder(options);
 * const context: MetricsEncodeContext = { nowMs: Date.now(), version: 1, classicOnly: false, compress: compressBlock };
 * const requests: MetricsRequest[] = [];
 * for (const next of encoder.encode(recordsOf('metrics', 20), context)) {
 *   if (next !== undefined && 'bytes' in next) requests.push(next);
 * }
 * const sent = new Set(requests.flatMap(({ items }) => items));
 * assert.equal(sent.size, 20);
 * ```
 */
export class MetricsEncoder {
  readonly #options: MetricsEncoderOptions;
  readonly #memory: SeriesMemory;
  /** When each family was last described. */
  readonly #described = new Map<string, number>();

  constructor(options: MetricsEncoderOptions) {
    this.#options = options;
    this.#memory = new SeriesMemory(options, options.shards ?? 4, options.maxSeries ?? 20_000);
  }

  /** Every data point is in exactly one request or drop; `undefined` every 256 points. */
  *encode(
    records: readonly ResourceMetricsRecord[],
    context: MetricsEncodeContext,
  ): Generator<MetricsRequest | MetricsDrop | undefined> {
    this.#memory.trim();
    if (this.#described.size > MAX_FAMILIES) this.#described.clear();
    const run = new EncodeRun(this.#options, this.#memory, this.#described, context);
    yield* run.encode(records);
  }

  /** Stale markers for every series that a query would still show, so that they end at once. */
  *stale(context: MetricsEncodeContext): Generator<MetricsRequest> {
    const builders = new Map<number, RequestBuilder>();
    const finish = (shard: number, builder: RequestBuilder): MetricsRequest => ({
      bytes: builder.encode(context.version, context.compress),
      version: context.version,
      items: [],
      key: `${shard}`,
      native: false,
      samples: builder.samples,
      histograms: 0,
      exemplars: 0,
      oldestMs: context.nowMs,
    });
    for (const { labels, shard, lastMs } of this.#memory.live(context.nowMs - LOOKBACK_MS)) {
      let builder = builders.get(shard);
      if (
        builder === undefined ||
        builder.samples >= this.#options.maxSamples ||
        builder.bytes > this.#options.maxBytes
      ) {
        if (builder !== undefined) yield finish(shard, builder);
        builder = new RequestBuilder();
        builders.set(shard, builder);
      }
      builder.addSample(labels, undefined, Math.max(context.nowMs, lastMs + 1), STALE, 0, -1);
    }
    for (const [shard, builder] of builders) yield finish(shard, builder);
  }
}

/** The encoding of one batch. */
class EncodeRun {
  readonly #options: MetricsEncoderOptions;
  readonly #memory: SeriesMemory;
  readonly #described: Map<string, number>;
  readonly #context: MetricsEncodeContext;
  readonly #samples: SampleOptions;
  readonly #building = new Map<string, Building>();
  readonly #dropped = new Map<MetricsRefusal, number[]>();
  /** One object for all points: it is read at once and never kept. */
  readonly #current: { -readonly [K in keyof PointContext]: PointContext[K] | undefined };
  /** The request the current point goes into. */
  #into: Building | undefined;
  #item = 0;

  constructor(
    options: MetricsEncoderOptions,
    memory: SeriesMemory,
    described: Map<string, number>,
    context: MetricsEncodeContext,
  ) {
    this.#options = options;
    this.#memory = memory;
    this.#described = described;
    this.#context = context;
    const exponential = options.exponentialHistograms;
    this.#samples = {
      translation: options.translation,
      sendExemplars: options.sendExemplars,
      histograms: context.version === 2 && !context.classicOnly ? options.histograms : 'classic',
      exponentialHistograms: context.classicOnly && exponential === 'native' ? 'classic' : exponential,
    };
    this.#current = {
      memory,
      options: this.#samples,
      family: undefined,
      series: undefined,
      timestampMs: 0,
      item: 0,
      replaced: (item) => {
        const { replaced } = this.#into ?? {};
        if (item === NOTHING || replaced === undefined || replaced.has(item)) return;
        replaced.add(item);
        this.#drop(item, 'duplicate_timestamp');
      },
    };
  }

  *encode(records: readonly ResourceMetricsRecord[]): Generator<MetricsRequest | MetricsDrop | undefined> {
    for (const record of records) {
      const resource = this.#memory.resource(record.resource);
      for (const { scope, metrics } of record.scopeMetrics) {
        const scopeSeries = this.#memory.scope(scope);
        for (const metric of metrics) {
          const refusal = temporalityRefusal(metric);
          const family = refusal === undefined ? this.#memory.family(resource, scopeSeries, metric) : undefined;
          const points = metric.dataPoints as readonly DataPointRecord<unknown>[];
          for (const [position, point] of points.entries()) {
            if (family === undefined) this.#drop(this.#item, refusal ?? 'empty_name');
            else {
              const full = this.#point(family, metric, point, position);
              if (full !== undefined) yield full;
            }
            this.#item++;
            if (this.#item % SLICE === 0) yield undefined;
          }
        }
      }
    }
    for (const building of this.#building.values()) if (!building.builder.empty) yield this.#finish(building);
    for (const [refusal, dropped] of this.#dropped) yield { dropped, refusal };
  }

  /** Add one point; returns the request that had to be closed to make room. */
  #point(
    family: Family,
    metric: MetricRecord,
    point: DataPointRecord<unknown>,
    position: number,
  ): MetricsRequest | undefined {
    const timestampMs = point.endTime[0] * 1000 + Math.floor(point.endTime[1] / 1e6) || this.#context.nowMs;
    if (timestampMs > this.#context.nowMs + MAX_FUTURE_MS) {
      this.#drop(this.#item, 'too_far_in_the_future');
      return undefined;
    }
    const series = this.#memory.series(family, point.attributes, position);
    const context = this.#current;
    context.family = family;
    context.series = series;
    context.timestampMs = timestampMs;
    context.item = this.#item;
    const isNumber = metric.dataPointType === POINT_TYPE.gauge || metric.dataPointType === POINT_TYPE.sum;
    if (isNumber && point.value === undefined && !hasNoRecordedValue(point)) {
      this.#drop(this.#item, 'no_value');
      return undefined;
    }
    const plan = isNumber ? undefined : planPoint(context as PointContext, metric, point);
    if (typeof plan === 'string') {
      this.#drop(this.#item, plan);
      return undefined;
    }
    const labels = plan?.labels ?? this.#memory.plain(family, series);
    const samples = plan?.samples ?? 1;
    const bytes =
      Math.max(samples, 1) * (labels.encoded.length + BYTES_PER_SAMPLE) +
      (plan?.native === undefined ? 0 : histogramBytes(plan.native));
    if (bytes > this.#options.maxBytes) {
      this.#drop(this.#item, 'larger_than_a_request');
      return undefined;
    }
    const native = plan?.native !== undefined;
    const key = `${family.resource.shard}${native ? 'n' : ''}`;
    let building = this.#building.get(key);
    let full: MetricsRequest | undefined;
    if (building !== undefined && !building.builder.empty && this.#overflows(building.builder, samples, bytes)) {
      full = this.#finish(building);
      building = undefined;
    }
    building ??= this.#open(key, native);
    this.#into = building;
    building.items.push(this.#item);
    building.oldestMs = Math.min(building.oldestMs, timestampMs);
    const span = building.spans.get(family.resource);
    if (span === undefined) building.spans.set(family.resource, { from: timestampMs, to: timestampMs });
    else {
      span.from = Math.min(span.from, timestampMs);
      span.to = Math.max(span.to, timestampMs);
    }
    if (plan === undefined) {
      writeNumber(
        context as PointContext,
        building.builder,
        point,
        metric.dataPointType === POINT_TYPE.sum && metric.isMonotonic,
      );
    } else plan.write(building.builder);
    this.#describe(building.builder, family.metadata);
    return full;
  }

  #overflows(builder: RequestBuilder, samples: number, bytes: number): boolean {
    const { maxSamples, maxBytes } = this.#options;
    return builder.samples + builder.histograms + samples > maxSamples || builder.bytes + bytes > maxBytes;
  }

  #open(key: string, native: boolean): Building {
    const building: Building = {
      builder: new RequestBuilder(),
      key,
      native,
      items: [],
      replaced: new Set(),
      spans: new Map(),
      oldestMs: Number.POSITIVE_INFINITY,
    };
    this.#building.set(key, building);
    return building;
  }

  #describe(builder: RequestBuilder, metadata: Metadata): void {
    if (!this.#options.sendMetadata || this.#context.version === 2) return;
    const now = this.#context.nowMs;
    const last = this.#described.get(metadata.family);
    if (last !== undefined && last !== now && now - last < METADATA_INTERVAL_MS) return;
    this.#described.set(metadata.family, now);
    builder.addMetadata(metadata);
  }

  #finish(building: Building): MetricsRequest {
    const { builder, key, native, items, replaced, oldestMs } = building;
    if (!native) for (const [resource, span] of building.spans) this.#targetInfo(builder, resource, span);
    this.#building.delete(key);
    return {
      bytes: builder.encode(this.#context.version, this.#context.compress),
      version: this.#context.version,
      items: replaced.size === 0 ? items : items.filter((item) => !replaced.has(item)),
      key,
      native,
      samples: builder.samples,
      histograms: builder.histograms,
      exemplars: builder.exemplars,
      oldestMs,
    };
  }

  /** `target_info` at the newest sample of the resource, and back from there as often as queries need it. */
  #targetInfo(builder: RequestBuilder, resource: ResourceSeries, span: { from: number; to: number }): void {
    const { targetInfo } = resource;
    if (targetInfo === undefined) return;
    // Never again and never behind what was sent, except in the other version: one sample out of order may cost the
    // request, and in the pieces of a refused one it would be the culprit in each.
    const { version } = this.#context;
    const after = resource.infoSentMs - (resource.infoVersion === version ? 0 : 1);
    if (span.to <= after) return;
    const repeats = span.to - span.from > INFO_INTERVAL_MS;
    for (let at = span.to; at > after; at -= INFO_INTERVAL_MS) {
      builder.addSample(targetInfo, TARGET_INFO, at, 1, 0, -1);
      if (!repeats || at <= span.from) break;
    }
    resource.infoSentMs = span.to;
    resource.infoVersion = version;
    this.#describe(builder, TARGET_INFO);
  }

  #drop(item: number, refusal: MetricsRefusal): void {
    const items = this.#dropped.get(refusal);
    if (items === undefined) this.#dropped.set(refusal, [item]);
    else items.push(item);
  }
}

function temporalityRefusal(metric: MetricRecord): 'delta' | 'temporality_unspecified' | undefined {
  if (metric.dataPointType === POINT_TYPE.gauge || metric.dataPointType === POINT_TYPE.summary) return undefined;
  const otlp = metric.otlpTemporality;
  if (otlp !== undefined && otlp !== 1 && otlp !== 2) return 'temporality_unspecified';
  return metric.aggregationTemporality === DELTA ? 'delta' : undefined;
}
