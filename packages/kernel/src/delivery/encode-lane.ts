/**
 * The one lane on which a chain prepares and encodes: requests in queue order, parts of payloads before them, in
 * turns that give the event loop back. Payloads leave as soon as they are encoded.
 */
import type { Clock } from '../component/context.ts';
import type { Encoded, Exporter, Payload } from '../component/exporter.ts';
import type { Items } from '../component/outcome.ts';
import { countItems } from '../data/items.ts';
import type { Books } from './books.ts';
import { Claims } from './claims.ts';
import { knownReason } from './ledger.ts';
import type { Preparation } from './prepare.ts';
import type { RequestQueue } from './queue.ts';
import type { Report } from './report.ts';
import type { Runner, Turns } from './turns.ts';
import type { Part } from './work.ts';

export interface EncodeLaneOptions {
  readonly exporter: Exporter;
  readonly queue: RequestQueue;
  readonly preparation: Preparation;
  readonly books: Books;
  readonly report: Report;
  readonly clock: Clock;
  readonly turns: Turns;
  /** The mode the part is to be encoded in. */
  readonly modeOf: (part: Part) => unknown;
  readonly onPayload: (part: Part, payload: Payload, items: number) => void;
  /** All of the part is in payloads or dropped. */
  readonly onEncoded: (part: Part) => void;
}

interface Encoding {
  readonly part: Part;
  readonly stages: Iterator<Encoded>;
  claims: Claims | undefined;
}

export class EncodeLane implements Runner {
  readonly #options: EncodeLaneOptions;
  readonly #parts: Part[] = [];
  #current: Encoding | undefined;

  constructor(options: EncodeLaneOptions) {
    this.#options = options;
  }

  /** Nothing is being encoded, and nothing waits. */
  get idle(): boolean {
    return this.#current === undefined && this.#parts.length === 0;
  }

  add(part: Part): void {
    this.#parts.push(part);
    this.#options.turns.request(this);
  }

  /** Parts that go before all that wait, in this order. */
  addFirst(parts: readonly Part[]): void {
    this.#parts.unshift(...parts);
    this.#options.turns.request(this);
  }

  /** Forget everything: time is up. */
  clear(): void {
    this.#current = undefined;
    this.#parts.length = 0;
  }

  run(turns: Turns): boolean {
    for (;;) {
      const encoding = this.#current ?? this.#begin();
      if (encoding === undefined) return false;
      this.#step(encoding);
      if (turns.expired()) return !this.idle;
    }
  }

  #begin(): Encoding | undefined {
    const part = this.#parts.shift();
    if (part === undefined) return undefined;
    const encoding: Encoding = {
      part,
      stages: this.#stages(part, (claims) => (encoding.claims = claims)),
      claims: undefined,
    };
    this.#current = encoding;
    return encoding;
  }

  *#stages(part: Part, begin: (claims: Claims) => void): Generator<Encoded> {
    const { preparation, queue, clock, exporter, modeOf, books } = this.#options;
    const { work } = part;
    if (work.encodedAt === 0) work.encodedAt = clock.now();
    part.batch ??= yield* preparation.run(yield* queue.pieces(work.request), work.encodedAt, (items, detail) =>
      books.drop(work, items, 'unconverted', detail),
    );
    begin(new Claims(part.batch.count));
    part.mode = modeOf(part);
    if (part.batch.count === 0) return;
    yield* exporter.encode(part.batch, { now: work.encodedAt, id: work.id, mode: part.mode });
  }

  /** Go on to the next payload, drop, or place to pause. */
  #step(encoding: Encoding): void {
    let result: IteratorResult<Encoded>;
    try {
      result = encoding.stages.next();
    } catch (error) {
      this.#failed(encoding, error);
      return;
    }
    if (this.#current !== encoding) return;
    if (result.done === true) this.#end(encoding, 'encode left items out');
    else if (isEncoded(result.value)) this.#take(encoding, result.value);
    else if (result.value !== undefined) this.#failed(encoding, new TypeError('encode yielded no payload and no drop'));
  }

  #take({ part, claims }: Encoding, encoded: Exclude<Encoded, undefined>): void {
    if (claims === undefined) return;
    const { books, report, onPayload } = this.#options;
    if ('dropped' in encoded) {
      const items = named(encoded.dropped, claims.left);
      const claimed = claims.claim(encoded.dropped);
      if (claimed < items) report.bug('encode dropped items that are not its to drop', undefined);
      books.drop(part.work, claimed, knownReason(encoded.reason), encoded.detail);
      return;
    }
    const items = countItems(encoded.items);
    const claimed = claims.claim(encoded.items);
    if (claimed === items) {
      onPayload(part, encoded, items);
      return;
    }
    // Sending it would send some items twice, or items that do not exist.
    report.bug('encode put items into a payload that are in another, or not in the batch', undefined);
    books.drop(part.work, claimed, 'bug', 'payload with wrong items');
  }

  #failed(encoding: Encoding, error: unknown): void {
    const { part } = encoding;
    this.#options.report.bug(part.batch === undefined ? 'the batch could not be prepared' : 'encode threw', error);
    if (encoding.claims === undefined) {
      this.#options.books.drop(part.work, part.batch?.count ?? part.work.items, 'bug', messageOf(error));
    }
    this.#end(encoding, messageOf(error));
  }

  #end({ part, claims }: Encoding, why: string): void {
    this.#current = undefined;
    const left = claims?.left ?? 0;
    if (left > 0) {
      if (why === 'encode left items out') this.#options.report.bug(why, undefined);
      this.#options.books.drop(part.work, left, 'bug', why);
    }
    this.#options.onEncoded(part);
  }
}

/** What is yielded comes from a component, and may be anything. */
function isEncoded(value: unknown): value is Exclude<Encoded, undefined> {
  if (typeof value !== 'object' || value === null) return false;
  const { items, dropped = items } = value as { items?: unknown; dropped?: unknown };
  if (Array.isArray(dropped)) return true;
  if (typeof dropped !== 'object' || dropped === null) return false;
  const { from, to } = dropped as { from?: unknown; to?: unknown };
  return typeof from === 'number' && typeof to === 'number';
}

/** A range without end means every item that is left. */
function named(items: Items, left: number): number {
  const count = countItems(items);
  return count === Infinity ? left : count;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
