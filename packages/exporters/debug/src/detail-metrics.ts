/** `verbosity: detailed` for metrics: descriptor, every data point, buckets and exemplars. */
import {
  AggregationTemporality,
  type DataPointRecord,
  DataPointType,
  type ExemplarRecord,
  type MetricRecord,
} from '@telemetryflow/otlp';
import { attributes, field } from './detail.ts';
import { printable, timeText } from './text.ts';

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [DataPointType.GAUGE]: 'Gauge',
  [DataPointType.SUM]: 'Sum',
  [DataPointType.HISTOGRAM]: 'Histogram',
  [DataPointType.EXPONENTIAL_HISTOGRAM]: 'ExponentialHistogram',
  [DataPointType.SUMMARY]: 'Summary',
};

/** Lines of one metric. */
export function* metricDetail(metric: MetricRecord, index: number): Generator<string> {
  yield `Metric #${index}`;
  yield 'Descriptor:';
  yield `     -> Name: ${printable(metric.descriptor.name)}`;
  yield `     -> Description: ${printable(metric.descriptor.description)}`;
  yield `     -> Unit: ${printable(metric.descriptor.unit)}`;
  yield `     -> DataType: ${TYPE_NAMES[metric.dataPointType] ?? metric.dataPointType}`;
  if (metric.dataPointType === DataPointType.SUM) yield `     -> IsMonotonic: ${metric.isMonotonic}`;
  if (metric.dataPointType !== DataPointType.GAUGE && metric.dataPointType !== DataPointType.SUMMARY) {
    const delta = metric.aggregationTemporality === AggregationTemporality.DELTA;
    yield `     -> AggregationTemporality: ${delta ? 'Delta' : 'Cumulative'}`;
  }
  const points: readonly DataPointRecord<unknown>[] = metric.dataPoints;
  for (const [at, point] of points.entries()) {
    yield `DataPoint #${at}`;
    yield* attributes('Data point attributes', point.attributes);
    yield `StartTimestamp: ${timeText(point.startTime)}`;
    yield `Timestamp: ${timeText(point.endTime)}`;
    if (point.flags !== undefined && point.flags !== 0) yield `Flags: ${point.flags}`;
    yield* values(point.value);
    yield* exemplars(point.exemplars ?? []);
  }
}

/** Whatever a point's value holds, field by field; numbers as they are. */
function* values(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) {
    yield `Value: ${value === undefined ? 'none' : String(value)}`;
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (Array.isArray(inner)) yield* list(key, inner);
    else if (typeof inner === 'object' && inner !== null) yield* nested(key, inner);
    else if (inner !== undefined) yield `${title(key)}: ${String(inner)}`;
  }
}

function* nested(key: string, value: object): Generator<string> {
  for (const [inner, content] of Object.entries(value)) {
    yield `${title(key)} ${inner}: ${Array.isArray(content) ? content.join(' ') : String(content)}`;
  }
}

function* list(key: string, items: readonly unknown[]): Generator<string> {
  for (const [at, item] of items.entries()) {
    const parts = typeof item === 'object' && item !== null ? Object.entries(item) : [['', item]];
    yield `${title(key)} #${at}: ${parts.map(([name, part]) => `${name} ${String(part)}`.trim()).join(', ')}`;
  }
}

function title(key: string): string {
  return key.charAt(0).toUpperCase() + key.slice(1);
}

function* exemplars(list: readonly ExemplarRecord[]): Generator<string> {
  for (const [at, exemplar] of list.entries()) {
    if (at === 0) yield 'Exemplars:';
    yield `Exemplar #${at}`;
    yield field('Trace ID', exemplar.traceId ?? '');
    yield field('Span ID', exemplar.spanId ?? '');
    yield field('Timestamp', timeText(exemplar.time));
    yield field('Value', exemplar.value === undefined ? 'none' : String(exemplar.value));
    yield* attributes('FilteredAttributes', exemplar.filteredAttributes);
  }
}
