/** `telegraf-prometheus-v1`: a measurement per metric, fields by kind, bounds and quantiles as field keys. */
import { decimalText, exponentialToExplicit, quantileOf } from '@telemetryflow/metrics';
import {
  AggregationTemporality,
  DataPointType,
  type ExponentialHistogramValue,
  type HistogramValue,
  type MetricRecord,
  type SummaryValue,
} from '@telemetryflow/otlp';
import { boundCounts, statistics } from './histogram-fields.ts';
import {
  DROPPED,
  fieldKeys,
  joined,
  MALFORMED,
  NOT_A_NUMBER,
  numberText,
  type PointWriter,
  QUANTILES,
  type Refusal,
  type Schema,
  type SchemaOptions,
} from './schema.ts';
import { floatText, measurementText } from './text.ts';
import { startField } from './timestamp.ts';

const GAUGE = fieldKeys('gauge', ['gauge']);
const COUNTER = fieldKeys('counter', ['counter', 'start_time_unix_nano']);
const DISTRIBUTION = fieldKeys(
  'distribution',
  ['count', 'sum', 'min', 'max', 'start_time_unix_nano', 'zero_count', 'scale'],
  true,
);

/** Boundaries at powers of two: the same for all points, so that fields do not multiply. */
export const BUCKETS = { maxScale: 0 } as const;

export function telegrafV1(options: SchemaOptions): Schema {
  return (metric) => {
    const measurement = measurementText(metric.descriptor.name);
    return { measurement, series: '', ...writerOf(metric, options) };
  };
}

function writerOf(metric: MetricRecord, options: SchemaOptions): Pick<PointWriter, 'keys' | 'write'> {
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
    case DataPointType.SUM:
      return isCounter(metric) ? counter(metric, options) : gauge(metric, options);
    case DataPointType.HISTOGRAM:
      return { keys: DISTRIBUTION, write: ({ value, startTime }) => explicit(value as HistogramValue, startTime) };
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return exponential(options);
    case DataPointType.SUMMARY:
      return { keys: DISTRIBUTION, write: ({ value, startTime }) => summary(value as SummaryValue, startTime) };
  }
}

/** Only what never falls is a counter; increments are left as they are, and are no counter. */
export function isCounter(metric: MetricRecord): boolean {
  if (metric.dataPointType !== DataPointType.SUM || !metric.isMonotonic) return false;
  return metric.aggregationTemporality === AggregationTemporality.CUMULATIVE;
}

function gauge(metric: MetricRecord, { integer_fields: integers }: SchemaOptions): Pick<PointWriter, 'keys' | 'write'> {
  return {
    keys: GAUGE,
    write(point) {
      const text = numberText(metric, point, integers);
      return text === undefined ? NOT_A_NUMBER : `gauge=${text}`;
    },
  };
}

function counter(
  metric: MetricRecord,
  { integer_fields: integers }: SchemaOptions,
): Pick<PointWriter, 'keys' | 'write'> {
  return {
    keys: COUNTER,
    write(point) {
      const text = numberText(metric, point, integers);
      if (text === undefined) return NOT_A_NUMBER;
      const start = startField(point.startTime);
      return start === '' ? `counter=${text}` : `counter=${text},${start}`;
    },
  };
}

function exponential({ exponential_histograms: mode }: SchemaOptions): Pick<PointWriter, 'keys' | 'write'> {
  return {
    keys: DISTRIBUTION,
    write({ value, startTime }) {
      const histogram = value as ExponentialHistogramValue;
      if (mode === 'drop') return DROPPED;
      if (mode === 'buckets') return explicit(exponentialToExplicit(histogram, BUCKETS), startTime);
      const quantiles = QUANTILES.map((q) => field(decimalText(q), quantileOf(histogram, q)));
      const shape = [`scale=${histogram.scale}`, `zero_count=${histogram.zeroCount}`];
      return joined([...quantiles, ...shape, ...ofStatistics(histogram, startTime)].sort());
    },
  };
}

function explicit(value: HistogramValue, startTime: Parameters<typeof startField>[0]): string | Refusal {
  const buckets = boundCounts(value, true);
  if (buckets === undefined) return MALFORMED;
  const fields = buckets.map(({ bound, count }) => `${bound}=${count}`);
  return joined([...fields, ...ofStatistics(value, startTime)].sort());
}

function summary(value: SummaryValue, startTime: Parameters<typeof startField>[0]): string {
  const quantiles = value.quantiles.map((each) => field(decimalText(each.quantile), each.value));
  return joined([...quantiles, ...ofStatistics(value, startTime)].sort());
}

function ofStatistics(value: Parameters<typeof statistics>[0], startTime: Parameters<typeof startField>[0]): string[] {
  return [...statistics(value).map(({ key, text }) => `${key}=${text}`), startField(startTime)];
}

function field(key: string, value: number | undefined): string {
  const text = value === undefined ? undefined : floatText(value);
  return text === undefined ? '' : `${key}=${text}`;
}
