/** What a data point says, in the words of metric lines. */
import { statisticsOf } from '@telemetryflow/metrics';
import {
  AggregationTemporality,
  type DataPointRecord,
  DataPointType,
  type ExponentialHistogramValue,
  type HistogramValue,
  type MetricRecord,
  type SummaryValue,
} from '@telemetryflow/otlp';

/** One line to be: what is added to the key and to the dimensions, and the payload. */
export interface LineValue {
  /** Added to the metric key, as `.sum`. */
  readonly suffix: string;
  readonly quantile?: string;
  readonly payload: string;
}

/** Characters of the longest of them, `.count`. */
export const LONGEST_SUFFIX = 6;

/** The type that Dynatrace knows a metric by. */
export type LineType = 'gauge' | 'count';

const NO_RECORDED_VALUE = 1;

/**
 * The number in decimal; an exponent is written as Java writes it, which every server has seen. `undefined` for NaN
 * and infinities.
 */
export function numberText(value: number | bigint): string | undefined {
  if (typeof value === 'bigint') return value.toString();
  if (!Number.isFinite(value)) return undefined;
  if (value === 0) return '0';
  const text = String(value);
  const at = text.indexOf('e');
  if (at < 0) return text;
  const digits = text.slice(0, at);
  return `${digits.includes('.') ? digits : `${digits}.0`}E${text.slice(at + 1).replace('+', '')}`;
}

/** How Dynatrace is to understand a metric: increments (`count`), or anything else (`gauge`). */
export function lineType(metric: MetricRecord): LineType {
  if (metric.dataPointType !== DataPointType.SUM) return 'gauge';
  return metric.aggregationTemporality === AggregationTemporality.DELTA ? 'count' : 'gauge';
}

/** The lines of a point, none for a histogram without measurements, or the reason why it cannot be sent. */
export function lineValues(metric: MetricRecord, point: DataPointRecord<unknown>): readonly LineValue[] | string {
  if (((point.flags ?? 0) & NO_RECORDED_VALUE) !== 0 || point.value === undefined) return 'no value was recorded';
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
    case DataPointType.SUM: {
      const value = numberText(point.value as number | bigint);
      if (value === undefined) return NOT_FINITE;
      return [{ suffix: '', payload: lineType(metric) === 'count' ? `count,delta=${value}` : `gauge,${value}` }];
    }
    case DataPointType.HISTOGRAM:
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return histogram(point.value as HistogramValue | ExponentialHistogramValue);
    case DataPointType.SUMMARY:
      return summary(point.value as SummaryValue);
  }
}

const NOT_FINITE = 'NaN and infinities are no values for Dynatrace';

function histogram(value: HistogramValue | ExponentialHistogramValue): readonly LineValue[] | string {
  const statistics = statisticsOf(value);
  if (statistics === undefined) return [];
  const { min, max, sum, count } = statistics;
  const [low, high, total] = [numberText(min), numberText(max), numberText(sum)];
  if (low === undefined || high === undefined || total === undefined) return NOT_FINITE;
  return [{ suffix: '', payload: `gauge,min=${low},max=${high},sum=${total},count=${numberText(count)}` }];
}

function summary({ count, sum, quantiles }: SummaryValue): readonly LineValue[] | string {
  const [total, measurements] = [numberText(sum), numberText(count)];
  if (total === undefined || measurements === undefined) return NOT_FINITE;
  const lines: LineValue[] = [
    { suffix: '.sum', payload: `count,delta=${total}` },
    { suffix: '.count', payload: `count,delta=${measurements}` },
  ];
  for (const { quantile, value } of quantiles) {
    const text = numberText(value);
    if (text !== undefined) lines.push({ suffix: '', quantile: String(quantile), payload: `gauge,${text}` });
  }
  return lines;
}
