/** Messages of jaeger.api_v2 as protobuf. */
import { encodedKey } from '../proto/keys.ts';
import { giveWriter, ProtoWriter, reserveFor, takeWriter } from '../proto/writer.ts';
import type { HrTime, ResourceRecord } from '../records.ts';
import { writeUtf8 } from '../utf8.ts';
import {
  type JaegerLog,
  type JaegerReference,
  type JaegerSpan,
  type JaegerTags,
  type JaegerTagValue,
  jaegerProcess,
} from './span.ts';

/** KeyValue.v_type; that of a string is the default. */
const VALUE_TYPES = { string: 0, bool: 1, int64: 2, float64: 3, binary: 4 } as const;

/**
 * The span, with its own process where one is given: it wins over the one of the batch.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeJaegerProcess, encodeJaegerSpan, type JaegerSpan, JaegerTags } from '@telemetryflow/otlp';
 *
 * const tags = new JaegerTags();
 * tags.add('http.status_code', 200);
 * const span: JaegerSpan = {
 *   traceId: '0af7651916cd43dd8448eb211c80319c',
 *   spanId: 'b7ad6b7169203331',
 *   name: 'GET /cart',
 *   references: [],
 *   sampled: true,
 *   start: [1767225600, 0],
 *   duration: [0, 12_000_000],
 *   tags,
 *   logs: [],
 * };
 * const process = encodeJaegerProcess({ attributes: { 'service.name': 'shop' } });
 * assert.ok(encodeJaegerSpan(span, process).includes('GET /cart'));
 * ```
 */
export function encodeJaegerSpan(span: JaegerSpan, process?: Uint8Array): Buffer {
  const writer = takeWriter();
  try {
    writeSpan(writer, span, process);
    return writer.copy(0, Buffer.allocUnsafe) as Buffer;
  } finally {
    giveWriter(writer);
  }
}

/**
 * The process of a resource.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeJaegerProcess } from '@telemetryflow/otlp';
 *
 * const process = encodeJaegerProcess({ attributes: { 'service.name': 'shop', region: 'eu' } });
 * assert.equal(process.toString('latin1'), '\n\x04shop\x12\x0c\n\x06region\x1a\x02eu');
 * ```
 */
export function encodeJaegerProcess(resource: ResourceRecord): Buffer {
  const { serviceName, tags } = jaegerProcess(resource);
  const writer = takeWriter();
  try {
    writer.string(0x0a, serviceName);
    writeTags(writer, 0x12, tags);
    return writer.copy(0, Buffer.allocUnsafe) as Buffer;
  } finally {
    giveWriter(writer);
  }
}

/** The most that the tag and length of a message take. */
const HEAD = 6;

/**
 * A PostSpansRequest that is written span by span. Use one for many requests: its memory stays.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decodeJson, encodeJaegerProcess, JaegerRequest, jaegerSpan } from '@telemetryflow/otlp';
 *
 * const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', name: 'pay' };
 * const [record] = decodeJson('traces', JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [ids] }] }] }));
 * const span = record && jaegerSpan(record);
 * assert.ok(span);
 * const request = new JaegerRequest();
 * request.begin(encodeJaegerProcess({ attributes: { 'service.name': 'shop' } }));
 * request.add(span);
 * const { size } = request;
 * request.add(span);
 * request.discard(); // it would be too large
 * const body = request.take();
 * assert.deepEqual([body.length <= size, body.includes('shop'), body.includes('pay')], [true, true, true]);
 * ```
 */
export class JaegerRequest {
  readonly #writer = new ProtoWriter();
  #process: Uint8Array | undefined = undefined;
  /** Where the last span begins. */
  #last = 0;

  /** Forget what was written; `process` is that of all spans that bring none. */
  begin(process?: Uint8Array): void {
    this.#writer.pos = HEAD;
    this.#last = HEAD;
    this.#process = process;
  }

  /** Bytes of the request, were it taken now, or a few more. */
  get size(): number {
    return this.#writer.pos + (this.#process === undefined ? 0 : this.#process.length + HEAD);
  }

  /** Adds a span, with its own process where one is given. */
  add(span: JaegerSpan, process?: Uint8Array): void {
    const writer = this.#writer;
    this.#last = writer.pos;
    writer.ensure(0);
    const start = writer.open(0x0a, 2);
    writeSpan(writer, span, process);
    writer.close(start, 2);
  }

  /** Takes the last span back. */
  discard(): void {
    this.#writer.pos = this.#last;
  }

  /** The request, in memory of its own. */
  take(): Buffer {
    const writer = this.#writer;
    if (this.#process !== undefined) {
      writer.ensure(0);
      writer.blob(0x12, this.#process);
    }
    const end = writer.pos;
    const length = end - HEAD;
    // The batch lies behind room for the longest length: its own goes right before it, and the request begins there.
    writer.pos = 0;
    writer.varint(length);
    const start = HEAD - 1 - writer.pos;
    writer.pos = start;
    writer.bytes[writer.pos++] = 0x0a;
    writer.varint(length);
    writer.pos = end;
    return writer.copy(start, Buffer.allocUnsafe) as Buffer;
  }
}

function writeSpan(writer: ProtoWriter, span: JaegerSpan, process: Uint8Array | undefined): void {
  const { references, logs } = span;
  writer.ensure(0);
  writer.id(0x0a, span.traceId, 32);
  writer.id(0x12, span.spanId, 16);
  writer.text(0x1a, span.name);
  for (let i = 0; i < references.length; i++) {
    const { traceId, spanId, childOf } = references[i] as JaegerReference;
    writer.ensure(0);
    const start = writer.open(0x22, 1);
    writer.id(0x0a, traceId, 32);
    writer.id(0x12, spanId, 16);
    writer.uint32(0x18, childOf ? 0 : 1);
    writer.close(start, 1);
  }
  writer.uint32(0x28, span.sampled ? 1 : 0);
  writeTime(writer, 0x32, span.start);
  writeTime(writer, 0x3a, span.duration);
  writeTags(writer, 0x42, span.tags);
  for (let i = 0; i < logs.length; i++) {
    const { time, fields } = logs[i] as JaegerLog;
    writer.ensure(0);
    const start = writer.open(0x4a, 1);
    writeTime(writer, 0x0a, time);
    writeTags(writer, 0x12, fields);
    writer.close(start, 1);
  }
  if (process !== undefined) writer.blob(0x52, process);
}

/** Timestamp and Duration have the same shape. They are always written: an absent one means something else. */
function writeTime(writer: ProtoWriter, tag: number, [seconds, nanos]: HrTime): void {
  const start = writer.open(tag, 1);
  writer.uint64(0x08, seconds);
  writer.uint32(0x10, nanos);
  writer.close(start, 1);
}

function writeTags(writer: ProtoWriter, tag: number, tags: JaegerTags): void {
  const { keys, values } = tags;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const value = values[i] as JaegerTagValue;
    writer.ensure(1024);
    if (typeof value === 'string') {
      if (!writeShortText(writer, tag, key, value)) writeText(writer, tag, key, value);
    } else {
      const start = writer.open(tag, 1);
      writer.key(key);
      const type = tags.typeAt(i);
      writer.uint32(0x10, VALUE_TYPES[type]);
      if (typeof value === 'boolean') writer.uint32(0x20, value ? 1 : 0);
      else if (typeof value === 'object') {
        if (value.length > 0) writer.blob(0x3a, value);
      } else if (type === 'int64') writeInt64(writer, value);
      else if (!Object.is(value, 0)) writer.double(0x31, Number(value));
      writer.close(start, 1);
    }
  }
}

/** At once, where all lengths take one byte. False where they do not; nothing is written then. */
function writeShortText(writer: ProtoWriter, tag: number, key: string, value: string): boolean {
  const field = encodedKey(key)?.field;
  if (field === undefined || value === '' || field.length + value.length > 123) return false;
  const { bytes, pos } = writer;
  bytes.set(field, pos + 2);
  const at = pos + 2 + field.length;
  const end = writeUtf8(bytes, value, at + 2);
  if (end - pos > 129) return false;
  bytes[pos] = tag;
  bytes[pos + 1] = end - pos - 2;
  bytes[at] = 0x1a;
  bytes[at + 1] = end - at - 2;
  writer.pos = end;
  return true;
}

function writeText(writer: ProtoWriter, tag: number, key: string, value: string): void {
  const reserve = reserveFor(key.length + value.length + 6);
  const start = writer.open(tag, reserve);
  writer.key(key);
  writer.text(0x1a, value);
  writer.close(start, reserve);
}

function writeInt64(writer: ProtoWriter, value: number | bigint): void {
  if (typeof value === 'number') {
    if (value === 0) return;
    writer.bytes[writer.pos++] = 0x28;
    writer.varint64(value >>> 0, Math.floor(value / 0x1_0000_0000) >>> 0);
  } else if (value !== 0n) {
    const bits = BigInt.asUintN(64, value);
    writer.bytes[writer.pos++] = 0x28;
    writer.varint64(Number(bits & 0xffff_ffffn), Number(bits >> 32n));
  }
}
