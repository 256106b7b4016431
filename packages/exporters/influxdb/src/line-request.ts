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
  /** Series and time: what InfluxDB keeps one value for. */
  readonly place: string;
  /** Joined by line breaks. */
  readonly text: string;
  readonly bytes: number;
  readonly count: number;
}

export class LineRequest {
  readonly #batchId: string;
  readonly #maxBytes: number;
  #texts: string[] = [];
  #items: number[] = [];
  #counts: number[] = [];
  #places = new Map<string, number>();
  #bytes = 0;
  #replaced = false;

  constructor(batchId: string, maxBytes: number) {
    this.#batchId = batchId;
    this.#maxBytes = maxBytes;
  }

  fits(bytes: number): boolean {
    return this.#bytes + bytes <= this.#maxBytes;
  }

  /** Adds a point; the item that it takes the place of. */
  add(item: number, { place, text, bytes, count }: PointLines): number | undefined {
    const at = this.#places.get(place);
    this.#bytes += bytes;
    if (at === undefined) {
      this.#places.set(place, this.#items.length);
      this.#texts.push(text);
      this.#items.push(item);
      this.#counts.push(count);
      return undefined;
    }
    const earlier = this.#items[at];
    this.#texts[at] = text;
    this.#items[at] = item;
    this.#counts[at] = count;
    this.#replaced = true;
    return earlier;
  }

  /** The request as it is, and an empty one from now on. */
  *end(): Generator<Payload<LinesMessage>> {
    const items = this.#items;
    if (items.length === 0) return;
    yield {
      body: { body: this.#texts.join('\n'), owners: ownersOf(items, this.#counts), batchId: this.#batchId },
      items: itemsOf(this.#replaced ? [...items].sort((a, b) => a - b) : items),
    };
    this.#texts = [];
    this.#items = [];
    this.#counts = [];
    this.#places = new Map();
    this.#bytes = 0;
    this.#replaced = false;
  }
}

function ownersOf(items: readonly number[], counts: readonly number[]): readonly number[] {
  if (counts.every((count) => count === 1)) return items;
  return items.flatMap((item, i) => new Array<number>(counts[i] ?? 1).fill(item));
}
