/**
 * Data points for the Metric API: gauges, counts and summaries. Counters and histograms are deltas by now, sums that
 * can fall are levels. The API keeps no buckets.
 */
import { type Batch, type EncodeContext, type Encoded, Refusals } from '@telemetryflow/kernel';
import { statisticsOf } from '@telemetryflow/metrics';
import {
  type DataPointRecord,
  DataPointType,
  type ExponentialHistogramValue,
  type HistogramValue,
  hrTimeIsZero,
  type MetricRecord,
  type SummaryValue,
} from '@telemetryflow/otlp';
import { type Group, ItemGroups } from './item-group.ts';
import { AttributeWriter, ENTITY_NAMES } from './json-attributes.ts';
import { type ApiMessage, fits, JsonRequest } from './json-request.ts';
import type { Losses } from './losses.ts';
import { pointProblem } from './point-problem.ts';
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

type Point = MetricRecord['dataPoints'][number];

export function metricsEncoder(environment: string, flushInterval: number) {
  const attributes = new AttributeWriter({ reserved: RESERVED, maxValue: MAX_VALUE, flatten: false });
  const common = { list: 'metrics', attributes, maxAttributes: MAX_ATTRIBUTES, environment } as const;

  return function* encode(
    batch: Batch<'metrics'>,
    { now }: EncodeContext,
    maxBytes: number,
  ): Generator<Encoded<ApiMessage>> {
    const request = new JsonRequest(maxBytes);
    const groups = new ItemGroups(common, request);
    const refusals = new Refusals();
    let item = -1;
    for (const { resource, scopeMetrics } of batch.records()) {
      for (const { scope, metrics } of scopeMetrics) {
        const group = groups.of(resource, scope);
        for (const metric of metrics) {
          const writer = new PointWriter(metric, group, attributes, flushInterval);
          for (const point of metric.dataPoints) {
            item++;
            if (item % TURN === TURN - 1) yield;
            const problem = writer.problem ?? pointProblem(metric, point, now);
            if (problem !== undefined) {
              refusals.add(problem.reason, problem.detail, item);
              continue;
            }
            const text = writer.write(point, now, request.losses);
            if (!fits(text)) refusals.add('too_large', 'a data point of more than 900 kB', item);
            else {
              const full = request.add(
                item,
                group,
                text,
                hrTimeIsZero(point.endTime) ? now : wholeMillis(point.endTime),
              );
              if (full !== undefined) yield full;
            }
          }
        }
      }
    }
    const last = request.end();
    if (last !== undefined) yield last;
    yield* refusals.end();
  };
}

/** One metric of a batch, with what its points share written once. */
class PointWriter {
  readonly problem: { readonly reason: 'invalid'; readonly detail: string } | undefined;
  readonly #metric: MetricRecord;
  readonly #attributes: AttributeWriter;
  readonly #room: number;
  readonly #flushInterval: number;
  readonly #taken: readonly string[];
  readonly #name: string;
  /** Unit and description as members. */
  readonly #own: string;

  constructor(metric: MetricRecord, group: Group, attributes: AttributeWriter, flushInterval: number) {
    const { name, unit, description } = metric.descriptor;
    this.#metric = metric;
    this.#attributes = attributes;
    this.#flushInterval = flushInterval;
    this.#name = JSON.stringify(name.toWellFormed());
    const own: string[] = [];
    this.#own = '';
    if (unit !== '') this.#own += `,"unit":${JSON.stringify(unit.toWellFormed())}`;
    if (description !== '')
      this.#own += `,"description":${JSON.stringify(description.slice(0, MAX_VALUE).toWellFormed())}`;
    if (unit !== '') own.push('unit');
    if (description !== '') own.push('description');
    if (metric.dataPointType === DataPointType.SUMMARY) own.push('percentile');
    this.#taken = [name, ...own];
    this.#room = group.room - own.length;
    if (name === '' || name.length > MAX_NAME) {
      this.problem = { reason: 'invalid', detail: 'a metric without a name, or with one of more than 254 characters' };
    }
  }

  /** One metric of the API, or several with commas between them. */
  write(point: Point, now: number, losses: Losses): string {
    const end = hrTimeIsZero(point.endTime) ? now : wholeMillis(point.endTime);
    const members = this.#attributes.members(point.attributes, this.#room, losses, this.#taken) + this.#own;
    const tail = members === '' ? '}' : `,"attributes":{${members.slice(1)}}}`;
    const { dataPointType } = this.#metric;
    switch (dataPointType) {
      case DataPointType.GAUGE:
        return this.#gauge(Number(point.value), end, tail);
      case DataPointType.SUM:
        return this.#metric.isMonotonic
          ? `{"name":${this.#name},"type":"count","value":${Number(point.value)}${this.#window(point, end)}${tail}`
          : this.#gauge(Number(point.value), end, tail);
      case DataPointType.HISTOGRAM:
      case DataPointType.EXPONENTIAL_HISTOGRAM:
        return this.#histogram(
          point.value as HistogramValue | ExponentialHistogramValue,
          this.#window(point, end),
          tail,
        );
      case DataPointType.SUMMARY:
        return this.#summary(point as DataPointRecord<SummaryValue>, end, { members, tail });
    }
  }

  #gauge(value: number, ms: number, tail: string): string {
    return `{"name":${this.#name},"type":"gauge","value":${value},"timestamp":${ms}${tail}`;
  }

  #histogram(value: HistogramValue | ExponentialHistogramValue, window: string, tail: string): string {
    const { count = 0, sum = 0, min = 0, max = 0 } = statisticsOf(value) ?? {};
    return this.#statistics({ count, sum, min, max }, window, tail);
  }

  #summary(
    point: DataPointRecord<SummaryValue>,
    end: number,
    { members, tail }: { members: string; tail: string },
  ): string {
    const { sum, quantiles } = point.value;
    const count = Number(point.value.count);
    const mean = sum / count;
    const at = (wanted: number): number => {
      const value = quantiles.find(({ quantile }) => quantile === wanted)?.value;
      return value !== undefined && Number.isFinite(value) ? value : mean;
    };
    let text = this.#statistics({ count, sum, min: at(0), max: at(1) }, this.#window(point, end), tail);
    const name = JSON.stringify(`${this.#metric.descriptor.name}.percentiles`.toWellFormed());
    for (const { quantile, value } of quantiles) {
      // The quantile of a window without measurements is NaN.
      if (quantile === 0 || quantile === 1 || !Number.isFinite(value)) continue;
      const percentile = Number((quantile * 100).toPrecision(12));
      text += `,{"name":${name},"type":"gauge","value":${value},"timestamp":${end},"attributes":{"percentile":${percentile}${members}}}`;
    }
    return text;
  }

  #statistics(value: { count: number; sum: number; min: number; max: number }, window: string, tail: string): string {
    return `{"name":${this.#name},"type":"summary","value":${JSON.stringify(value)}${window}${tail}`;
  }

  /** A start that is missing, or not before the end, is one flush interval ago. */
  #window(point: Point, end: number): string {
    const start = hrTimeIsZero(point.startTime) ? end : wholeMillis(point.startTime);
    const interval = start < end ? end - start : Math.max(1, this.#flushInterval);
    return `,"timestamp":${end - interval},"interval.ms":${interval}`;
  }
}
