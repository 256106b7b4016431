/**
 * The record shapes: what the OpenTelemetry JS SDKs (2.x and 3.x) hand to exporters, widened by what OTLP
 * carries and the SDK types lack. An SDK object is a valid record; a decoded record is a superset of it.
 * `docs/reference/records.md` is the table of every difference.
 *
 * Records are readonly. Whoever changes one builds a new object that shares the rest.
 */

/** Seconds since the epoch (or of a duration) and nanoseconds within that second. */
export type HrTime = readonly [seconds: number, nanoseconds: number];

/** Any OTLP AnyValue. `null` and `undefined` are the empty value; int64 beyond 2^53 is a bigint. */
export type AttributeValue =
  | string
  | number
  | boolean
  | bigint
  | Uint8Array
  | null
  | undefined
  | readonly AttributeValue[]
  | AttributeMap;

/**
 * Marks what JavaScript numbers cannot say: which keys of a map (or indices of an array) hold an OTLP *double*
 * whose value is integral (1.0). Without the mark an integral number is an int64.
 * Object spread copies it; array copies do not, so use `withAttribute`, `withoutAttribute` and `copyArray`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type AttributeMap, DOUBLES, encodeResource } from '@telemetryflow/otlp';
 *
 * const attributes: AttributeMap = { load: 1, [DOUBLES]: new Set(['load']) };
 * const asInt64 = encodeResource({ attributes: { load: 1 } }).length;
 * assert.equal(encodeResource({ attributes }).length, asInt64 + 7); // nine bytes instead of two
 * ```
 */
export const DOUBLES: unique symbol = Symbol.for('telemetryflow.otlp.doubles');

/** A map of attributes. Decoded maps have a null prototype, so `__proto__` is an ordinary key. */
export interface AttributeMap {
  readonly [key: string]: AttributeValue;
  readonly [DOUBLES]?: ReadonlySet<string>;
}

/** An OTLP entity reference: which attributes of the resource identify and describe an entity. */
export interface EntityRef {
  readonly schemaUrl?: string;
  readonly type: string;
  readonly idKeys: readonly string[];
  readonly descriptionKeys: readonly string[];
}

/** What produced the telemetry. SDK resources may resolve attributes later: see `asyncAttributesPending`. */
export interface ResourceRecord {
  readonly attributes: AttributeMap;
  readonly schemaUrl?: string | undefined;
  readonly asyncAttributesPending?: boolean;
  readonly waitForAsyncAttributes?: () => Promise<void>;
  /** OTLP only. */
  readonly droppedAttributesCount?: number;
  /** OTLP only. */
  readonly entityRefs?: readonly EntityRef[];
}

/** The instrumentation library. */
export interface ScopeRecord {
  readonly name: string;
  readonly version?: string | undefined;
  readonly schemaUrl?: string | undefined;
  readonly attributes?: AttributeMap;
  readonly droppedAttributesCount?: number;
}

/** Ids are lower-case hex (32 and 16 digits); `traceFlags` are the low 8 bits of the OTLP flags. */
export interface SpanContextRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote?: boolean;
  readonly traceState?: { serialize(): string } | undefined;
}

/** An event of a span. */
export interface SpanEventRecord {
  readonly time: HrTime;
  readonly name: string;
  readonly attributes?: AttributeMap;
  readonly droppedAttributesCount?: number;
}

/** A link from a span to another. */
export interface SpanLinkRecord {
  readonly context: SpanContextRecord;
  readonly attributes?: AttributeMap;
  readonly droppedAttributesCount?: number;
  /** All 32 OTLP flag bits as received; absent on SDK links. */
  readonly flags?: number;
}

/** A finished span: `encodeTraces` shows a whole one. */
export interface SpanRecord {
  readonly name: string;
  /** OTel JS SpanKind: 0 internal, 1 server, 2 client, 3 producer, 4 consumer. */
  readonly kind: number;
  readonly spanContext: () => SpanContextRecord;
  readonly parentSpanContext?: SpanContextRecord | undefined;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  /** 0 unset, 1 ok, 2 error. */
  readonly status: { readonly code: number; readonly message?: string };
  readonly attributes: AttributeMap;
  readonly links: readonly SpanLinkRecord[];
  readonly events: readonly SpanEventRecord[];
  readonly duration: HrTime;
  readonly ended: boolean;
  readonly resource: ResourceRecord;
  readonly instrumentationScope: ScopeRecord;
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
  /** All 32 OTLP flag bits as received; absent on SDK spans. */
  readonly flags?: number | undefined;
  /** The OTLP kind as received where JS has no counterpart (0 = unspecified, or unknown). */
  readonly otlpKind?: number | undefined;
}

/** A log record, or an event when `eventName` is set: `encodeLogs` shows one. */
export interface LogRecord {
  /** `[0, 0]` = unknown. */
  readonly hrTime: HrTime;
  readonly hrTimeObserved: HrTime;
  readonly spanContext?: SpanContextRecord | undefined;
  readonly severityText?: string | undefined;
  readonly severityNumber?: number | undefined;
  readonly body?: AttributeValue;
  /** Body is an integral OTLP double (1.0): see {@link DOUBLES}. */
  readonly bodyIsDouble?: boolean | undefined;
  readonly eventName?: string | undefined;
  readonly resource: ResourceRecord;
  readonly instrumentationScope: ScopeRecord;
  readonly attributes: AttributeMap;
  readonly droppedAttributesCount: number;
  /** All 32 OTLP flag bits as received; absent on SDK records. */
  readonly flags?: number | undefined;
}

/**
 * OTel JS DataPointType, and summaries, which the JS SDK cannot produce but OTLP carries.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { DataPointType, decodeJson, type MetricRecord } from '@telemetryflow/otlp';
 *
 * // How many values were measured: one by each point, but many by each of a histogram.
 * const measured = (metric: MetricRecord): number =>
 *   metric.dataPointType === DataPointType.HISTOGRAM
 *     ? metric.dataPoints.reduce((sum, { value }) => sum + Number(value.count), 0)
 *     : metric.dataPoints.length;
 *
 * const metrics = '[{"histogram":{"dataPoints":[{"count":"7"}]}},{"gauge":{"dataPoints":[{"asInt":"1"}]}}]';
 * const records = decodeJson('metrics', `{"resourceMetrics":[{"scopeMetrics":[{"metrics":${metrics}}]}]}`);
 * assert.deepEqual(records[0]?.scopeMetrics[0]?.metrics.map(measured), [7, 1]);
 * ```
 */
export const DataPointType = {
  HISTOGRAM: 0,
  EXPONENTIAL_HISTOGRAM: 1,
  GAUGE: 2,
  SUM: 3,
  SUMMARY: 4,
} as const;

/**
 * OTel JS AggregationTemporality (OTLP's numbers are one higher).
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { AggregationTemporality, decodeJson, type ResourceMetricsRecord } from '@telemetryflow/otlp';
 *
 * const metric = '{"sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA"}}';
 * const body = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${metric}]}]}]}`;
 * const records: ResourceMetricsRecord[] = decodeJson('metrics', body);
 * assert.equal(records[0]?.scopeMetrics[0]?.metrics[0]?.aggregationTemporality, AggregationTemporality.DELTA);
 * ```
 */
export const AggregationTemporality = { DELTA: 0, CUMULATIVE: 1 } as const;

/**
 * OTel JS ValueType.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { AggregationTemporality, DataPointType, type MetricDescriptorRecord, ValueType } from '@telemetryflow/otlp';
 * import { encodeMetrics, jsonFromProtobuf, type SumRecord } from '@telemetryflow/otlp';
 *
 * const descriptor: MetricDescriptorRecord = { name: 'cpu', description: '', unit: 's', valueType: ValueType.DOUBLE };
 * const metric: SumRecord = {
 *   descriptor,
 *   dataPointType: DataPointType.SUM,
 *   aggregationTemporality: AggregationTemporality.CUMULATIVE,
 *   isMonotonic: true,
 *   dataPoints: [{ startTime: [1, 0], endTime: [61, 0], attributes: {}, value: 3 }],
 * };
 * const record = { resource: { attributes: {} }, scopeMetrics: [{ scope: { name: 'os' }, metrics: [metric] }] };
 * assert.ok(Buffer.from(jsonFromProtobuf('metrics', encodeMetrics([record]))).includes('"asDouble":3'));
 * ```
 */
export const ValueType = { INT: 0, DOUBLE: 1 } as const;

/** An exemplar of a data point. */
export interface ExemplarRecord {
  readonly time: HrTime;
  /** `undefined` when the OTLP exemplar held no value. */
  readonly value: number | bigint | undefined;
  readonly valueType?: number;
  readonly filteredAttributes: AttributeMap;
  readonly traceId?: string;
  readonly spanId?: string;
}

/** One data point; `endTime` is OTLP's `time_unix_nano`. */
export interface DataPointRecord<V> {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly attributes: AttributeMap;
  readonly value: V;
  /** OTLP only: bit 0 = no recorded value. */
  readonly flags?: number;
  /** OTLP only: INT or DOUBLE of this very point; otherwise the descriptor's applies. */
  readonly valueType?: number;
  readonly exemplars?: readonly ExemplarRecord[];
}

/** The value of a point of a histogram with explicit bounds. */
export interface HistogramValue {
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly (number | bigint)[] };
  readonly sum?: number | undefined;
  readonly count: number | bigint;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** Buckets of one sign. */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly bucketCounts: readonly (number | bigint)[];
}

/** The value of a point of an exponential histogram. */
export interface ExponentialHistogramValue {
  readonly count: number | bigint;
  readonly sum?: number | undefined;
  readonly scale: number;
  readonly zeroCount: number | bigint;
  readonly zeroThreshold?: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** The value of a point of a summary. */
export interface SummaryValue {
  readonly count: number | bigint;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

/** Name, description and unit of a metric. */
export interface MetricDescriptorRecord {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** INT or DOUBLE: the type of points that carry none of their own. */
  readonly valueType: number;
  /** OTLP only: `Metric.metadata`. */
  readonly metadata?: AttributeMap;
}

interface MetricRecordBase {
  readonly descriptor: MetricDescriptorRecord;
  /** OTel JS number; OTLP's own number where it is unspecified or unknown is in `otlpTemporality`. */
  readonly aggregationTemporality: number;
  readonly otlpTemporality?: number;
  /** OTLP only: the metric held no data at all, not even an empty list; it is then a gauge without points. */
  readonly noData?: boolean;
}

/** A metric of levels: `countRecords` shows one. */
export interface GaugeRecord extends MetricRecordBase {
  readonly dataPointType: 2;
  /** Point value `undefined` = the OTLP point held no value (no-recorded-value). */
  readonly dataPoints: readonly DataPointRecord<number | bigint | undefined>[];
}

/** A metric of sums: `ValueType` shows one. */
export interface SumRecord extends MetricRecordBase {
  readonly dataPointType: 3;
  readonly isMonotonic: boolean;
  readonly dataPoints: readonly DataPointRecord<number | bigint | undefined>[];
}

/** A metric of histograms with explicit bounds: `encodeMetrics` shows one. */
export interface HistogramRecord extends MetricRecordBase {
  readonly dataPointType: 0;
  readonly dataPoints: readonly DataPointRecord<HistogramValue>[];
}

/** A metric of exponential histograms: `estimateBytes` shows one. */
export interface ExponentialHistogramRecord extends MetricRecordBase {
  readonly dataPointType: 1;
  readonly dataPoints: readonly DataPointRecord<ExponentialHistogramValue>[];
}

/** A metric of summaries, which OTLP carries and the SDK types lack: `encodeJson` shows one. */
export interface SummaryRecord extends MetricRecordBase {
  readonly dataPointType: 4;
  readonly dataPoints: readonly DataPointRecord<SummaryValue>[];
}

/** A metric with its points. */
export type MetricRecord = GaugeRecord | SumRecord | HistogramRecord | ExponentialHistogramRecord | SummaryRecord;

/** The metrics of one scope. */
export interface ScopeMetricsRecord {
  readonly scope: ScopeRecord;
  readonly metrics: readonly MetricRecord[];
}

/** The metrics of one resource, grouped by scope: what a metric reader collects. */
export interface ResourceMetricsRecord {
  readonly resource: ResourceRecord;
  readonly scopeMetrics: readonly ScopeMetricsRecord[];
}

/** What kind of telemetry. */
export type Signal = 'traces' | 'metrics' | 'logs';

/** What `records` of a batch of each signal is made of. */
export interface RecordOf {
  readonly traces: SpanRecord;
  readonly metrics: ResourceMetricsRecord;
  readonly logs: LogRecord;
}

/** Attributes as the SDKs type them: 3.x says `unknown`, 2.x lists the simple values. */
interface SdkAttributes {
  readonly [key: string]: unknown;
}

/** T with every attribute map and log body as the SDKs type them. */
type SdkTyped<T> = T extends ((...values: never[]) => unknown) | string | number | boolean | bigint | undefined
  ? T
  : T extends readonly (infer E)[]
    ? readonly SdkTyped<E>[]
    : {
        readonly [K in keyof T]: K extends 'attributes' | 'filteredAttributes' | 'metadata'
          ? SdkAttributes
          : K extends 'body'
            ? unknown
            : SdkTyped<T[K]>;
      };

/**
 * What the SDKs of 2.x and 3.x hand out, by type. Every `ReadableSpan`, `ReadableLogRecord` and `ResourceMetrics` of
 * theirs is one, and so is every record. The only difference to a record is that attribute values and log bodies are
 * `unknown` here: what is no attribute value is dropped and counted when it is encoded.
 */
export interface SdkRecordOf {
  readonly traces: SdkTyped<SpanRecord>;
  readonly metrics: SdkTyped<ResourceMetricsRecord>;
  readonly logs: SdkTyped<LogRecord>;
}

/**
 * SDK objects as records: the same objects, by type.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
 * import { asRecords, decode, encode, type SdkRecordOf } from '@telemetryflow/otlp';
 *
 * const exporter = new InMemorySpanExporter();
 * const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
 * provider.getTracer('http').startSpan('GET /').end();
 * const spans: readonly SdkRecordOf['traces'][] = exporter.getFinishedSpans();
 * assert.equal(decode('traces', encode('traces', asRecords('traces', spans)))[0]?.name, 'GET /');
 * ```
 */
export function asRecords<S extends Signal>(_signal: S, objects: readonly SdkRecordOf[S][]): readonly RecordOf[S][] {
  return objects as readonly unknown[] as readonly RecordOf[S][];
}
