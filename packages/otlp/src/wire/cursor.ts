/**
 * Finds the items of a request one after the other, whatever the signal, without looking into them.
 *
 *   level   0 request   1 Resource…   2 Scope…   3 Metric   4 Gauge, Sum, …
 *   items   of level 2: spans, log records       of level 4: data points
 *
 * Where a Metric sets its `data` more than once, protobuf's oneof rule holds: the last member wins, and
 * repeated fields of that same member merge.
 */
import type { Signal } from '../records.ts';
import { WireReader } from './reader.ts';

const REQUEST_CHILD = 0x0a;
const NESTED_CHILD = 0x12;
const POINT = 0x0a;
const METRIC_LEVEL = 3;

/** True for the tags of `Metric.data`: gauge 5, sum 7, histogram 9, exponential histogram 10, summary 11. */
export function isMetricData(tag: number): boolean {
  return tag === 0x2a || tag === 0x3a || tag === 0x4a || tag === 0x52 || tag === 0x5a;
}

/** The level whose messages hold items: 2, or 4 for metrics. */
function itemLevel(signal: Signal): number {
  return signal === 'metrics' ? 4 : 2;
}

/** Walks items in wire order. `start` (of the tag) and `end` are the current item's extent. */
export class ItemCursor {
  readonly bytes: Uint8Array;
  /** The level whose messages hold items. */
  readonly depth: number;
  start = 0;
  end = 0;
  /** Per level: the tag, first byte and end of the message around the current item. */
  readonly tags: number[] = [0, 0, 0, 0, 0];
  readonly bodyStart: number[] = [0, 0, 0, 0, 0];
  readonly bodyEnd: number[] = [0, 0, 0, 0, 0];
  /** Per level: a number that differs between any two messages. */
  readonly serial: number[] = [0, 0, 0, 0, 0];
  private readonly reader: WireReader;
  private level = 0;
  private messages = 0;
  private dataFrom = 0;
  private dataTag = 0;

  constructor(signal: Signal, bytes: Uint8Array) {
    this.bytes = bytes;
    this.depth = itemLevel(signal);
    this.reader = new WireReader(bytes);
    this.bodyEnd[0] = bytes.length;
  }

  /** Moves to the next item; false at the end. Throws `OtlpError` where the framing is broken. */
  next(): boolean {
    const reader = this.reader;
    for (;;) {
      const level = this.level;
      const end = this.bodyEnd[level] as number;
      const at = reader.pos;
      if (at === end) {
        if (level === 0) return false;
        this.level = level - 1;
        continue;
      }
      const tag = reader.tag(end);
      if (!this.isChild(level, tag, at)) {
        reader.skip(tag, end);
        continue;
      }
      const childEnd = reader.length(end);
      if (level === this.depth) {
        this.start = at;
        this.end = childEnd;
        reader.pos = childEnd;
        return true;
      }
      this.enter(level + 1, tag, childEnd);
    }
  }

  /** True for a field that holds (or, in a Metric, claims to hold) items rather than describing them. */
  isItems(level: number, tag: number): boolean {
    if (level === METRIC_LEVEL) return isMetricData(tag);
    return tag === (level === 0 || level > METRIC_LEVEL ? POINT : NESTED_CHILD);
  }

  private isChild(level: number, tag: number, at: number): boolean {
    if (level === 0) return tag === REQUEST_CHILD;
    if (level < METRIC_LEVEL) return tag === NESTED_CHILD;
    return level === METRIC_LEVEL ? tag === this.dataTag && at >= this.dataFrom : tag === POINT;
  }

  private enter(level: number, tag: number, end: number): void {
    this.level = level;
    this.tags[level] = tag;
    this.bodyStart[level] = this.reader.pos;
    this.bodyEnd[level] = end;
    this.serial[level] = ++this.messages;
    if (level === METRIC_LEVEL) this.findData(end);
  }

  /** Finds which data member of the Metric counts, and from where on. */
  private findData(end: number): void {
    const reader = this.reader;
    const start = reader.pos;
    this.dataTag = 0;
    while (reader.pos < end) {
      const at = reader.pos;
      const tag = reader.tag(end);
      if (isMetricData(tag) && tag !== this.dataTag) {
        this.dataTag = tag;
        this.dataFrom = at;
      }
      reader.skip(tag, end);
    }
    reader.pos = start;
  }
}
