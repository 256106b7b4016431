/** OTLP record values, protobuf or JSON, cut between items where they exceed the limit. */
import { type Batch, countItems, type Items } from '@telemetryflow/kernel';
import { jsonFromProtobuf, type Signal, slice, splitByBytes } from '@telemetryflow/otlp';
import { type Group, groupByKey, identify, itemAt } from './group.ts';
import type { KeyRule } from './partition-key.ts';
import { type Encodings, tooLarge, type ValueLimits } from './value.ts';

/** JSON takes at least this many times the room of protobuf: what exceeds it is not worth a try. */
const JSON_FACTOR = 1.5;

/** Protobuf values: TracesData, MetricsData, LogsData, which are byte for byte the Export…ServiceRequest. */
export function* encodeOtlpProto(batch: Batch, rule: KeyRule, host: string, limits: ValueLimits): Encodings {
  for (const group of groupByKey(batch, rule, host)) {
    const { key, items, otlp } = group;
    const fit = limits.fit(key);
    const most = limits.most(key);
    if (otlp.length <= fit) {
      yield { key, value: asBuffer(otlp), items };
      continue;
    }
    for (const part of splitByBytes(batch.signal, otlp, fit)) {
      if (!('tooLarge' in part)) yield { key, value: asBuffer(part.body), items: cut(items, part.from, part.to) };
      else if (part.bytes <= most) yield alone(batch.signal, group, part.tooLarge);
      else yield refuse(batch, itemAt(items, part.tooLarge), part.bytes, most);
      yield undefined;
    }
  }
}

function alone(
  signal: Signal,
  { key, items, otlp }: Group,
  index: number,
): {
  readonly key: string | null;
  readonly value: Buffer;
  readonly items: Items;
} {
  return { key, value: asBuffer(slice(signal, otlp, index, index + 1)), items: cut(items, index, index + 1) };
}

/** OTLP/JSON values. */
export function* encodeOtlpJson(batch: Batch, rule: KeyRule, host: string, limits: ValueLimits): Encodings {
  for (const { key, items, otlp } of groupByKey(batch, rule, host)) {
    const bounds = { fit: limits.fit(key), most: limits.most(key) };
    const count = countItems(items);
    yield* jsonRange(batch, otlp, { key, items, from: 0, to: count }, bounds);
    yield undefined;
  }
}

interface JsonRange {
  readonly key: string | null;
  readonly items: Items;
  readonly from: number;
  readonly to: number;
}

/** Halves a range until it fits; `bytes` holds the items of the range only. */
function* jsonRange(
  batch: Batch,
  bytes: Uint8Array,
  range: JsonRange,
  bounds: { readonly fit: number; readonly most: number },
): Encodings {
  const { key, items, from, to } = range;
  const count = to - from;
  if (count === 1 || bytes.length * JSON_FACTOR <= bounds.fit) {
    const value = asBuffer(jsonFromProtobuf(batch.signal, bytes));
    if (value.length <= (count === 1 ? bounds.most : bounds.fit)) {
      yield { key, value, items: cut(items, from, to) };
      return;
    }
    if (count === 1) {
      yield refuse(batch, itemAt(items, from), value.length, bounds.most);
      return;
    }
  }
  const half = count >>> 1;
  yield* jsonRange(batch, slice(batch.signal, bytes, 0, half), { ...range, to: from + half }, bounds);
  yield undefined;
  yield* jsonRange(batch, slice(batch.signal, bytes, half, count), { ...range, from: from + half }, bounds);
}

function refuse(batch: Batch, item: number, bytes: number, most: number): ReturnType<typeof tooLarge> {
  return tooLarge(item, bytes, most, identify(batch, item));
}

function cut(items: Items, from: number, to: number): Items {
  return 'from' in items ? { from: items.from + from, to: items.from + to } : items.slice(from, to);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
