/** Requests made of pieces of text, filled until a limit is reached. Items near the age limit travel apart. */
import { type Encoded, itemsOf, type Payload } from '@telemetryflow/kernel';

/** How pieces become a body, and how many go into one. */
export interface RequestShape {
  readonly head: string;
  readonly separator: string;
  readonly tail: string;
  readonly maxBytes: number;
  readonly maxPieces: number;
}

/** A request whose pieces are all there. */
export interface FilledRequest<E> {
  readonly text: string;
  readonly extras: readonly E[];
}

/** One request at a time; `E` is what the sender wants to know about pieces that belong to no item. */
export class TextRequest<E = never> {
  readonly #shape: RequestShape;
  #pieces: string[] = [];
  #items: number[] = [];
  #extras: E[] = [];
  #bytes = 0;
  #oldestMs = Number.POSITIVE_INFINITY;

  constructor(shape: RequestShape) {
    this.#shape = shape;
    this.#bytes = this.#empty;
  }

  get #empty(): number {
    return this.#shape.head.length + this.#shape.tail.length;
  }

  /** True when a body with these bytes of one item alone would be within the limits. */
  takes(bytes: number): boolean {
    return this.#empty + bytes <= this.#shape.maxBytes;
  }

  /** Adds the pieces of one item, which stay together; yields the request that had no room for them. */
  *add(
    item: number,
    pieces: readonly string[],
    { ms, extra, bytes }: { readonly ms?: number | undefined; readonly extra?: E | undefined; readonly bytes: number },
  ): Generator<Payload<FilledRequest<E>>> {
    const { separator, maxBytes, maxPieces } = this.#shape;
    const needed = bytes + pieces.length * separator.length;
    const full = this.#bytes + needed > maxBytes || this.#pieces.length + pieces.length > maxPieces;
    if (full) yield* this.end();
    for (const piece of pieces) this.#pieces.push(piece);
    this.#items.push(item);
    this.#bytes += needed;
    if (extra !== undefined) this.#extras.push(extra);
    if (ms !== undefined) this.#oldestMs = Math.min(this.#oldestMs, ms);
  }

  /** The request as it is, and an empty one from now on. */
  *end(): Generator<Payload<FilledRequest<E>>> {
    if (this.#items.length === 0) return;
    const { head, separator, tail } = this.#shape;
    yield {
      body: { text: `${head}${this.#pieces.join(separator)}${tail}`, extras: this.#extras },
      items: itemsOf(this.#items),
      ...(this.#oldestMs !== Number.POSITIVE_INFINITY && { oldestMs: this.#oldestMs }),
    };
    this.#pieces = [];
    this.#items = [];
    this.#extras = [];
    this.#bytes = this.#empty;
    this.#oldestMs = Number.POSITIVE_INFINITY;
  }
}

/** A payload with another body. */
export function withBody<A, B>(payload: Payload<A>, body: (from: A) => B): Encoded<B> {
  return { ...payload, body: body(payload.body) };
}
