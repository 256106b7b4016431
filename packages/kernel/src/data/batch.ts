/**
 * A batch: immutable telemetry of one signal, with two faces. Each face is computed at most once, on first use.
 *
 *   records  what processors and most exporters read (OTel JS shapes)
 *   otlp     the OTLP protobuf bytes, what OTLP exporters, queues and Kafka use
 *
 * An *item* is a span, a log record or a metric data point; items are numbered in order from 0.
 */
import type { RecordOf, ResourceRecord, Signal } from '@telemetryflow/otlp';
import type { Items } from '../component/outcome.ts';

/** Bytes of a batch that are a request by themselves. */
export interface OtlpPart {
  readonly bytes: Uint8Array;
  /** How many items they hold. */
  readonly items: number;
}

/**
 * Items of one signal, immutable, as records and as OTLP bytes; the missing face is made on first use.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type Batch, batchFromRecords } from '@telemetryflow/kernel';
 * import { count, decodeJson, withResourceAttributes } from '@telemetryflow/otlp';
 *
 * const text = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityText":"INFO"},{"severityText":"WARN"}]}]}]}';
 * const batch: Batch<'logs'> = batchFromRecords('logs', decodeJson('logs', text));
 * assert.equal(batch.count, 2);
 * assert.equal(count('logs', batch.otlp()), 2);
 * const second = batch.select([1]);
 * assert.deepEqual(
 *   second.records().map(({ severityText }) => severityText),
 *   ['WARN'],
 * );
 * const tagged = second.mapResources((resource) => withResourceAttributes(resource, { team: 'pay' }));
 * assert.equal(tagged.records()[0]?.resource.attributes['team'], 'pay');
 * ```
 */
export interface Batch<S extends Signal = Signal> {
  readonly signal: S;
  /** Number of items; always cheap. */
  readonly count: number;
  /** Length of the bytes face, else an estimate by one walk, cached. */
  readonly bytes: number;
  /** The records face; do not mutate. Metrics: one entry per resource. */
  records(): readonly RecordOf[S][];
  /** The OTLP protobuf face (an Export…ServiceRequest); do not mutate. */
  otlp(): Uint8Array;
  /** The same bytes in the pieces they came in, for whoever can write several: joined, they are `otlp()`. */
  otlpParts(): readonly OtlpPart[];
  /** A batch of only these items. */
  select(items: Items): Batch<S>;
  /**
   * A batch whose resources went through `change` (called once per distinct resource). Item bytes stay
   * untouched when the batch is bytes-backed. Returning the same object leaves the resource alone.
   */
  mapResources(change: (resource: ResourceRecord) => ResourceRecord): Batch<S>;
  /** True when the bytes face is there without encoding. */
  readonly hasOtlp: boolean;
  /** True when the records face is there without decoding. */
  readonly hasRecords: boolean;
}

/** Spans. */
export type TraceBatch = Batch<'traces'>;

/** Data points. */
export type MetricBatch = Batch<'metrics'>;

/** Log records. */
export type LogBatch = Batch<'logs'>;
