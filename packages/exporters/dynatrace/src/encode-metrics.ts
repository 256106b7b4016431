/** Data points to requests of metric lines; metrics are delta already. */
import type { HttpEncoder } from '@telemetryflow/http';
import { type EncodeContext, type Encoded, type Payload, type Reason, Refusals } from '@telemetryflow/kernel';
import {
  type DataPointRecord,
  DataPointType,
  hrTimeToWholeMillis,
  type MetricRecord,
  type ResourceRecord,
  type ScopeRecord,
} from '@telemetryflow/otlp';
import { ageOf, TOO_NEW, TOO_OLD } from './age.ts';
import type { DynatraceConfig } from './config.ts';
import { DimensionEncoder, type SharedDimensions } from './dimensions.ts';
import { fitRequest, LineRequest, type MetricsMessage } from './line-request.ts';
import { metadataLine } from './metadata-line.ts';
import { type MetricKey, metricKey } from './metric-key.ts';
import { LONGEST_SUFFIX, lineType, lineValues } from './metric-values.ts';

const YIELD_EVERY = 256;
/** Dynatrace ignores times outside of these years; without one, a line has the time of its arrival. */
const YEAR_2000_MS = 946_684_800_000;
const YEAR_3000_MS = 32_503_680_000_000;

const NO_SUMMARIES = 'summaries are left out unless summaries: true';
const TOO_MANY = 'more than 50 dimensions of its own';
const TOO_LARGE = 'a summary of more than 1000 lines or 950 kB';

/** What requests have told Dynatrace: the keys whose unit and description it knows. */
export interface MetricsMode {
  readonly described: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

type Options = Pick<
  DynatraceConfig,
  'metric_prefix' | 'metric_metadata' | 'summaries' | 'resource_attributes' | 'tags'
>;

export function metricsEncoder(config: Options): HttpEncoder<'metrics'> {
  // What has no batch at hand serves the next one: the engine drops the code of objects that are gone.
  let idle: Lines | undefined;
  return function* encodeMetrics(batch, context) {
    const lines = idle ?? new Lines(config);
    idle = undefined;
    lines.begin(context);
    let item = -1;
    for (const { resource, scopeMetrics } of batch.records()) {
      for (const { scope, metrics } of scopeMetrics) {
        for (const metric of metrics) {
          const writing = lines.metric(resource, scope, metric);
          for (const point of metric.dataPoints) {
            if (++item % YIELD_EVERY === YIELD_EVERY - 1) yield undefined;
            const full = lines.add(writing, point, item);
            if (full !== undefined) yield lines.noted(full);
          }
        }
      }
    }
    yield* lines.rest();
    idle = lines;
  };
}

/** A metric whose points are being written. */
interface Writing {
  readonly metric: MetricRecord;
  readonly shared: SharedDimensions;
  readonly name: MetricKey;
  /** Why none of its points can be sent. */
  readonly unsupported: string | undefined;
  /** The comment line that goes before the first of them. */
  note: string | undefined;
}

/** The lines of one batch after the other. */
class Lines {
  readonly #options: Options;
  readonly #dimensions: DimensionEncoder;
  readonly #fresh = new LineRequest();
  readonly #aged = new LineRequest();
  readonly #refusals = new Refusals();
  /** Keys that Dynatrace knows, and those that this batch tells it. */
  #known: ReadonlySet<string> = NONE;
  readonly #described = new Set<string>();
  #now = 0;
  #filled: MetricsMessage['filled'];

  constructor(options: Options) {
    this.#options = options;
    this.#dimensions = new DimensionEncoder(options);
  }

  /** To be called before the first metric of a batch; forgets all of an earlier use, however that ended. */
  begin({ now, mode }: Pick<EncodeContext, 'now' | 'mode'>): void {
    this.#now = now;
    this.#known = (mode as MetricsMode | undefined)?.described ?? NONE;
    this.#described.clear();
    this.#refusals.reset();
    this.#fresh.clear();
    this.#aged.clear();
    this.#filled = undefined;
    this.#dimensions.takeCollisions();
  }

  /** What is to be known of a metric for its points. */
  metric(resource: ResourceRecord, scope: ScopeRecord, metric: MetricRecord): Writing {
    const { metric_prefix: prefix, metric_metadata: withNotes, summaries } = this.#options;
    const isSummary = metric.dataPointType === DataPointType.SUMMARY;
    const name = metricKey(metric.descriptor.name, prefix, isSummary ? LONGEST_SUFFIX : 0);
    if ('key' in name && name.filled) this.#filled ??= { name: metric.descriptor.name, key: name.key };
    return {
      metric,
      shared: this.#dimensions.shared(resource, scope),
      name,
      unsupported: isSummary && !summaries ? NO_SUMMARIES : undefined,
      note: 'key' in name && withNotes && !isSummary ? this.#noteOf(name.key, metric) : undefined,
    };
  }

  /** Adds the lines of a point; returns the request that had no room for them. */
  add(writing: Writing, point: DataPointRecord<unknown>, item: number): Payload<MetricsMessage> | undefined {
    const { metric, shared, name, unsupported } = writing;
    if (unsupported !== undefined) return this.#refuse('unsupported', unsupported, item);
    if ('refused' in name) return this.#refuse('invalid', name.refused, item);
    const values = lineValues(metric, point);
    if (typeof values === 'string') return this.#refuse('invalid', values, item);
    if (values.length === 0) return this.#refuse('filtered', 'histograms without measurements', item);
    const ms = timeOf(hrTimeToWholeMillis(point.endTime));
    const age = ms === undefined ? 'fresh' : ageOf('metrics', ms, this.#now);
    if (age === 'too_old') return this.#refuse('too_old', TOO_OLD.metrics, item);
    if (age === 'too_new') return this.#refuse('invalid', TOO_NEW, item);
    const lines: string[] = writing.note === undefined ? [] : [writing.note];
    const end = ms === undefined ? '' : ` ${ms}`;
    for (const { suffix, quantile, payload } of values) {
      const extra = quantile === undefined ? undefined : { quantile };
      const series = this.#dimensions.series(shared, point.attributes, extra);
      if (series === undefined) return this.#refuse('invalid', TOO_MANY, item);
      lines.push(`${name.key}${suffix}${series} ${payload}${end}`);
    }
    if (values.length > 1 && !fitRequest(lines)) return this.#refuse('too_large', TOO_LARGE, item);
    const describes = writing.note === undefined ? undefined : name.key;
    writing.note = undefined;
    return (age === 'aged' ? this.#aged : this.#fresh).add(item, lines, ms, describes);
  }

  /** The requests that are not full, and what is in none. */
  *rest(): Generator<Encoded<MetricsMessage>> {
    for (const request of [this.#fresh, this.#aged]) if (!request.isEmpty) yield this.noted(request.take());
    yield* this.#refusals.end();
  }

  /** The request, with what is to be told of the points since the last one. */
  noted(request: Payload<MetricsMessage>): Payload<MetricsMessage> {
    const collisions = this.#dimensions.takeCollisions();
    const filled = this.#filled;
    if (collisions === 0 && filled === undefined) return request;
    this.#filled = undefined;
    return { ...request, body: { ...request.body, collisions, filled } };
  }

  #refuse(reason: Reason, detail: string, item: number): undefined {
    this.#refusals.add(reason, detail, item);
  }

  /** The comment line of a key that Dynatrace does not know yet. */
  #noteOf(key: string, metric: MetricRecord): string | undefined {
    if (this.#known.has(key) || this.#described.has(key)) return undefined;
    this.#described.add(key);
    return metadataLine(key, lineType(metric), metric.descriptor);
  }
}

/** Milliseconds to write; `undefined`: none, the time of arrival. */
function timeOf(ms: number): number | undefined {
  return ms >= YEAR_2000_MS && ms < YEAR_3000_MS ? ms : undefined;
}
