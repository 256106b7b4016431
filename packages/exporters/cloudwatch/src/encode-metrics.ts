/** Data points to PutMetricData requests of at most 1000 datums and 950 KB. Pure; metrics are delta already. */
import { TextBody } from '@telemetryflow/http';
import { type Batch, type EncodeContext, type Encoded, itemsOf, Refusals } from '@telemetryflow/kernel';
import type { ResourceMetricsRecord } from '@telemetryflow/otlp';
import type { CloudwatchConfig } from './config.ts';
import { MetricDatums, type PointDatums } from './datums.ts';
import { asciiText, DimensionEncoder } from './dimensions.ts';
import { metricResolution } from './metric-resolution.ts';

/** Most datums of one request. */
export const MAX_DATUMS = 1000;
/** CloudWatch takes 1 MB of JSON before compression; the rest is for what the service counts otherwise. */
const MAX_BYTES = 950_000;
const DAY_MS = 86_400_000;
/** Points must be younger than this; the minute is for the way. */
export const MAX_AGE_MS: number = 14 * DAY_MS - 60_000;
/** Points may lie this far ahead. */
const MAX_AHEAD_MS = 2 * 3_600_000 - 60_000;
const YIELD_EVERY = 256;
const CLOSE = ']}';
const NAMESPACE_CHARACTERS = /[^0-9A-Za-z.\-_/#: ]/g;

/** One PutMetricData request. */
export interface MetricsBody {
  readonly kind: 'metrics';
  readonly json: Buffer;
  /** For each datum in order, the item of the batch that it belongs to. */
  readonly owners: readonly number[];
  /** Dimensions left out of these points. */
  readonly cutDimensions: number;
}

/** Encodes metrics by a configuration. */
export type MetricsEncoder = (
  batch: Batch<'metrics'>,
  context: Pick<EncodeContext, 'now'>,
) => Generator<Encoded<MetricsBody>>;

export function metricsEncoder(config: CloudwatchConfig): MetricsEncoder {
  const dimensions = new DimensionEncoder(config);
  const resolutionOf = metricResolution(config.metric_resolution);
  const namespace = asciiText(config.namespace, 255).replaceAll(NAMESPACE_CHARACTERS, '_');
  const head = `{"Namespace":${JSON.stringify(namespace)},"MetricData":[`;
  const text = new TextBody({ open: head, separator: ',', close: CLOSE, maxBytes: Number.POSITIVE_INFINITY });
  const empty = (): Request => new Request(text, head.length + CLOSE.length);

  return function* encode(batch, { now }) {
    let request = empty();
    let item = -1;
    const refusals = new Refusals();
    for (const [metric, base] of metricsOf(batch.records(), dimensions)) {
      const options = { mode: config.histogram_mode, resolution: resolutionOf(metric.descriptor.name) };
      const writer = new MetricDatums(metric, base, dimensions, options);
      for (const point of metric.dataPoints) {
        item++;
        if (item % YIELD_EVERY === YIELD_EVERY - 1) yield;
        const written = writer.point(point, now);
        if ('reason' in written) refusals.add(written.reason, written.detail, item);
        else if (written.timeMs < now - MAX_AGE_MS) refusals.add('too_old', 'older than two weeks', item);
        else if (written.timeMs > now + MAX_AHEAD_MS) refusals.add('invalid', 'more than two hours ahead of now', item);
        else if (request.fits(written.datums)) request.add(item, written);
        else if (empty().fits(written.datums)) {
          yield* request.end();
          request = empty();
          request.add(item, written);
        } else refusals.add('too_large', 'more datums or bytes than one request takes', item);
      }
    }
    yield* request.end();
    yield* refusals.end();
  };
}

function* metricsOf(
  records: readonly ResourceMetricsRecord[],
  dimensions: DimensionEncoder,
): Generator<
  readonly [ResourceMetricsRecord['scopeMetrics'][number]['metrics'][number], ReturnType<DimensionEncoder['base']>]
> {
  for (const { resource, scopeMetrics } of records) {
    for (const { scope, metrics } of scopeMetrics) {
      const base = dimensions.base(resource, scope);
      for (const metric of metrics) yield [metric, base];
    }
  }
}

/** A request that is being filled. */
class Request {
  readonly #text: TextBody;
  readonly #datums: string[] = [];
  readonly #owners: number[] = [];
  readonly #items: number[] = [];
  #bytes: number;
  #cut = 0;
  #oldestMs = Number.POSITIVE_INFINITY;

  /** `frameBytes`: of what stands around the datums. */
  constructor(text: TextBody, frameBytes: number) {
    this.#text = text;
    this.#bytes = frameBytes;
  }

  /** All datums of a point, or none of them. All text is ASCII: characters are bytes. */
  fits(datums: readonly string[]): boolean {
    if (this.#datums.length + datums.length > MAX_DATUMS) return false;
    let bytes = this.#bytes;
    for (const datum of datums) bytes += datum.length + 1;
    return bytes <= MAX_BYTES;
  }

  add(item: number, { datums, timeMs, cut }: PointDatums): void {
    this.#items.push(item);
    this.#cut += cut;
    for (const datum of datums) {
      this.#datums.push(datum);
      this.#owners.push(item);
      this.#bytes += datum.length + 1;
    }
    this.#oldestMs = Math.min(this.#oldestMs, timeMs);
  }

  *end(): Generator<Encoded<MetricsBody>> {
    if (this.#items.length === 0) return;
    for (const datum of this.#datums) this.#text.add(datum);
    const json = this.#text.take();
    const body: MetricsBody = { kind: 'metrics', json, owners: this.#owners, cutDimensions: this.#cut };
    yield { body, items: itemsOf(this.#items), oldestMs: this.#oldestMs };
  }
}
