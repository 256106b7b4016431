/** Data points to requests of metric lines. Pure; metrics are delta already. */
import type { HttpMessage } from '@telemetryflow/http';
import { type Batch, type EncodeContext, type Encoded, Refusals } from '@telemetryflow/kernel';
import { DataPointType, hrTimeToMillis, type MetricRecord, type ResourceMetricsRecord } from '@telemetryflow/otlp';
import { ageOf, TOO_NEW, TOO_OLD } from './age.ts';
import type { DynatraceConfig } from './config.ts';
import { DimensionEncoder, type SharedDimensions } from './dimensions.ts';
import { metadataLine } from './metadata-line.ts';
import { metricKey } from './metric-key.ts';
import { type LineValue, lineType, lineValues } from './metric-values.ts';
import { TextRequest, withBody } from './text-request.ts';

/** Lines of one request, comments included: what all clients of the vendor keep. */
const MAX_LINES = 1000;
/** Dynatrace takes 1 MB. */
const MAX_BYTES = 950_000;
const YIELD_EVERY = 256;
const SHAPE = { head: '', separator: '\n', tail: '', maxBytes: MAX_BYTES, maxPieces: MAX_LINES };
/** Dynatrace ignores times outside of these years; without one, a line has the time of its arrival. */
const YEAR_2000_MS = 946_684_800_000;
const YEAR_3000_MS = 32_503_680_000_000;

const NO_SUMMARIES = 'summaries are left out unless summaries: true';
const TOO_MANY = 'more than 50 dimensions of its own';

/** What requests have told Dynatrace: the keys whose unit and description it knows. */
export interface MetricsMode {
  readonly described: ReadonlySet<string>;
}

/** Metric lines on their way. */
export interface MetricsMessage extends HttpMessage {
  /** Keys whose unit and description are among the lines. */
  readonly describes: readonly string[];
}

export type MetricsEncoder = (
  batch: Batch<'metrics'>,
  context: Pick<EncodeContext, 'now' | 'mode'>,
) => Generator<Encoded<MetricsMessage>>;

type Options = Pick<
  DynatraceConfig,
  'metric_prefix' | 'metric_metadata' | 'summaries' | 'resource_attributes' | 'tags'
>;

export function metricsEncoder(config: Options): MetricsEncoder {
  const dimensions = new DimensionEncoder(config);
  return function* encode(batch, { now, mode }) {
    const described = new Set((mode as MetricsMode | undefined)?.described);
    const fresh = new TextRequest<string>(SHAPE);
    const aged = new TextRequest<string>(SHAPE);
    const refusals = new Refusals();
    let item = -1;
    for (const { metric, shared } of metricsOf(batch.records(), dimensions)) {
      const name = metricKey(metric.descriptor.name, config.metric_prefix);
      const isSummary = metric.dataPointType === DataPointType.SUMMARY;
      const unsupported = isSummary && !config.summaries ? NO_SUMMARIES : undefined;
      let note =
        'key' in name && config.metric_metadata && !isSummary ? noteOf(name.key, metric, described) : undefined;
      for (const point of metric.dataPoints) {
        if (++item % YIELD_EVERY === YIELD_EVERY - 1) yield undefined;
        if (unsupported !== undefined) {
          refusals.add('unsupported', unsupported, item);
          continue;
        }
        if ('refused' in name) {
          refusals.add('invalid', name.refused, item);
          continue;
        }
        const values = lineValues(metric, point);
        if (typeof values === 'string') {
          refusals.add('invalid', values, item);
          continue;
        }
        if (values.length === 0) {
          refusals.add('filtered', 'histograms without measurements', item);
          continue;
        }
        const ms = timeOf(hrTimeToMillis(point.endTime));
        const age = ms === undefined ? 'fresh' : ageOf('metrics', ms, now);
        if (age === 'too_old') {
          refusals.add('too_old', TOO_OLD.metrics, item);
          continue;
        }
        if (age === 'too_new') {
          refusals.add('invalid', TOO_NEW, item);
          continue;
        }
        const lines = linesOf(name.key, values, ms, (value) => {
          const extra = value.quantile === undefined ? undefined : { quantile: value.quantile };
          return dimensions.series(shared, point.attributes, extra);
        });
        if (lines === undefined) {
          refusals.add('invalid', TOO_MANY, item);
          continue;
        }
        if (note !== undefined) lines.unshift(note);
        let bytes = 0;
        for (const line of lines) bytes += Buffer.byteLength(line);
        const request = age === 'aged' ? aged : fresh;
        for (const full of request.add(item, lines, { ms, bytes, extra: note === undefined ? undefined : name.key })) {
          yield withBody(full, messageOf);
        }
        note = undefined;
      }
    }
    for (const request of [fresh, aged]) for (const last of request.end()) yield withBody(last, messageOf);
    yield* refusals.end();
  };
}

function messageOf({ text, extras }: { readonly text: string; readonly extras: readonly string[] }): MetricsMessage {
  return { body: text, describes: extras };
}

/** The comment line of a key that Dynatrace does not know yet. */
function noteOf(key: string, metric: MetricRecord, described: Set<string>): string | undefined {
  if (described.has(key)) return undefined;
  described.add(key);
  return metadataLine(key, lineType(metric), metric.descriptor);
}

/** Milliseconds to write; `undefined`: none, the time of arrival. */
function timeOf(ms: number): number | undefined {
  return ms >= YEAR_2000_MS && ms < YEAR_3000_MS ? Math.floor(ms) : undefined;
}

function linesOf(
  key: string,
  values: readonly LineValue[],
  ms: number | undefined,
  seriesOf: (value: LineValue) => string | undefined,
): string[] | undefined {
  const end = ms === undefined ? '' : ` ${ms}`;
  const lines: string[] = [];
  for (const value of values) {
    const series = seriesOf(value);
    if (series === undefined) return undefined;
    lines.push(`${key}${value.suffix}${series} ${value.payload}${end}`);
  }
  return lines;
}

function* metricsOf(
  records: readonly ResourceMetricsRecord[],
  dimensions: DimensionEncoder,
): Generator<{ readonly metric: MetricRecord; readonly shared: SharedDimensions }> {
  for (const { resource, scopeMetrics } of records) {
    for (const { scope, metrics } of scopeMetrics) {
      const shared = dimensions.shared(resource, scope);
      for (const metric of metrics) yield { metric, shared };
    }
  }
}
