/** `otel-v1`: name, unit and kind in the measurement, temporality in the field keys. Sums and histograms only. */
import { exponentialToExplicit } from '@telemetryflow/metrics';
import {
  AggregationTemporality,
  type DataPointRecord,
  DataPointType,
  type ExponentialHistogramValue,
  type HistogramValue,
  type MetricRecord,
} from '@telemetryflow/otlp';
import { boundCounts, statistics } from './histogram-fields.ts';
import {
  fieldKeys,
  joined,
  MALFORMED,
  NOT_A_NUMBER,
  numberText,
  type Refusal,
  type Schema,
  type SchemaOptions,
} from './schema.ts';
import { BUCKETS } from './schema-telegraf-v1.ts';
import { measurementText } from './text.ts';
import { startField } from './timestamp.ts';

const UNSUPPORTED: Refusal = {
  reason: 'unsupported',
  detail: 'the schema otel-v1 has sums and histograms only (exponential ones with exponential_histograms: buckets)',
};
const INT = 0;

export function otelV1(options: SchemaOptions): Schema {
  return (metric) => {
    const { name, unit } = metric.descriptor;
    const kind = metric.dataPointType === DataPointType.SUM ? 'sum' : 'histogram';
    return {
      measurement: name === '' ? '' : measurementText(`${name}_${unit}_${kind}`),
      series: '',
      keys: KEYS,
      write: (point) => write(metric, point, options),
    };
  };
}

const FIXED = fieldKeys('otel', ['count', 'sum', 'min', 'max', 'start_time_unix_nano']);
const KEYS = {
  id: FIXED.id,
  has: (key: string): boolean => FIXED.has(key) || /^(value_|(delta|cumulative)_)/.test(key),
};

function write(metric: MetricRecord, point: DataPointRecord<unknown>, options: SchemaOptions): string | Refusal {
  const { startTime, value } = point;
  const temporality = metric.aggregationTemporality === AggregationTemporality.DELTA ? 'delta' : 'cumulative';
  switch (metric.dataPointType) {
    case DataPointType.SUM: {
      const text = numberText(metric, point, options.integer_fields);
      if (text === undefined) return NOT_A_NUMBER;
      const kind = (point.valueType ?? metric.descriptor.valueType) === INT ? 'int' : 'double';
      const key = `value_${temporality}_${metric.isMonotonic ? 'monotonic' : 'nonmonotonic'}_${kind}`;
      return joined([startField(startTime), `${key}=${text}`]);
    }
    case DataPointType.HISTOGRAM:
      return histogram(value as HistogramValue, temporality, startField(startTime));
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      if (options.exponential_histograms !== 'buckets') return UNSUPPORTED;
      return histogram(
        exponentialToExplicit(value as ExponentialHistogramValue, BUCKETS),
        temporality,
        startField(startTime),
      );
    default:
      return UNSUPPORTED;
  }
}

function histogram(value: HistogramValue, temporality: string, start: string): string | Refusal {
  const buckets = boundCounts(value, false);
  if (buckets === undefined) return MALFORMED;
  const fields = [
    ...buckets.map(({ bound, count }) => `${temporality}_${bound}=${count}`),
    ...statistics(value).map(({ key, text }) => `${key}=${text}`),
  ];
  return joined([...fields, start].sort());
}
