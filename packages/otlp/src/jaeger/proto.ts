/** Messages of jaeger.api_v2 as protobuf. */
import type { BackwardWriter } from '../backward-writer.ts';
import type { HrTime, ResourceRecord } from '../records.ts';
import { type JaegerSpan, type JaegerTags, type JaegerTagValue, jaegerProcess } from './span.ts';

/** Enum and field numbers of KeyValue. */
const VALUE_TYPES = { string: 0, bool: 1, int64: 2, float64: 3, binary: 4 } as const;
const NANOS = 1_000_000_000n;

/**
 * The span, with its own process where one is given: it wins over the one of the batch.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { BackwardWriter, encodeJaegerProcess, encodeJaegerSpan, type JaegerSpan } from '@telemetryflow/otlp';
 *
 * const span: JaegerSpan = {
 *   traceId: '0af7651916cd43dd8448eb211c80319c',
 *   spanId: 'b7ad6b7169203331',
 *   name: 'GET /cart',
 *   references: [],
 *   sampled: true,
 *   start: [1767225600, 0],
 *   durationNanos: 12_000_000n,
 *   tags: new Map([['http.status_code', { type: 'int64', value: 200 }]]),
 *   logs: [],
 * };
 * const writer = new BackwardWriter();
 * const process = encodeJaegerProcess(writer, { attributes: { 'service.name': 'shop' } });
 * assert.ok(encodeJaegerSpan(writer, span, process).includes('GET /cart'));
 * ```
 */
export function encodeJaegerSpan(writer: BackwardWriter, span: JaegerSpan, process?: Uint8Array): Buffer {
  if (process !== undefined) writer.bytes(10, process);
  for (let i = span.logs.length - 1; i >= 0; i--) {
    const log = span.logs[i];
    if (log === undefined) continue;
    const end = writer.length;
    writeTags(writer, 2, log.fields);
    writeTime(writer, 1, log.time);
    writer.message(9, end);
  }
  writeTags(writer, 8, span.tags);
  writeSeconds(writer, 7, span.durationNanos / NANOS, Number(span.durationNanos % NANOS));
  writeTime(writer, 6, span.start);
  if (span.sampled) writer.uint(5, 1);
  for (let i = span.references.length - 1; i >= 0; i--) {
    const reference = span.references[i];
    if (reference === undefined) continue;
    const end = writer.length;
    if (!reference.childOf) writer.uint(3, 1);
    writer.hex(2, reference.spanId);
    writer.hex(1, reference.traceId);
    writer.message(4, end);
  }
  if (span.name !== '') writer.string(3, span.name);
  writer.hex(2, span.spanId);
  writer.hex(1, span.traceId);
  return writer.take();
}

/**
 * The process of a resource.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { BackwardWriter, encodeJaegerProcess } from '@telemetryflow/otlp';
 *
 * const resource = { attributes: { 'service.name': 'shop', region: 'eu' } };
 * const process = encodeJaegerProcess(new BackwardWriter(), resource);
 * assert.equal(process.toString('latin1'), '\n\x04shop\x12\x0c\n\x06region\x1a\x02eu');
 * ```
 */
export function encodeJaegerProcess(writer: BackwardWriter, resource: ResourceRecord): Buffer {
  const { serviceName, tags } = jaegerProcess(resource);
  writeTags(writer, 2, tags);
  writer.string(1, serviceName);
  return writer.take();
}

function writeTime(writer: BackwardWriter, field: number, [seconds, nanos]: HrTime): void {
  writeSeconds(writer, field, BigInt(seconds), nanos);
}

/** Timestamp and Duration have the same shape. They are always written: an absent one means something else. */
function writeSeconds(writer: BackwardWriter, field: number, seconds: bigint, nanos: number): void {
  const end = writer.length;
  if (nanos > 0) writer.uint(2, nanos);
  if (seconds !== 0n) writer.int64(1, seconds);
  writer.message(field, end);
}

function writeTags(writer: BackwardWriter, field: number, tags: JaegerTags): void {
  const entries = [...tags];
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i];
    if (entry === undefined) continue;
    const end = writer.length;
    writeTagValue(writer, entry[1]);
    const type = VALUE_TYPES[entry[1].type];
    if (type !== 0) writer.uint(2, type);
    writer.string(1, entry[0]);
    writer.message(field, end);
  }
}

function writeTagValue(writer: BackwardWriter, tag: JaegerTagValue): void {
  switch (tag.type) {
    case 'string':
      if (tag.value !== '') writer.string(3, tag.value);
      return;
    case 'bool':
      if (tag.value) writer.uint(4, 1);
      return;
    case 'int64':
      if (Number(tag.value) !== 0) writer.int64(5, tag.value);
      return;
    case 'float64':
      if (!Object.is(tag.value, 0)) writer.double(6, tag.value);
      return;
    case 'binary':
      if (tag.value.length > 0) writer.bytes(7, tag.value);
  }
}
