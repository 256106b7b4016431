/** Which items of a batch are kept. */
import { type Batch, batchFromOtlp } from '@telemetryflow/kernel';
import { type AttributeMap, filterByTraceId, type LogRecord, type SpanRecord, valueToText } from '@telemetryflow/otlp';
import type { ProbabilisticSamplerConfig } from './config.ts';
import { bucketOf, seedHash, threshold } from './hash.ts';

export type Sampler = (batch: Batch) => Batch | null;

const TRACE_ID_BYTES = 16;
const ALL = threshold(100);
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** OpenTracing's attribute of spans, which the Collector honours: 0 drops the span, more keeps it. */
const SPAN_PRIORITY = 'sampling.priority';

/** Decides by the trace id alone where it may, without decoding a batch that came as bytes. */
export function createSampler(config: ProbabilisticSamplerConfig): Sampler {
  const keepItem = itemDecision(config);
  const seeded = seedHash(config.hash_seed);
  const limit = threshold(config.sampling_percentage);
  const byTraceId = (bytes: Uint8Array, offset: number): boolean =>
    offset >= 0 && !isZero(bytes, offset) && bucketOf(seeded, bytes, offset, offset + TRACE_ID_BYTES) < limit;
  const logIdDecides =
    config.sampling_priority === '' && config.attribute_source === 'traceID' && config.from_attribute === '';
  return (batch) => {
    if (batch.signal === 'metrics') return batch;
    const bytes = batch.hasOtlp && !batch.hasRecords ? batch.otlp() : undefined;
    if (bytes !== undefined && (batch.signal === 'traces' ? !mayHavePriority(bytes) : logIdDecides)) {
      const kept = filterByTraceId(batch.signal, bytes, byTraceId);
      if (kept === bytes) return batch;
      return kept.length === 0 ? null : batchFromOtlp(batch.signal, kept);
    }
    const kept: number[] = [];
    const items = batch.records() as readonly (SpanRecord | LogRecord)[];
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (item !== undefined && keepItem(item)) kept.push(i);
    }
    if (kept.length === batch.count) return batch;
    return kept.length === 0 ? null : batch.select(kept);
  };
}

/** A search for the key is far cheaper than decoding; a hit anywhere else only costs time. */
function mayHavePriority(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(SPAN_PRIORITY);
}

function isZero(bytes: Uint8Array, offset: number): boolean {
  for (let i = offset; i < offset + TRACE_ID_BYTES; i++) if (bytes[i] !== 0) return false;
  return true;
}

function itemDecision(config: ProbabilisticSamplerConfig): (item: SpanRecord | LogRecord) => boolean {
  const seeded = seedHash(config.hash_seed);
  const limit = threshold(config.sampling_percentage);
  return (item) => {
    if ('links' in item) return keepSpan(item, seeded, limit);
    const wanted = config.sampling_priority === '' ? undefined : priority(item.attributes, config.sampling_priority);
    if (wanted !== undefined && wanted >= ALL) return true;
    const source = logSource(item, config);
    return source !== undefined && bucketOf(seeded, source, 0, source.length) < (wanted ?? limit);
  };
}

function keepSpan(span: SpanRecord, seeded: number, limit: number): boolean {
  const wanted = numberOf(span.attributes[SPAN_PRIORITY]);
  if (wanted >= 0) return wanted > 0;
  const { traceId } = span.spanContext();
  if (!/[1-9a-f]/.test(traceId)) return false;
  const id = hexBytes(traceId);
  return bucketOf(seeded, id, 0, id.length) < limit;
}

/** What a log record is decided by; nothing decides a record without trace id and attribute: it is dropped. */
function logSource(log: LogRecord, config: ProbabilisticSamplerConfig): Uint8Array | undefined {
  const traceId = log.spanContext?.traceId;
  if (config.attribute_source === 'traceID' && traceId !== undefined && /[1-9a-f]/.test(traceId))
    return hexBytes(traceId);
  const value = config.from_attribute === '' ? undefined : log.attributes[config.from_attribute];
  if (value === undefined || value === null) return undefined;
  const bytes = value instanceof Uint8Array ? value : Buffer.from(valueToText(value));
  return bytes.length === 0 ? undefined : bytes;
}

/** NaN for what is no number: text counts where it is a decimal number, without blanks. */
function numberOf(value: unknown): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  return typeof value === 'string' && DECIMAL.test(value) ? Number(value) : Number.NaN;
}

function priority(attributes: AttributeMap, key: string): number | undefined {
  const value = attributes[key];
  return typeof value === 'number' && value >= 0 ? threshold(value) : undefined;
}

function hexBytes(id: string): Uint8Array {
  return Buffer.from(id, 'hex');
}
