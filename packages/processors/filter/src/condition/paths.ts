/** The paths of each context: which fields a condition can read, and what type they have. */
import {
  type AttributeMap,
  type AttributeValue,
  type DataPointRecord,
  DataPointType,
  type HrTime,
  hrTimeToNanos,
  type SpanRecord,
  ValueType,
} from '@telemetryflow/otlp';
import type { ContextName, Subject } from './subject.ts';

/** `any` is known only when the item is there. */
export type StaticType = 'string' | 'number' | 'bool' | 'map' | 'nil' | 'any';

export interface Field {
  readonly type: StaticType;
  get(subject: Subject): AttributeValue;
  /** True when the number is an OTLP double; only for fields that may be either. */
  isDouble?(subject: Subject): boolean;
}

type Fields = Readonly<Record<string, Field>>;

const field = (type: StaticType, get: Field['get']): Field => ({ type, get });
const text = (get: Field['get']): Field => field('string', get);
const number = (get: Field['get']): Field => field('number', get);
const map = (get: (subject: Subject) => AttributeMap | undefined): Field => field('map', get);
const nanos = (time: HrTime | undefined): bigint | undefined => (time === undefined ? undefined : hrTimeToNanos(time));

const RESOURCE: Fields = {
  attributes: map((s) => s.resource.attributes),
  schema_url: text((s) => s.resource.schemaUrl ?? ''),
  dropped_attributes_count: number((s) => s.resource.droppedAttributesCount ?? 0),
};

const SCOPE: Fields = {
  name: text((s) => s.scope.name),
  version: text((s) => s.scope.version ?? ''),
  attributes: map((s) => s.scope.attributes ?? {}),
  schema_url: text((s) => s.scope.schemaUrl ?? ''),
  dropped_attributes_count: number((s) => s.scope.droppedAttributesCount ?? 0),
};

const SPAN_KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];

const SPAN: Fields = {
  name: text((s) => s.span?.name),
  kind: number((s) => otlpKind(s.span)),
  'kind.string': text((s) => SPAN_KINDS[otlpKind(s.span)] ?? ''),
  'trace_id.string': text((s) => s.span?.spanContext().traceId),
  'span_id.string': text((s) => s.span?.spanContext().spanId),
  'parent_span_id.string': text((s) => s.span?.parentSpanContext?.spanId ?? ''),
  trace_state: text((s) => s.span?.spanContext().traceState?.serialize() ?? ''),
  start_time_unix_nano: number((s) => nanos(s.span?.startTime)),
  end_time_unix_nano: number((s) => nanos(s.span?.endTime)),
  'status.code': number((s) => s.span?.status.code),
  'status.message': text((s) => s.span?.status.message ?? ''),
  attributes: map((s) => s.span?.attributes),
  dropped_attributes_count: number((s) => s.span?.droppedAttributesCount),
  dropped_events_count: number((s) => s.span?.droppedEventsCount),
  dropped_links_count: number((s) => s.span?.droppedLinksCount),
};

/** OTLP's kinds are one higher than those of OpenTelemetry JS. */
function otlpKind(span: SpanRecord | undefined): number {
  return span === undefined ? 0 : (span.otlpKind ?? span.kind + 1);
}

const EVENT: Fields = {
  name: text((s) => s.event?.name),
  time_unix_nano: number((s) => nanos(s.event?.time)),
  attributes: map((s) => s.event?.attributes ?? {}),
  dropped_attributes_count: number((s) => s.event?.droppedAttributesCount ?? 0),
};

/** METRIC_DATA_TYPE_… by DataPointType. */
const METRIC_TYPES: Readonly<Record<number, number>> = {
  [DataPointType.GAUGE]: 1,
  [DataPointType.SUM]: 2,
  [DataPointType.HISTOGRAM]: 3,
  [DataPointType.EXPONENTIAL_HISTOGRAM]: 4,
  [DataPointType.SUMMARY]: 5,
};

const METRIC: Fields = {
  name: text((s) => s.metric?.descriptor.name),
  description: text((s) => s.metric?.descriptor.description),
  unit: text((s) => s.metric?.descriptor.unit),
  type: number((s) => (s.metric === undefined || s.metric.noData ? 0 : METRIC_TYPES[s.metric.dataPointType])),
  aggregation_temporality: number((s) => temporality(s)),
  is_monotonic: field('bool', (s) => (s.metric?.dataPointType === DataPointType.SUM ? s.metric.isMonotonic : null)),
  metadata: map((s) => s.metric?.descriptor.metadata ?? {}),
};

function temporality({ metric }: Subject): number | null {
  if (metric === undefined) return null;
  if (metric.dataPointType === DataPointType.GAUGE || metric.dataPointType === DataPointType.SUMMARY) return null;
  return metric.otlpTemporality ?? metric.aggregationTemporality + 1;
}

const POINT: Fields = {
  attributes: map((s) => s.point?.attributes),
  start_time_unix_nano: number((s) => nanos(s.point?.startTime)),
  time_unix_nano: number((s) => nanos(s.point?.endTime)),
  value_int: number((s) => (holdsDouble(s) ? null : numberOf(s.point))),
  value_double: {
    type: 'number',
    get: (s) => (holdsDouble(s) ? numberOf(s.point) : null),
    isDouble: () => true,
  },
  flags: number((s) => s.point?.flags ?? 0),
  count: number((s) => partOf(s.point, 'count')),
  sum: { type: 'number', get: (s) => partOf(s.point, 'sum'), isDouble: () => true },
  min: { type: 'number', get: (s) => partOf(s.point, 'min'), isDouble: () => true },
  max: { type: 'number', get: (s) => partOf(s.point, 'max'), isDouble: () => true },
  scale: number((s) => partOf(s.point, 'scale')),
  zero_count: number((s) => partOf(s.point, 'zeroCount')),
};

function holdsDouble({ point, metric }: Subject): boolean {
  return (point?.valueType ?? metric?.descriptor.valueType) === ValueType.DOUBLE;
}

function numberOf(point: DataPointRecord<unknown> | undefined): AttributeValue {
  const value = point?.value;
  return typeof value === 'number' || typeof value === 'bigint' ? value : null;
}

/** A field of a histogram or summary; nil where the point has none. */
function partOf(point: DataPointRecord<unknown> | undefined, key: string): AttributeValue {
  const value = point?.value;
  if (typeof value !== 'object' || value === null) return null;
  const part: unknown = Reflect.get(value, key);
  return typeof part === 'number' || typeof part === 'bigint' ? part : null;
}

const LOG: Fields = {
  body: { type: 'any', get: (s) => s.log?.body, isDouble: (s) => s.log?.bodyIsDouble === true },
  severity_number: number((s) => s.log?.severityNumber ?? 0),
  severity_text: text((s) => s.log?.severityText ?? ''),
  event_name: text((s) => s.log?.eventName ?? ''),
  'trace_id.string': text((s) => s.log?.spanContext?.traceId ?? ''),
  'span_id.string': text((s) => s.log?.spanContext?.spanId ?? ''),
  time_unix_nano: number((s) => nanos(s.log?.hrTime)),
  observed_time_unix_nano: number((s) => nanos(s.log?.hrTimeObserved)),
  attributes: map((s) => s.log?.attributes),
  dropped_attributes_count: number((s) => s.log?.droppedAttributesCount),
};

const AROUND: Fields = {
  ...prefixed('resource', RESOURCE),
  ...prefixed('instrumentation_scope', SCOPE),
  ...prefixed('scope', SCOPE),
};

/** Every path of a context by its dotted name; its own fields with and without their prefix. */
export const PATHS: Readonly<Record<ContextName, ReadonlyMap<string, Field>>> = {
  span: paths({ ...AROUND, ...SPAN, ...prefixed('span', SPAN) }),
  spanevent: paths({ ...AROUND, ...EVENT, ...prefixed('spanevent', EVENT), ...prefixed('span', SPAN) }),
  metric: paths({ ...AROUND, ...METRIC, ...prefixed('metric', METRIC) }),
  datapoint: paths({ ...AROUND, ...POINT, ...prefixed('datapoint', POINT), ...prefixed('metric', METRIC) }),
  log_record: paths({ ...AROUND, ...LOG, ...prefixed('log', LOG) }),
};

function prefixed(prefix: string, fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, each]) => [`${prefix}.${name}`, each]));
}

function paths(fields: Fields): ReadonlyMap<string, Field> {
  return new Map(Object.entries(fields));
}
