/** Data points to PutMetricData requests of at most 1000 datums and 950 KB. Pure; metrics are delta already. */
import { TextBody } from '@telemetryflow/http';
import { type Batch, type EncodeContext, type Encoded, itemsOf, Refusals } from '@telemetryflow/kernel';
import type { ResourceMetricsRecord } from '@telemetryflow/otlp';
import type { CloudwatchConfig } from './config.ts';
import { MetricDatums, type PointDatums } from './datums.ts';
import { asciiText, DimensionEncoder } from './dimensions.ts';
import { serviceEntity } from './entity.ts';
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
/** Entities of one request. */
const MAX_ENTITIES = 2;
const ENTITIES = ',"EntityMetricData":[';
/** Datums of an entity that is refused are taken without it. */
const LENIENT = '],"StrictEntityValidation":false';
/** Bytes for all that stands around the groups of datums, and around those of one entity. */
const FRAME = 100;
const ENTITY_FRAME = 60;
const NAMESPACE_CHARACTERS = /[^0-9A-Za-z.\-_/#: ]/g;

/** One PutMetricData request. */
export interface MetricsBody {
  readonly kind: 'metrics';
  readonly json: Buffer;
  /** For each datum in order, the item of the batch that it belongs to. */
  readonly owners: readonly number[];
  /** Where in `owners` the datums of each entity begin, behind those of none. */
  readonly entityStarts: readonly number[];
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
  const entityOf = config.entity ? serviceEntity : () => '';
  const open = `{"Namespace":${JSON.stringify(namespace)}`;
  const text = new TextBody({ open, separator: '', close: '}', maxBytes: Number.POSITIVE_INFINITY });

  const empty = new Request(text, open);

  return function* encode(batch, { now }) {
    /** Points by entity: a request takes so few that points of one have to come together. */
    const groups = new Map<string, WrittenPoint[]>();
    let item = -1;
    const refusals = new Refusals();
    for (const { metric, base, entity } of metricsOf(batch.records(), dimensions, entityOf)) {
      const options = { mode: config.histogram_mode, resolution: resolutionOf(metric.descriptor.name) };
      const writer = new MetricDatums(metric, base, dimensions, options);
      for (const point of metric.dataPoints) {
        item++;
        if (item % YIELD_EVERY === YIELD_EVERY - 1) yield;
        const written = writer.point(point, now);
        if ('reason' in written) {
          refusals.add(written.reason, written.detail, item);
          continue;
        }
        const placed = { ...written, item, bytes: bytesOf(written.datums) };
        if (written.timeMs < now - MAX_AGE_MS) refusals.add('too_old', 'older than two weeks', item);
        else if (written.timeMs > now + MAX_AHEAD_MS) refusals.add('invalid', 'more than two hours ahead of now', item);
        else if (!empty.fits(entity, placed))
          refusals.add('too_large', 'more datums or bytes than one request takes', item);
        else {
          const group = groups.get(entity);
          if (group === undefined) groups.set(entity, [placed]);
          else group.push(placed);
        }
      }
    }
    let request = new Request(text, open);
    for (const [entity, points] of groups) {
      for (const point of points) {
        if (!request.fits(entity, point)) {
          yield* request.end();
          request = new Request(text, open);
        }
        request.add(entity, point);
      }
    }
    yield* request.end();
    yield* refusals.end();
  };
}

/** A point with its place in the batch. */
interface WrittenPoint extends PointDatums {
  readonly item: number;
  readonly bytes: number;
}

/** With the commas between them. All text is ASCII: characters are bytes. */
function bytesOf(datums: readonly string[]): number {
  let bytes = 0;
  for (const datum of datums) bytes += datum.length + 1;
  return bytes;
}

interface MetricOfScope {
  readonly metric: ResourceMetricsRecord['scopeMetrics'][number]['metrics'][number];
  readonly base: ReturnType<DimensionEncoder['base']>;
  readonly entity: string;
}

function* metricsOf(
  records: readonly ResourceMetricsRecord[],
  dimensions: DimensionEncoder,
  entityOf: typeof serviceEntity,
): Generator<MetricOfScope> {
  for (const { resource, scopeMetrics } of records) {
    const entity = entityOf(resource.attributes);
    for (const { scope, metrics } of scopeMetrics) {
      const base = dimensions.base(resource, scope);
      for (const metric of metrics) yield { metric, base, entity };
    }
  }
}

/** A request that is being filled. */
class Request {
  readonly #text: TextBody;
  /** Points by entity; those of `''` have none. */
  readonly #points = new Map<string, WrittenPoint[]>();
  #datums = 0;
  #bytes: number;
  #oldestMs = Number.POSITIVE_INFINITY;

  constructor(text: TextBody, open: string) {
    this.#text = text;
    this.#bytes = open.length + FRAME;
  }

  /** All datums of a point, or none of them. */
  fits(entity: string, { datums, bytes }: WrittenPoint): boolean {
    if (this.#datums + datums.length > MAX_DATUMS) return false;
    const isNew = entity !== '' && !this.#points.has(entity);
    if (isNew && this.#points.size - (this.#points.has('') ? 1 : 0) === MAX_ENTITIES) return false;
    return this.#bytes + bytes + (isNew ? ENTITY_FRAME + entity.length : 0) <= MAX_BYTES;
  }

  add(entity: string, point: WrittenPoint): void {
    const known = this.#points.get(entity);
    if (known === undefined) {
      this.#points.set(entity, [point]);
      if (entity !== '') this.#bytes += ENTITY_FRAME + entity.length;
    } else known.push(point);
    this.#datums += point.datums.length;
    this.#bytes += point.bytes;
    this.#oldestMs = Math.min(this.#oldestMs, point.timeMs);
  }

  *end(): Generator<Encoded<MetricsBody>> {
    if (this.#datums === 0) return;
    const text = this.#text;
    const owners: number[] = [];
    const entityStarts: number[] = [];
    // The first text opens the body.
    text.add('');
    const plain = this.#points.get('');
    if (plain !== undefined) write(text, ',"MetricData":[', plain, owners);
    for (const [entity, points] of this.#points) {
      if (entity === '') continue;
      text.add(entityStarts.length === 0 ? ENTITIES : ',');
      entityStarts.push(owners.length);
      write(text, `{"Entity":{"KeyAttributes":${entity}},"MetricData":[`, points, owners);
      text.add('}');
    }
    if (entityStarts.length > 0) text.add(LENIENT);
    const all = [...this.#points.values()].flat();
    const items = all.map(({ item }) => item).sort((a, b) => a - b);
    const cutDimensions = all.reduce((sum, { cut }) => sum + cut, 0);
    const body: MetricsBody = { kind: 'metrics', json: text.take(), owners, entityStarts, cutDimensions };
    yield { body, items: itemsOf(items), oldestMs: this.#oldestMs };
  }
}

function write(text: TextBody, head: string, points: readonly WrittenPoint[], owners: number[]): void {
  let before = head;
  for (const { datums, item } of points) {
    for (const datum of datums) {
      text.add(before + datum);
      before = ',';
      owners.push(item);
    }
  }
  text.add(']');
}
