/** Data points as JSON events, for an index that metrics share with logs. */
import type { HttpEncoder } from '@telemetryflow/http';
import type { Histogram } from '@telemetryflow/metrics';
import {
  AggregationTemporality,
  DataPointType,
  type MetricRecord,
  quoted,
  type SummaryValue,
} from '@telemetryflow/otlp';
import type { SplunkConfig } from './config.ts';
import { cumulativeBuckets } from './distribution.ts';
import { encoderOf } from './encoder.ts';
import { Envelopes } from './envelope.ts';
import { EVENT_FIELDS, FieldWriter, fieldsMember } from './fields.ts';
import { hasNumber, NO_NUMBER, type Point, pointsOf } from './points.ts';
import { secondsText, stampOf } from './time.ts';

const TURN = 256;

export function metricEventsEncoder(config: SplunkConfig, hostname: string): HttpEncoder<'metrics'> {
  const envelopes = new Envelopes(config, 'metrics', { hostname, suffix: ':metrics' });
  const writer = new FieldWriter(EVENT_FIELDS, envelopes.names);
  return encoderOf(config, envelopes, writer, function* writeMetricEvents(batch, { groups, refusals, requests }) {
    for (const each of pointsOf(batch.records())) {
      const { item, resource, scope, point } = each;
      if (item % TURN === TURN - 1) yield undefined;
      if (!hasNumber(each)) {
        refusals.add('unsupported', NO_NUMBER, item);
        continue;
      }
      const { attributes, endTime } = point;
      const group = groups.of(resource, scope);
      const { index, text } = groups.envelope(group, resource, attributes);
      const fields = fieldsMember(writer.write(group.fields, attributes, ''));
      const event = `{${stampOf(endTime)}${text}"event":${eventOf(each)}${fields}`;
      const full = requests.addEvent(index, event, item);
      if (full !== undefined) yield full;
    }
  });
}

const TYPES = {
  [DataPointType.GAUGE]: 'gauge',
  [DataPointType.SUM]: 'sum',
  [DataPointType.HISTOGRAM]: 'histogram',
  [DataPointType.EXPONENTIAL_HISTOGRAM]: 'exponential_histogram',
  [DataPointType.SUMMARY]: 'summary',
} as const;

function eventOf({ metric, point }: Point): string {
  const { name, unit } = metric.descriptor;
  const start = secondsText(point.startTime);
  let text = `{"name":${quoted(name)},"type":"${TYPES[metric.dataPointType]}"`;
  if (unit !== '') text += `,"unit":${quoted(unit)}`;
  text += temporalityOf(metric);
  if (metric.dataPointType === DataPointType.SUM) text += `,"monotonic":${metric.isMonotonic}`;
  if (start !== undefined) text += `,"start_time":${start}`;
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
    case DataPointType.SUM:
      return `${text},"value":${point.value}}`;
    case DataPointType.SUMMARY:
      return `${text}${summaryText(point.value as SummaryValue)}}`;
    default:
      return `${text}${histogramText(point.value as Histogram)}}`;
  }
}

function temporalityOf(metric: MetricRecord): string {
  if (metric.dataPointType === DataPointType.GAUGE || metric.dataPointType === DataPointType.SUMMARY) return '';
  if (metric.otlpTemporality !== undefined) return '';
  return `,"temporality":"${metric.aggregationTemporality === AggregationTemporality.DELTA ? 'delta' : 'cumulative'}"`;
}

function histogramText(histogram: Histogram): string {
  const { count, sum, min, max } = histogram;
  let text = `${member('count', count)}${member('sum', sum)}${member('min', min)}${member('max', max)}`;
  const buckets = cumulativeBuckets(histogram).map(([le, below]) => `{"le":"${le}","count":${below}}`);
  if (buckets.length > 0) text += `,"buckets":[${buckets.join(',')}]`;
  return text;
}

function summaryText({ count, sum, quantiles }: SummaryValue): string {
  const all = quantiles.flatMap(({ quantile, value }) =>
    Number.isFinite(quantile) && Number.isFinite(value) ? `{"q":${quantile},"value":${value}}` : [],
  );
  return `${member('count', count)}${member('sum', sum)}${all.length > 0 ? `,"quantiles":[${all.join(',')}]` : ''}`;
}

function member(name: string, value: number | bigint | undefined): string {
  return typeof value === 'bigint' || (value !== undefined && Number.isFinite(value)) ? `,"${name}":${value}` : '';
}
