/**
 * Data points for the Metric API: gauges, counts and summaries. Counters and histograms are deltas by now, sums that
 * can fall are levels. The API keeps no buckets.
 */
import type { Batch, EncodeContext, Encoded } from '@telemetryflow/kernel';
import { statisticsOf } from '@telemetryflow/metrics';
import {
  DataPointType,
  type HistogramValue,
  hrTimeIsZero,
  type MetricRecord,
  type ResourceRecord,
  type ScopeRecord,
  type SummaryValue,
} from '@telemetryflow/otlp';
import { cut } from './cut-text.ts';
import { AttributeWriter, ENTITY_NAMES } from './json-attributes.ts';
import { type ApiMessage, fits, JsonRequests } from './json-request.ts';
import type { Losses } from './losses.ts';
import { type PointProblem, pointProblem } from './point-problem.ts';
import { wholeMillis } from './whole-millis.ts';

const MAX_ATTRIBUTES = 150;
const MAX_VALUE = 4096;
const MAX_NAME = 254;
const TURN = 256;

/** Names that have a meaning of their own in the API, or that the service writes itself. */
const RESERVED: ReadonlySet<string> = new Set([
  ...ENTITY_NAMES,
  'interval.ms',
  'timestamp',
  'value',
  'common',
  'min',
  'max',
  'count',
  'sum',
  'metrics',
  'metricName',
  'endTimestamp',
  'newrelic.source',
  'accountId',
  'appId',
  'eventType',
]);

/** Names that a point may have besides its attributes. */
const FIELDS: ReadonlySet<string> = new Set(['unit', 'description', 'percentile']);

type Point = MetricRecord['dataPoints'][number];

export function metricsEncoder(environment: string, flushInterval: number) {
  const attributes = new AttributeWriter({ reserved: RESERVED, fields: FIELDS, maxValue: MAX_VALUE, flatten: false });
  const requests = new JsonRequests({ list: 'metrics', attributes, maxAttributes: MAX_ATTRIBUTES, environment });

  return (batch: Batch<'metrics'>, { now }: EncodeContext, maxBytes: number): Generator<Encoded<ApiMessage>> =>
    requests.encode(maxBytes, function* write(request, refusals) {
      let item = -1;
      for (const [resource, scope, metric] of metricsOf(batch)) {
        const points = new PointWriter(metric, attributes, flushInterval);
        const unnamed = nameProblem(metric.descriptor.name);
        for (const point of metric.dataPoints) {
          item++;
          if (item % TURN === TURN - 1) yield;
          const problem = unnamed ?? pointProblem(metric, point, now);
          if (problem !== undefined) {
            refusals.add(problem.reason, problem.detail, item);
            continue;
          }
          const group = request.group(resource, scope);
          const end = hrTimeIsZero(point.endTime) ? now : wholeMillis(point.endTime);
          const text = points.write({ point, end, room: group.room, losses: request.losses });
          if (!fits(text)) {
            refusals.add('too_large', 'a data point of more than 900 kB', item);
            continue;
          }
          const full = request.add(item, group, text, end);
          if (full !== undefined) yield full;
        }
      }
    });
}

function* metricsOf(batch: Batch<'metrics'>): Generator<readonly [ResourceRecord, ScopeRecord, MetricRecord]> {
  for (const { resource, scopeMetrics } of batch.records()) {
    for (const { scope, metrics } of scopeMetrics) for (const metric of metrics) yield [resource, scope, metric];
  }
}

function nameProblem(name: string): PointProblem | undefined {
  if (name !== '' && name.length <= MAX_NAME) return undefined;
  return { reason: 'invalid', detail: 'a metric without a name, or with one of more than 254 characters' };
}

/** A point on its way. */
interface Writing {
  readonly losses: Losses;
  /** How many attributes it may have. */
  readonly room: number;
  readonly point: Point;
  /** Whole milliseconds since the epoch. */
  readonly end: number;
}

/** One metric of a batch, with what its points share written once. */
class PointWriter {
  readonly #metric: MetricRecord;
  readonly #attributes: AttributeWriter;
  readonly #flushInterval: number;
  readonly #taken: readonly string[];
  /** `{"name":"…","type":"…","value":` */
  readonly #head: string;
  /** Unit and description as members. */
  readonly #own: string;
  readonly #ownCount: number;

  constructor(metric: MetricRecord, attributes: AttributeWriter, flushInterval: number) {
    const { name, unit, description } = metric.descriptor;
    this.#metric = metric;
    this.#attributes = attributes;
    this.#flushInterval = flushInterval;
    this.#head = headOf(name, typeOf(metric));
    const own = { ...(unit !== '' && { unit }), ...(description !== '' && { description }) };
    this.#ownCount = Object.keys(own).length;
    this.#taken = [
      name,
      ...Object.keys(own),
      ...(metric.dataPointType === DataPointType.SUMMARY ? ['percentile'] : []),
    ];
    this.#own = Object.entries(own)
      .map(([key, value]) => `"${key}":${JSON.stringify(cut(value, MAX_VALUE))}`)
      .join(',');
  }

  /** One metric of the API, or several with commas between them. */
  write(writing: Writing): string {
    const { point, end } = writing;
    const members = this.#members(writing);
    const tail = members === '' ? '}' : `,"attributes":{${members}}}`;
    switch (this.#metric.dataPointType) {
      case DataPointType.GAUGE:
        return `${this.#head}${Number(point.value)},"timestamp":${end}${tail}`;
      case DataPointType.SUM: {
        const time = this.#metric.isMonotonic ? this.#window(writing) : `,"timestamp":${end}`;
        return this.#head + Number(point.value) + time + tail;
      }
      case DataPointType.SUMMARY:
        return this.#summary(writing, point.value as SummaryValue, members, tail);
      default: {
        const { count = 0, sum = 0, min = 0, max = 0 } = statisticsOf(point.value as HistogramValue) ?? {};
        return this.#head + JSON.stringify({ count, sum, min, max }) + this.#window(writing) + tail;
      }
    }
  }

  #members({ losses, room, point }: Writing): string {
    return this.#attributes.members(this.#own, point.attributes, room - this.#ownCount, losses, this.#taken);
  }

  #summary(writing: Writing, { sum, quantiles, ...value }: SummaryValue, members: string, tail: string): string {
    const count = Number(value.count);
    const mean = sum / count;
    const at = (wanted: number): number => {
      const found = quantiles.find(({ quantile }) => quantile === wanted)?.value;
      return found !== undefined && Number.isFinite(found) ? found : mean;
    };
    let text = this.#head + JSON.stringify({ count, sum, min: at(0), max: at(1) }) + this.#window(writing) + tail;
    const head = headOf(`${this.#metric.descriptor.name}.percentiles`, 'gauge');
    for (const { quantile, value: each } of quantiles) {
      // The quantile of a window without measurements is NaN.
      if (quantile === 0 || quantile === 1 || !Number.isFinite(each)) continue;
      const percentile = Number((quantile * 100).toPrecision(12));
      text += `,${head}${each},"timestamp":${writing.end},"attributes":{"percentile":${percentile}${members === '' ? '' : ','}${members}}}`;
    }
    return text;
  }

  /** A start that is missing, or not before the end, is one flush interval ago. */
  #window({ point, end }: Writing): string {
    const start = hrTimeIsZero(point.startTime) ? end : wholeMillis(point.startTime);
    const interval = start < end ? end - start : Math.max(1, this.#flushInterval);
    return `,"timestamp":${end - interval},"interval.ms":${interval}`;
  }
}

function typeOf(metric: MetricRecord): 'gauge' | 'count' | 'summary' {
  if (metric.dataPointType === DataPointType.GAUGE) return 'gauge';
  if (metric.dataPointType === DataPointType.SUM) return metric.isMonotonic ? 'count' : 'gauge';
  return 'summary';
}

function headOf(name: string, type: string): string {
  return `{"name":${JSON.stringify(name.toWellFormed())},"type":"${type}","value":`;
}
