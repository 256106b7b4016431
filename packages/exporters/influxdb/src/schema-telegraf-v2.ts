/** `telegraf-prometheus-v2`: one measurement, the name of the metric as field key, buckets and quantiles as lines. */
import { decimalText, exponentialToExplicit, quantileOf } from '@telemetryflow/metrics';
import {
  type DataPointRecord,
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
  QUANTILES,
  type Refusal,
  type Schema,
  type SchemaOptions,
  type TaggedFields,
} from './schema.ts';
import { BUCKETS, isCounter } from './schema-telegraf-v1.ts';
import { floatText, keyText } from './text.ts';
import { startField } from './timestamp.ts';

const MEASUREMENT = 'prometheus';

export function telegrafV2(options: SchemaOptions): Schema {
  return (metric) => {
    // A field of this name would be lost without a word.
    const plain = metric.descriptor.name === 'time' ? 'time_' : metric.descriptor.name;
    const name = keyText(plain);
    const names = ['', '_count', '_max', '_min', '_sum', '_bucket'].map((suffix) => `${plain}${suffix}`);
    return {
      measurement: name === '' ? '' : MEASUREMENT,
      series: name,
      keys: fieldKeys(name, [...names, 'start_time_unix_nano']),
      write: (point) => write(metric, name, point, options),
    };
  };
}

function write(
  metric: MetricRecord,
  name: string,
  point: DataPointRecord<unknown>,
  { integer_fields: integers, exponential_histograms: mode }: SchemaOptions,
): string | readonly TaggedFields[] | Refusal {
  const { startTime, value } = point;
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
    case DataPointType.SUM: {
      const text = numberText(metric, point, integers);
      if (text === undefined) return NOT_A_NUMBER;
      return inOrder(`${name}=${text}`, isCounter(metric) ? startField(startTime) : '');
    }
    case DataPointType.HISTOGRAM:
      return histogram(name, value as HistogramValue, startField(startTime));
    case DataPointType.EXPONENTIAL_HISTOGRAM: {
      const exponential = value as ExponentialHistogramValue;
      if (mode === 'drop') return DROPPED;
      if (mode === 'buckets')
        return histogram(name, exponentialToExplicit(exponential, BUCKETS), startField(startTime));
      const quantiles = QUANTILES.map((quantile) => ({ quantile, value: quantileOf(exponential, quantile) }));
      return [summaryLine(name, exponential, startField(startTime)), ...quantileLines(name, quantiles)];
    }
    case DataPointType.SUMMARY: {
      const summary = value as SummaryValue;
      return [summaryLine(name, summary, startField(startTime)), ...quantileLines(name, summary.quantiles)];
    }
  }
}

function histogram(name: string, value: HistogramValue, start: string): readonly TaggedFields[] | Refusal {
  const buckets = boundCounts(value, true);
  if (buckets === undefined) return MALFORMED;
  const lines = buckets.map(({ bound, count }) => ({ tag: { le: bound }, fields: `${name}_bucket=${count}` }));
  return [summaryLine(name, value, start), ...lines];
}

function summaryLine(name: string, value: Parameters<typeof statistics>[0], start: string): TaggedFields {
  return { fields: inOrder(joined(statistics(value).map(({ key, text }) => `${name}_${key}=${text}`)), start) };
}

function quantileLines(
  name: string,
  quantiles: readonly { readonly quantile: number; readonly value: number | undefined }[],
): TaggedFields[] {
  return quantiles.flatMap(({ quantile, value }) => {
    const text = value === undefined ? undefined : floatText(value);
    return text === undefined ? [] : [{ tag: { quantile: decimalText(quantile) }, fields: `${name}=${text}` }];
  });
}

/** Fields are sorted by key. */
function inOrder(fields: string, start: string): string {
  if (start === '') return fields;
  return fields < start ? `${fields},${start}` : `${start},${fields}`;
}
