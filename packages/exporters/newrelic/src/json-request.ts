/** Requests to the JSON APIs: blocks of items with equal resource and scope, cut where they become too large. */
import type { HttpMessage } from '@telemetryflow/http';
import { type Encoded, itemsOf, type Payload, Refusals } from '@telemetryflow/kernel';
import type { ResourceRecord, ScopeRecord } from '@telemetryflow/otlp';
import { type Group, type GroupOptions, ItemGroups } from './item-group.ts';
import { type Losses, noLosses } from './losses.ts';

/** A request, with what its items lost. */
export interface ApiMessage extends HttpMessage {
  readonly body: Buffer;
  readonly losses: Losses;
}

/**
 * Largest body of a request, as it is sent. New Relic says 1 MB for all of its APIs, OTLP included: 10^6 bytes, after
 * compression.
 */
export const MAX_SENT_BYTES = 1_000_000;
/** Largest item: with its common block it fits into a request even where nothing can be compressed. */
export const MAX_ITEM_BYTES = 900_000;
const FIRST_BYTES = 64 * 1024;
/** Characters that are written at once. */
const PENDING = 16 * 1024;
const CLOSE = ']}]';
/** Larger buffers are not kept for the next batch. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

/** A request that is being filled. */
export class JsonRequest {
  readonly #groups: ItemGroups;
  #maxBytes = 0;
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;
  /** Not in the buffer yet: one write of many items costs less than many writes. */
  #pending = '';
  /** Of the items so far. */
  losses: Losses = noLosses();
  #items: number[] = [];
  #oldestMs = Number.POSITIVE_INFINITY;
  #group: Group | undefined;

  constructor(options: GroupOptions) {
    this.#groups = new ItemGroups(options, this);
  }

  /** Memory it holds on to. */
  get kept(): number {
    return this.#bytes.length;
  }

  /** To be called before the first item of a batch; forgets all of an earlier use, however that ended. */
  reset(maxBytes: number): this {
    this.#maxBytes = maxBytes;
    this.#groups.clear();
    this.#empty();
    return this;
  }

  group(resource: ResourceRecord, scope: ScopeRecord): Group {
    return this.#groups.of(resource, scope);
  }

  /** Adds the text of an item that {@link fits}; returns the request that had no room for it. */
  add(item: number, group: Group, text: string, timeMs: number): Payload<ApiMessage> | undefined {
    const open = this.#items.length > 0;
    const more = group === this.#group ? `,${text}` : `${open ? ']},' : '['}${group.head}${text}`;
    let full: Payload<ApiMessage> | undefined;
    // A unit of UTF-16 is three bytes of UTF-8 at most: only near the limit bytes have to be counted one by one.
    if (this.#length + 3 * (this.#pending.length + more.length + CLOSE.length) <= this.#maxBytes) {
      this.#pending += more;
      if (this.#pending.length > PENDING) this.#flush();
    } else {
      this.#flush();
      const before = this.#length;
      this.#write(more);
      if (this.#length + CLOSE.length > this.#maxBytes && open) {
        this.#length = before;
        full = this.take();
        this.#write(`[${group.head}${text}`);
      }
    }
    this.#group = group;
    this.#items.push(item);
    if (timeMs < this.#oldestMs) this.#oldestMs = timeMs;
    return full;
  }

  /** The request at hand; `undefined` when it is empty. */
  take(): Payload<ApiMessage> | undefined {
    if (this.#items.length === 0) return undefined;
    this.#flush();
    this.#write(CLOSE);
    const body = Buffer.allocUnsafeSlow(this.#length);
    this.#bytes.copy(body, 0, 0, this.#length);
    const payload = { body: { body, losses: this.losses }, items: itemsOf(this.#items), oldestMs: this.#oldestMs };
    this.#empty();
    return payload;
  }

  #empty(): void {
    this.#length = 0;
    this.#pending = '';
    this.losses = noLosses();
    this.#items = [];
    this.#oldestMs = Number.POSITIVE_INFINITY;
    this.#group = undefined;
  }

  #flush(): void {
    this.#write(this.#pending);
    this.#pending = '';
  }

  #write(text: string): void {
    const room = this.#length + 3 * text.length;
    if (room > this.#bytes.length) this.#grow(room);
    this.#length += this.#bytes.write(text, this.#length);
  }

  #grow(room: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(room, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** False for the text of an item that no request can take. */
export function fits(text: string): boolean {
  return 3 * text.length <= MAX_ITEM_BYTES || Buffer.byteLength(text) <= MAX_ITEM_BYTES;
}

/** Writes the items of a batch, in steps. */
export type WriteItems = (request: JsonRequest, refusals: Refusals) => Generator<Encoded<ApiMessage>>;

/**
 * The requests of one API. One object serves batch after batch: with its buffer, and because the engine drops the
 * code of objects that are gone after a garbage collection.
 */
export class JsonRequests {
  readonly #options: GroupOptions;
  #idle: JsonRequest | undefined;

  constructor(options: GroupOptions) {
    this.#options = options;
  }

  *encode(maxBytes: number, write: WriteItems): Generator<Encoded<ApiMessage>> {
    const request = (this.#idle ?? new JsonRequest(this.#options)).reset(maxBytes);
    this.#idle = undefined;
    const refusals = new Refusals();
    yield* write(request, refusals);
    const last = request.take();
    if (last !== undefined) yield last;
    yield* refusals.end();
    if (request.kept <= MAX_KEPT_BYTES) this.#idle = request;
  }
}
