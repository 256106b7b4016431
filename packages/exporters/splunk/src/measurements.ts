/** A data point as the metrics that a metrics index keeps of it. */
import type { Histogram } from '@telemetryflow/metrics';
import { DataPointType, type MetricRecord, type SummaryValue } from '@telemetryflow/otlp';
import { cumulativeBuckets } from './distribution.ts';

/** One number under one name; `extra` is a dimension of its own, as `,"le":"10"`. */
export interface Measurement {
  readonly name: string;
  readonly value: number | bigint;
  readonly extra: string;
}

/** The dimension `metric_type`. */
export function typeOf({ dataPointType }: MetricRecord): string {
  switch (dataPointType) {
    case DataPointType.GAUGE:
      return 'Gauge';
    case DataPointType.SUM:
      return 'Sum';
    case DataPointType.SUMMARY:
      return 'Summary';
    default:
      return 'Histogram';
  }
}

/** What Splunk takes in a name; dots make its hierarchy. */
export function metricName(name: string): string {
  return name === '' ? '_' : name.replace(/[^A-Za-z0-9_.:-]/g, '_');
}

/** Every finite number of a point. */
export function measurementsOf(metric: MetricRecord, name: string, value: unknown): Measurement[] {
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
    case DataPointType.SUM:
      return [{ name, value: value as number | bigint, extra: '' }];
    case DataPointType.SUMMARY:
      return finite(ofSummary(name, value as SummaryValue));
    default:
      return finite(ofHistogram(name, value as Histogram));
  }
}

type Candidate = Omit<Measurement, 'value'> & { readonly value: number | bigint | undefined };

function finite(candidates: Iterable<Candidate>): Measurement[] {
  const found: Measurement[] = [];
  for (const { name, value, extra } of candidates) {
    if (typeof value === 'bigint' || (value !== undefined && Number.isFinite(value)))
      found.push({ name, value, extra });
  }
  return found;
}

function* ofHistogram(name: string, histogram: Histogram): Generator<Candidate> {
  const { sum, count, min, max } = histogram;
  yield { name: `${name}_sum`, value: sum, extra: '' };
  yield { name: `${name}_count`, value: count, extra: '' };
  yield { name: `${name}_min`, value: min, extra: '' };
  yield { name: `${name}_max`, value: max, extra: '' };
  for (const [le, below] of cumulativeBuckets(histogram)) {
    yield { name: `${name}_bucket`, value: below, extra: `,"le":"${le}"` };
  }
}

function* ofSummary(name: string, { sum, count, quantiles }: SummaryValue): Generator<Candidate> {
  yield { name: `${name}_sum`, value: sum, extra: '' };
  yield { name: `${name}_count`, value: count, extra: '' };
  for (const { quantile, value } of quantiles) {
    yield { name: `${name}_${quantile}`, value, extra: `,"qt":"${quantile}"` };
  }
}
