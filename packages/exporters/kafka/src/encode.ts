/**
 * From a batch to requests: values of the configured encoding, partitioned by key and packed so that each request is
 * one record batch for one partition. The broker's answer is then all or nothing, and its limit (of whole record
 * batches, after compression) is kept.
 */
import type { Batch, EncodeContext, Encoded, Items, Payload } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { Encoding, PartitionerName } from './config.ts';
import type { KafkaRecord } from './driver/port.ts';
import { encodeJaegerJson } from './encode-jaeger-json.ts';
import { encodeJaegerProto } from './encode-jaeger-proto.ts';
import { encodeOtlpJson, encodeOtlpProto } from './encode-otlp.ts';
import { encodeRaw } from './encode-raw.ts';
import { encodeZipkinJson } from './encode-zipkin-json.ts';
import { encodeZipkinProto } from './encode-zipkin-proto.ts';
import { BATCH_OVERHEAD, headerBytes, type Layout, RECORD_OVERHEAD } from './layout.ts';
import type { KeyRule } from './partition-key.ts';
import { type Partitioner, partitioner } from './partitioner.ts';
import type { Encodings, ValueLimits } from './value.ts';

/** What one `send` writes: records of one partition. */
export interface Chunk {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly KafkaRecord[];
  /** CreateTime, milliseconds. */
  readonly timestamp: number;
  /** Most bytes of the record batch before compression. */
  readonly bytes: number;
  /** The layout it was made for. */
  readonly layout: Layout;
  /** Where the items come from, and the first of them: for a person to find it. */
  readonly batch: Batch;
  readonly first: number;
}

/** What is encoded while the partitions of the topic are not known yet: the whole batch, to be encoded again. */
export interface LayoutWanted {
  readonly topic: string;
  readonly layout: undefined;
}

/** What the encoding needs of the configuration. */
export interface EncodeOptions {
  readonly topic: string;
  readonly encoding: Encoding;
  readonly rule: KeyRule;
  readonly partitioner: PartitionerName;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxMessageBytes: number;
  /** Name of this machine: the key where resources lack `host.name`. */
  readonly host: string;
}

/** Left free in every record for what varies in size: see the limits in the README. */
const SLACK = 200;

/** The requests of a batch. Without a layout there is one that only asks for it. */
export function* encodeBatch(
  batch: Batch,
  context: EncodeContext,
  options: EncodeOptions,
  layout: Layout | undefined,
): Generator<Encoded<Chunk | LayoutWanted>> {
  const { topic } = options;
  if (batch.count === 0) return;
  if (layout === undefined) {
    yield { body: { topic, layout }, items: { from: 0, to: batch.count }, key: topic };
    return;
  }
  const packer = new Packer(batch, context, options, layout);
  for (const each of valuesOf(batch, options, packer.limits)) {
    if (each === undefined) yield undefined;
    else if ('refused' in each) {
      yield { dropped: { from: each.refused, to: each.refused + 1 }, reason: each.reason, detail: each.detail };
    } else {
      const full = packer.add(each.key, each.value, each.items);
      if (full !== undefined) yield full;
    }
  }
  yield* packer.rest();
}

function valuesOf(batch: Batch, options: EncodeOptions, limits: ValueLimits): Encodings {
  const { encoding, rule, host } = options;
  switch (encoding) {
    case 'otlp_proto':
      return encodeOtlpProto(batch, rule, host, limits);
    case 'otlp_json':
      return encodeOtlpJson(batch, rule, host, limits);
    case 'jaeger_proto':
      return encodeJaegerProto(batch as Batch<'traces'>, limits);
    case 'jaeger_json':
      return encodeJaegerJson(batch as Batch<'traces'>, limits);
    case 'zipkin_json':
      return encodeZipkinJson(batch as Batch<'traces'>, rule, host, limits);
    case 'zipkin_proto':
      return encodeZipkinProto(batch as Batch<'traces'>, rule, host, limits);
    case 'raw':
      return encodeRaw(batch as Batch<'logs'>, rule, host, limits);
  }
}

/** What is packed for one partition so far. */
interface Open {
  records: KafkaRecord[];
  items: Items[];
  bytes: number;
}

class Packer {
  readonly limits: ValueLimits;
  readonly #options: EncodeOptions;
  readonly #layout: Layout;
  readonly #batch: Batch;
  readonly #now: number;
  readonly #partition: Partitioner;
  readonly #headerBytes: number;
  readonly #most: number;
  readonly #open = new Map<number, Open>();
  /** The same key comes many times; its bytes are made once. */
  readonly #keys = new Map<string, Buffer>();

  constructor(batch: Batch, context: EncodeContext, options: EncodeOptions, layout: Layout) {
    this.#batch = batch;
    this.#options = options;
    this.#layout = layout;
    this.#now = context.now;
    this.#partition = partitioner(options.partitioner, layout.partitions, context.id);
    this.#headerBytes = headerBytes(options.headers);
    this.#most = Math.min(layout.packBytes, options.maxMessageBytes);
    const room = (bytes: number) => (key: string | null) =>
      Math.max(1, bytes - SLACK - this.#headerBytes - (this.#keyBytes(key)?.length ?? 0));
    this.limits = { fit: room(this.#most), most: room(options.maxMessageBytes) };
  }

  /** Add a record; a request that is full because of it comes back. */
  add(key: string | null, value: Buffer, items: Items): Payload<Chunk> | undefined {
    const keyBytes = this.#keyBytes(key);
    const partition = this.#partition(keyBytes);
    const bytes = RECORD_OVERHEAD + (keyBytes?.length ?? 0) + value.length + this.#headerBytes;
    const record = { key: keyBytes, value };
    const open = this.#open.get(partition);
    if (open !== undefined && open.bytes + bytes <= this.#most) {
      open.records.push(record);
      open.items.push(items);
      open.bytes += bytes;
      return undefined;
    }
    this.#open.set(partition, { records: [record], items: [items], bytes: BATCH_OVERHEAD + bytes });
    return open === undefined ? undefined : this.#close(partition, open);
  }

  /** What is not full yet. */
  *rest(): Generator<Payload<Chunk>> {
    for (const [partition, open] of this.#open) yield this.#close(partition, open);
    this.#open.clear();
  }

  #close(partition: number, { records, items, bytes }: Open): Payload<Chunk> {
    const { topic } = this.#options;
    const all = joined(items);
    const first = 'from' in all ? all.from : (all[0] ?? 0);
    const body = {
      topic,
      partition,
      records,
      timestamp: this.#now,
      bytes,
      layout: this.#layout,
      batch: this.#batch,
      first,
    };
    return { body, items: all, key: `${topic}/${partition}` };
  }

  #keyBytes(key: string | null): Buffer | null {
    if (key === null) return null;
    let bytes = this.#keys.get(key);
    if (bytes === undefined) {
      bytes = Buffer.from(key);
      this.#keys.set(key, bytes);
    }
    return bytes;
  }
}

/** One range where the items are one without gap, else a list. */
function joined(parts: readonly Items[]): Items {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  let from = -1;
  let to = -1;
  for (const part of parts) {
    if (!('from' in part) || (to !== -1 && part.from !== to)) return listed(parts);
    if (from === -1) from = part.from;
    to = part.to;
  }
  return { from, to };
}

function listed(parts: readonly Items[]): number[] {
  const all: number[] = [];
  for (const part of parts) {
    if ('from' in part) for (let item = part.from; item < part.to; item++) all.push(item);
    else for (const item of part) all.push(item);
  }
  return all;
}

/** Headers of every record of a signal. */
export function recordHeaders(
  encoding: Encoding,
  signal: Signal,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return { ...own, 'content-type': contentType(encoding), 'telemetryflow-signal': signal };
}

function contentType(encoding: Encoding): string {
  if (encoding === 'raw') return 'text/plain';
  return encoding.endsWith('_proto') ? 'application/x-protobuf' : 'application/json';
}
