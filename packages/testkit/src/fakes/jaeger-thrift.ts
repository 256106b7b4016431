/** Reads Thrift batches as Jaeger does: the binary protocol, one Batch, and nothing of what comes after it. */

/** A tag's value as it travels: the type names are those of jaeger.thrift. */
export type ThriftTag =
  | { readonly key: string; readonly type: 'STRING'; readonly value: string }
  | { readonly key: string; readonly type: 'DOUBLE'; readonly value: number }
  | { readonly key: string; readonly type: 'BOOL'; readonly value: boolean }
  | { readonly key: string; readonly type: 'LONG'; readonly value: bigint }
  | { readonly key: string; readonly type: 'BINARY'; readonly value: Buffer };

/** A reference of a span. */
export interface ThriftReference {
  readonly type: 'CHILD_OF' | 'FOLLOWS_FROM';
  readonly traceId: string;
  readonly spanId: string;
}

/** A span; ids in hexadecimal, times in microseconds. */
export interface ThriftSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** All zero for a root. */
  readonly parentId: string;
  readonly name: string;
  readonly flags: number;
  readonly start: bigint;
  readonly duration: bigint;
  readonly references: readonly ThriftReference[];
  readonly tags: readonly ThriftTag[];
  readonly logs: readonly { readonly time: bigint; readonly fields: readonly ThriftTag[] }[];
}

/** The spans of one service. */
export interface ThriftBatch {
  readonly serviceName: string;
  readonly tags: readonly ThriftTag[];
  readonly spans: readonly ThriftSpan[];
}

type Value = boolean | number | bigint | Buffer | Struct | readonly Value[];
type Struct = ReadonlyMap<number, Value>;

const TAG_TYPES = ['STRING', 'DOUBLE', 'BOOL', 'LONG', 'BINARY'] as const;
/** Where each type of tag has its value. */
const TAG_FIELDS = [3, 4, 5, 6, 7] as const;

/**
 * The first Batch of a body. Throws for what Jaeger cannot read, or lacks a required field.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import jaeger from '@telemetryflow/exporter-jaeger';
 * import {
 *   readThriftBatch,
 *   spans,
 *   startBackend,
 *   type ThriftBatch,
 *   type ThriftReference,
 *   type ThriftSpan,
 *   type ThriftTag,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend({ status: 202 });
 * const block = { endpoint: `${backend.url}/api/traces`, protocol: 'http/thrift' };
 * await throughPipeline(jaeger, block, 'traces', spans(2));
 * await backend.close();
 * const batch: ThriftBatch = readThriftBatch(backend.requests[0]?.raw ?? Buffer.alloc(0));
 * const child: ThriftSpan | undefined = batch.spans[1];
 * const [link]: readonly ThriftReference[] = child?.references ?? [];
 * const kind: ThriftTag | undefined = child?.tags.find(({ key }) => key === 'span.kind');
 * assert.deepEqual([child?.name, link?.type, kind?.value], ['operation 1', 'FOLLOWS_FROM', 'server']);
 * ```
 */
export function readThriftBatch(body: Buffer): ThriftBatch {
  let at = 0;
  const take = (bytes: number): number => {
    if (at + bytes > body.length) throw new Error('EOF');
    at += bytes;
    return at - bytes;
  };
  const value = (type: number): Value => {
    switch (type) {
      case 2:
        return body.readUInt8(take(1)) === 1;
      case 4:
        return body.readDoubleBE(take(8));
      case 8:
        return body.readInt32BE(take(4));
      case 10:
        return body.readBigInt64BE(take(8));
      case 11: {
        const length = body.readInt32BE(take(4));
        return body.subarray(take(length), at);
      }
      case 12:
        return struct();
      case 15: {
        const element = body.readUInt8(take(1));
        const count = body.readInt32BE(take(4));
        return Array.from({ length: count }, () => value(element));
      }
      default:
        throw new Error(`Unknown data type ${type}`);
    }
  };
  const struct = (): Struct => {
    const fields = new Map<number, Value>();
    for (;;) {
      const type = body.readUInt8(take(1));
      if (type === 0) return fields;
      const id = body.readInt16BE(take(2));
      fields.set(id, value(type));
    }
  };
  const batch = struct();
  const process = required<Struct>(batch, 1);
  return {
    serviceName: text(required<Buffer>(process, 1)),
    tags: list(process, 2).map(tagOf),
    spans: required<readonly Struct[]>(batch, 2).map(spanOf),
  };
}

function required<T extends Value>(struct: Struct, id: number): T {
  const value = struct.get(id);
  if (value === undefined) throw new Error(`required field ${id} is not set`);
  return value as T;
}

function list(struct: Struct, id: number): readonly Struct[] {
  return (struct.get(id) ?? []) as readonly Struct[];
}

function spanOf(span: Struct): ThriftSpan {
  return {
    traceId: hex(required(span, 2)) + hex(required(span, 1)),
    spanId: hex(required(span, 3)),
    parentId: hex(required(span, 4)),
    name: text(required<Buffer>(span, 5)),
    flags: required<number>(span, 7),
    start: required<bigint>(span, 8),
    duration: required<bigint>(span, 9),
    references: list(span, 6).map((reference) => ({
      type: required<number>(reference, 1) === 0 ? 'CHILD_OF' : 'FOLLOWS_FROM',
      traceId: hex(required(reference, 3)) + hex(required(reference, 2)),
      spanId: hex(required(reference, 4)),
    })),
    tags: list(span, 10).map(tagOf),
    logs: list(span, 11).map((log) => ({
      time: required<bigint>(log, 1),
      fields: required<readonly Struct[]>(log, 2).map(tagOf),
    })),
  };
}

function tagOf(tag: Struct): ThriftTag {
  const number = required<number>(tag, 2);
  const type = TAG_TYPES[number];
  const value = tag.get(TAG_FIELDS[number] ?? 0);
  if (type === undefined || value === undefined) throw new Error(`a tag of type ${number} without its value`);
  const key = text(required<Buffer>(tag, 1));
  return { key, type, value: type === 'STRING' ? text(value as Buffer) : value } as ThriftTag;
}

function text(bytes: Buffer): string {
  return bytes.toString('utf8');
}

function hex(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16).padStart(16, '0');
}
