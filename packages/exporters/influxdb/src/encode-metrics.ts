/** Data points to requests of line protocol. Pure. */
import { type Batch, type EncodeContext, type Encoded, itemsOf, Refusals } from '@telemetryflow/kernel';
import type { InfluxdbConfig } from './config.ts';
import { LineRequest, type LinesMessage } from './line-request.ts';
import { PointLineWriter } from './point-lines.ts';
import type { Schema } from './schema.ts';
import { otelV1 } from './schema-otel-v1.ts';
import { telegrafV1 } from './schema-telegraf-v1.ts';
import { telegrafV2 } from './schema-telegraf-v2.ts';
import { TagEncoder } from './tags.ts';
import { Timestamps } from './timestamp.ts';

const YIELD_EVERY = 256;
const OVERWRITTEN = 'a later point of the same series and time takes its place';

const SCHEMAS = {
  'telegraf-prometheus-v1': telegrafV1,
  'telegraf-prometheus-v2': telegrafV2,
  'otel-v1': otelV1,
} as const;

type Options = Pick<
  InfluxdbConfig,
  | 'precision'
  | 'max_request_bytes'
  | 'metrics_schema'
  | 'resource_attributes'
  | 'tags'
  | 'integer_fields'
  | 'exponential_histograms'
>;

/** Turns batches of metrics into requests of lines. */
export type LinesEncoder = (
  batch: Batch<'metrics'>,
  context: Pick<EncodeContext, 'now' | 'id'>,
) => Generator<Encoded<LinesMessage>>;

export function linesEncoder(config: Options): LinesEncoder {
  const tags = new TagEncoder(config);
  const schema: Schema = SCHEMAS[config.metrics_schema](config);
  return function* encode(batch, { now, id }) {
    const points = new PointLineWriter(tags, new Timestamps(config.precision, now), config.max_request_bytes);
    const request = new LineRequest(id, config.max_request_bytes);
    const refusals = new Refusals();
    const overwritten: number[] = [];
    let item = -1;
    for (const { resource, scopeMetrics } of batch.records()) {
      for (const { scope, metrics } of scopeMetrics) {
        const shared = tags.shared(resource, scope);
        for (const metric of metrics) {
          const writer = schema(metric);
          for (const point of metric.dataPoints) {
            if (++item % YIELD_EVERY === YIELD_EVERY - 1) yield undefined;
            const lines = points.write(writer, shared, point);
            if ('reason' in lines) {
              refusals.add(lines.reason, lines.detail, item);
              continue;
            }
            if (!request.fits(lines.text)) yield* request.end();
            const earlier = request.add(item, lines);
            if (earlier !== undefined) overwritten.push(earlier);
          }
        }
      }
    }
    yield* request.end();
    yield* refusals.end();
    if (overwritten.length > 0) {
      yield { dropped: itemsOf(overwritten.sort((a, b) => a - b)), reason: 'invalid', detail: OVERWRITTEN };
    }
  };
}
