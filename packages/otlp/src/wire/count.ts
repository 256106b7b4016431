/** Counts the items of a request by scanning tags: items are skipped by their length, never entered. */
import type { Signal } from '../records.ts';
import { isMetricData } from './cursor.ts';
import { WireReader } from './reader.ts';

/**
 * Number of spans, log records or data points in a request. Only the framing down to the items is read; throws
 * `OtlpError` where that is broken.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { count, protobufFromJson } from '@telemetryflow/otlp';
 *
 * const body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"name":"b"},{"name":"c"}]}]}]}';
 * const request = protobufFromJson('traces', Buffer.from(body));
 * assert.equal(count('traces', request), 3);
 * ```
 */
export function count(signal: Signal, bytes: Uint8Array): number {
  return countChildren(new WireReader(bytes), bytes.length, 0, signal === 'metrics');
}

/** Number of items in the Resource… message from `start` to `end`. */
export function countResourceItems(signal: Signal, bytes: Uint8Array, start: number, end: number): number {
  return countChildren(new WireReader(bytes, start), end, 1, signal === 'metrics');
}

/** Level 0 is the request, 1 a Resource… message. */
function countChildren(reader: WireReader, end: number, level: 0 | 1, metrics: boolean): number {
  let items = 0;
  const child = level === 0 ? 0x0a : 0x12;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag !== child) {
      reader.skip(tag, end);
      continue;
    }
    const childEnd = reader.length(end);
    if (level === 0) items += countChildren(reader, childEnd, 1, metrics);
    else if (metrics) items += countMetrics(reader, childEnd);
    else items += countRepeated(reader, childEnd, 0x12);
  }
  return items;
}

/** Number of fields with this (one-byte, length-delimited) tag. */
function countRepeated(reader: WireReader, end: number, wanted: number): number {
  const { bytes } = reader;
  let items = 0;
  let pos = reader.pos;
  while (pos < end) {
    const low = pos + 1 < end ? (bytes[pos + 1] as number) : 0x80;
    if (bytes[pos] === wanted) {
      items++;
      if (low < 0x80 && pos + 2 + low <= end) {
        pos += 2 + low;
        continue;
      }
      if (pos + 2 < end) {
        const high = bytes[pos + 2] as number;
        const next = pos + 3 + (low & 0x7f) + high * 128;
        if (low > 0x7f && high < 0x80 && next <= end) {
          pos = next;
          continue;
        }
      }
      items--;
    }
    reader.pos = pos;
    const tag = reader.tag(end);
    if (tag === wanted) items++;
    reader.skip(tag, end);
    pos = reader.pos;
  }
  reader.pos = end;
  return items;
}

function countMetrics(reader: WireReader, end: number): number {
  let points = 0;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === 0x12) points += countPoints(reader, reader.length(end));
    else reader.skip(tag, end);
  }
  return points;
}

/** Data points of one Metric: of the last member of its `data`, should several be set. */
function countPoints(reader: WireReader, end: number): number {
  let points = 0;
  let data = 0;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (!isMetricData(tag)) {
      reader.skip(tag, end);
      continue;
    }
    if (tag !== data) points = 0;
    data = tag;
    points += countRepeated(reader, reader.length(end), 0x0a);
  }
  return points;
}
