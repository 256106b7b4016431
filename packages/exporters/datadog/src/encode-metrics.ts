/**
 * Data points to requests for series and for distributions. Points of one series and second are merged first, and
 * then share a request. Pure, but for names that it has already warned about.
 */
import type { HttpMessage } from '@telemetryflow/http';
import { type Batch, type EncodeContext, type Encoded, itemsOf, Refusals } from '@telemetryflow/kernel';
import { hrTimeIsZero, hrTimeToWholeMillis, type ScopeRecord } from '@telemetryflow/otlp';
import { type DatadogConfig, metricsSettings } from './config.ts';
import { destinationOf, isLegacySeries, sketchesUrl } from './destination.ts';
import { type EntryWriter, Spare } from './entries.ts';
import type { DatadogMessage } from './message.ts';
import { type Point, pointValue } from './metric-point.ts';
import type { GroupSeries, PointGroup } from './point-group.ts';
import { PointGroups } from './point-groups.ts';
import { PointTags } from './point-tags.ts';
import { ResourceReader } from './resource-tags.ts';
import type { Series, SketchSeries } from './series.ts';
import { metricName, pushAllTags, tagText } from './tag-text.ts';
import { datadogUnit } from './units.ts';
import { JsonSeriesWriter, ProtoSeriesWriter, SketchWriter } from './write-series.ts';

const HOUR_MS = 3_600_000;
/** Points must be younger than this, unless the account takes historical ones; the minute is for the way. */
export const MAX_AGE_MS: number = HOUR_MS - 60_000;
const MAX_AHEAD_MS = 10 * 60_000;
/**
 * Bytes of a request before compression. Of series the service takes 512,000 after it: what compression does not make
 * small enough is not sent but cut.
 */
const MAX_BYTES = { compressed: 1_500_000, plain: 500_000 } as const;
/** Bytes of a request as it is sent; distributions could have more. */
export const MAX_SENT_BYTES = 512_000;
const YIELD_EVERY = 256;
/** A window this near to whole seconds is one. */
const WINDOW_SLACK_S = 0.05;
const MAX_WARNED = 1000;

export const SKETCH_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'application/x-protobuf',
  'dd-agent-payload': '4.87.0',
};

/** Encodes metrics by a configuration. */
export type MetricsEncoder = (
  batch: Batch<'metrics'>,
  context: Pick<EncodeContext, 'now' | 'id'>,
) => Generator<Encoded<DatadogMessage>>;

/** `machine` is the name of this machine. */
export function metricsEncoder(config: DatadogConfig, machine: string): MetricsEncoder {
  const settings = metricsSettings(config);
  const reader = new ResourceReader({ ...config, all: settings.resource_attributes_as_tags }, machine);
  const names = new NameWatch();
  const writers: Writers = {
    series: new Spare(() => seriesWriter(config)),
    sketches: new Spare(() => new SketchWriter()),
  };

  return function* encode(batch, { now, id }) {
    const groups = new PointGroups();
    const refusals = new Refusals();
    let item = -1;
    for (const { resource, scopeMetrics } of batch.records()) {
      const shared = reader.read(resource);
      for (const { scope, metrics } of scopeMetrics) {
        const scopeTags = settings.instrumentation_scope_metadata_as_tags ? tagsOfScope(scope) : [];
        const tagger = new PointTags(shared, scopeTags);
        for (const metric of metrics) {
          const name = metricName(metric.descriptor.name);
          names.saw(name, metric.descriptor.name);
          const unit = datadogUnit(metric.descriptor.unit);
          const named = groups.named(name);
          for (const point of metric.dataPoints) {
            item++;
            if (item % YIELD_EVERY === YIELD_EVERY - 1) yield;
            const second = Math.floor((hrTimeToWholeMillis(point.endTime) || now) / 1000);
            const value = pointValue(metric, point);
            if (name === '') refusals.add('invalid', 'names without a letter', item);
            else if ('reason' in value) refusals.add(value.reason, value.detail, item);
            else if (second * 1000 < now - MAX_AGE_MS && !settings.historical) {
              refusals.add('too_old', 'older than one hour', item);
            } else if (second * 1000 > now + MAX_AHEAD_MS) {
              refusals.add('invalid', 'more than ten minutes ahead of now', item);
            } else {
              const host = tagger.host(point.attributes);
              const tags = tagger.of(point.attributes);
              const interval = value.kind === 'gauge' ? 0 : windowOf(point);
              const grouped = { value, interval, time: point.endTime, item };
              groups.add(named, { name, unit, host, tags, second }, grouped);
            }
          }
        }
      }
    }
    yield* refusals.end();
    yield* new Requests(config, writers, id, names.warning()).encode(groups.all);
  };
}

function windowOf({ startTime, endTime }: Point): number {
  if (hrTimeIsZero(startTime)) return 0;
  const window = endTime[0] - startTime[0] + (endTime[1] - startTime[1]) / 1e9;
  const whole = Math.round(window);
  return whole > 0 && Math.abs(window - whole) <= WINDOW_SLACK_S ? whole : 0;
}

function tagsOfScope(scope: ScopeRecord): string[] {
  const tags: string[] = [];
  if (scope.name !== '') tags.push(tagText('instrumentation_scope', scope.name));
  if (scope.version) tags.push(tagText('instrumentation_scope_version', scope.version));
  pushAllTags(tags, scope.attributes ?? {});
  return tags;
}

/** Names that Datadog cannot tell apart, so that their points are merged. */
class NameWatch {
  readonly #original = new Map<string, string>();
  readonly #warned = new Set<string>();
  readonly #fresh: string[] = [];

  saw(name: string, original: string): void {
    const known = this.#original.get(name);
    if (known === original || name === '') return;
    if (known === undefined) {
      if (this.#original.size >= MAX_WARNED) this.#original.clear();
      this.#original.set(name, original);
    } else if (!this.#warned.has(name) && this.#warned.size < MAX_WARNED) {
      this.#warned.add(name);
      this.#fresh.push(`"${known}" and "${original}" are both ${name} to Datadog: their points are merged`);
    }
  }

  /** What is new since the last call. */
  warning(): string | undefined {
    return this.#fresh.length === 0 ? undefined : this.#fresh.splice(0).join('; ');
  }
}

/** Three kinds of requests: series, distributions, and both for points that are both. */
class Requests {
  readonly #settings: ReturnType<typeof metricsSettings>;
  readonly #series: Request;
  readonly #sketches: Request;
  readonly #both: Request;

  constructor(config: DatadogConfig, writers: Writers, batchId: string, warning: string | undefined) {
    this.#settings = metricsSettings(config);
    const remark: { text: string | undefined } = { text: warning };
    this.#series = new Request(config, writers, batchId, remark);
    this.#sketches = new Request(config, writers, batchId, remark);
    this.#both = new Request(config, writers, batchId, remark);
  }

  *encode(groups: Iterable<PointGroup>): Generator<Encoded<DatadogMessage>> {
    let turn = 0;
    for (const group of groups) {
      if (++turn % YIELD_EVERY === 0) yield;
      const sent = group.series(this.#settings);
      const request = sent.sketch === undefined ? this.#series : sent.series.length === 0 ? this.#sketches : this.#both;
      request.add(sent);
      if (request.isFull) {
        const full = request.take();
        if (full !== undefined) yield full;
        // The group is alone now: what is still too much will always be.
        if (request.isFull) {
          request.discard();
          yield { dropped: itemsOf(group.items), reason: 'too_large', detail: 'more bytes than one request takes' };
          continue;
        }
      }
      request.commit(group);
    }
    for (const request of [this.#series, this.#sketches, this.#both]) {
      const last = request.take();
      request.end();
      if (last !== undefined) yield last;
    }
  }
}

/** A request that is being filled; writers are made for what is written only. */
class Request {
  readonly #config: DatadogConfig;
  readonly #writers: Writers;
  readonly #batchId: string;
  readonly #remark: { text: string | undefined };
  readonly #maxBytes: number;
  #series: EntryWriter<Series> | undefined;
  #sketches: EntryWriter<SketchSeries> | undefined;
  #items: number[] = [];
  #oldest = Number.POSITIVE_INFINITY;

  constructor(config: DatadogConfig, writers: Writers, batchId: string, remark: { text: string | undefined }) {
    this.#config = config;
    this.#writers = writers;
    this.#batchId = batchId;
    this.#remark = remark;
    this.#maxBytes =
      config.compression === 'none' || config.compression === false ? MAX_BYTES.plain : MAX_BYTES.compressed;
  }

  add({ series, sketch }: GroupSeries): void {
    if (series.length > 0) {
      this.#series ??= this.#writers.series.take();
      for (const each of series) this.#series.add(each);
    }
    if (sketch !== undefined) {
      this.#sketches ??= this.#writers.sketches.take();
      this.#sketches.add(sketch);
    }
  }

  get isFull(): boolean {
    return (this.#series?.size ?? 0) > this.#maxBytes || (this.#sketches?.size ?? 0) > this.#maxBytes;
  }

  commit(group: PointGroup): void {
    this.#series?.commit();
    this.#sketches?.commit();
    this.#items.push(...group.items);
    this.#oldest = Math.min(this.#oldest, group.identity.second);
  }

  discard(): void {
    this.#series?.discard();
    this.#sketches?.discard();
  }

  /** Gives the writers back, which must be empty. */
  end(): void {
    if (this.#series !== undefined) this.#writers.series.give(this.#series);
    if (this.#sketches !== undefined) this.#writers.sketches.give(this.#sketches);
    this.#series = undefined;
    this.#sketches = undefined;
  }

  take(): Encoded<DatadogMessage> {
    if (this.#items.length === 0) return undefined;
    const requests: HttpMessage[] = [];
    const series = this.#series?.take();
    const sketches = this.#sketches?.take();
    if (series !== undefined) requests.push({ body: series });
    if (sketches !== undefined) {
      requests.push({ body: sketches, url: sketchesUrl(this.#config), headers: SKETCH_HEADERS });
    }
    const warning = this.#remark.text;
    this.#remark.text = undefined;
    const payload: Encoded<DatadogMessage> = {
      body: { requests, batchId: this.#batchId, ...(warning !== undefined && { warning }) },
      items: itemsOf(this.#items.sort((a, b) => a - b)),
      oldestMs: this.#oldest * 1000,
    };
    this.#items = [];
    this.#oldest = Number.POSITIVE_INFINITY;
    return payload;
  }
}

interface Writers {
  readonly series: Spare<EntryWriter<Series>>;
  readonly sketches: Spare<EntryWriter<SketchSeries>>;
}

function seriesWriter(config: DatadogConfig): EntryWriter<Series> {
  if (isLegacySeries(destinationOf(config, 'metrics').url)) return new JsonSeriesWriter('v1');
  return config.encoding === 'json' ? new JsonSeriesWriter('v2') : new ProtoSeriesWriter();
}
