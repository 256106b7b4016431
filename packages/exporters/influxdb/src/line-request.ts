/** One request being filled: a line per point, or several; of two points with the same place, the later one. */
import type { HttpMessage } from '@telemetryflow/http';
import { itemsOf, type Payload } from '@telemetryflow/kernel';

/** Lines on their way. */
export interface LinesMessage extends HttpMessage {
  readonly body: string;
  /** Of each line, the item of the batch that it belongs to. */
  readonly owners: readonly number[];
  readonly batchId: string;
}

/** The lines of a point. */
export interface PointLines {
  /** With the time, the place that InfluxDB keeps one value for. */
  readonly series: string;
  readonly time: string;
  /** Joined by line breaks. */
  readonly text: string;
  readonly count: number;
}

/** A character takes at most this many bytes. */
const MAX_CHARACTER = 3;

export class LineRequest {
  readonly #batchId: string;
  readonly #maxBytes: number;
  #lines: PointLines[] = [];
  #items: number[] = [];
  /** The first point of a series; further times of it are under time and series. */
  #places = new Map<string, number>();
  #characters = 0;
  /** Bytes of the first `#counted` points: counting all would cost more than writing them. */
  #bytes = 0;
  #counted = 0;
  #replaced = false;

  constructor(batchId: string, maxBytes: number) {
    this.#batchId = batchId;
    this.#maxBytes = maxBytes;
  }

  /** True when there is room for these lines. */
  fits(text: string): boolean {
    if ((this.#characters + text.length + 1) * MAX_CHARACTER <= this.#maxBytes) return true;
    for (; this.#counted < this.#lines.length; this.#counted++) {
      this.#bytes += Buffer.byteLength(this.#lines[this.#counted]?.text ?? '') + 1;
    }
    return this.#bytes + Buffer.byteLength(text) <= this.#maxBytes;
  }

  /** Adds a point; the item that it takes the place of. */
  add(item: number, lines: PointLines): number | undefined {
    this.#characters += lines.text.length + 1;
    const at = this.#placeOf(lines);
    if (at === undefined) {
      this.#lines.push(lines);
      this.#items.push(item);
      return undefined;
    }
    const earlier = this.#items[at];
    this.#lines[at] = lines;
    this.#items[at] = item;
    this.#replaced = true;
    if (at < this.#counted) this.#bytes += Buffer.byteLength(lines.text);
    return earlier;
  }

  /** Where a point of this series and time is already; otherwise the place is taken. */
  #placeOf({ series, time }: PointLines): number | undefined {
    const next = this.#lines.length;
    const first = this.#places.get(series);
    if (first === undefined) {
      this.#places.set(series, next);
      return undefined;
    }
    if (this.#lines[first]?.time === time) return first;
    const key = `${time} ${series}`;
    const at = this.#places.get(key);
    if (at === undefined) this.#places.set(key, next);
    return at;
  }

  /** The request as it is, and an empty one from now on. */
  *end(): Generator<Payload<LinesMessage>> {
    const items = this.#items;
    if (items.length === 0) return;
    const body = this.#lines.map(({ text }) => text).join('\n');
    yield {
      body: { body, owners: ownersOf(items, this.#lines), batchId: this.#batchId },
      items: itemsOf(this.#replaced ? [...items].sort((a, b) => a - b) : items),
    };
    this.#lines = [];
    this.#items = [];
    this.#places = new Map();
    this.#characters = 0;
    this.#bytes = 0;
    this.#counted = 0;
    this.#replaced = false;
  }
}

function ownersOf(items: readonly number[], lines: readonly PointLines[]): readonly number[] {
  if (lines.every(({ count }) => count === 1)) return items;
  return items.flatMap((item, i) => new Array<number>(lines[i]?.count ?? 1).fill(item));
}
