/** Requests to the JSON APIs: blocks of items with equal resource and scope, cut where they become too large. */
import { type HttpMessage, JsonBody } from '@telemetryflow/http';
import { type Encoded, itemsOf, type Payload, Refusals } from '@telemetryflow/kernel';
import { type JsonBytes, jsonConstant, type ResourceRecord, type ScopeRecord } from '@telemetryflow/otlp';
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
const SEPARATOR = jsonConstant(',');
const CLOSE = jsonConstant(']}]');

/** A request that is being filled: `begin`, write the item, then `add` or `discard` it. */
export class JsonRequest {
  readonly #groups: ItemGroups;
  readonly #body = new JsonBody(CLOSE);
  #maxBytes = 0;
  /** Of the items so far. */
  losses: Losses = noLosses();
  #items: number[] = [];
  #oldestMs = Number.POSITIVE_INFINITY;
  #group: Group | undefined;

  constructor(options: GroupOptions) {
    this.#groups = new ItemGroups(options, this);
  }

  /** To be called before the first item of a batch; forgets all of an earlier use, however that ended. */
  reset(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.#groups.clear();
    this.#body.reset();
    this.#empty();
  }

  get json(): JsonBytes {
    return this.#body.json;
  }

  /** `own`: a name that no attribute of the items may have. */
  group(resource: ResourceRecord, scope: ScopeRecord, own?: string): Group {
    return this.#groups.of(resource, scope, own);
  }

  /** What the item is to be written into. */
  begin(group: Group): JsonBytes {
    this.#body.begin(this.#body.isEmpty ? group.open : group === this.#group ? SEPARATOR : group.next);
    return this.#body.json;
  }

  /** False for an item that no request can take. */
  get fits(): boolean {
    return this.#body.itemBytes <= MAX_ITEM_BYTES;
  }

  /** Bytes of the item at hand. */
  get itemBytes(): number {
    return this.#body.itemBytes;
  }

  discard(): void {
    this.#body.discard();
  }

  /** Adds the item that was written; returns the request that had no room for it. */
  add(item: number, group: Group, timeMs: number): Payload<ApiMessage> | undefined {
    const isFull = this.#body.size > this.#maxBytes && this.#items.length > 0;
    const full = isFull ? this.#payload(this.#body.cut(group.open)) : undefined;
    this.#group = group;
    this.#items.push(item);
    if (timeMs < this.#oldestMs) this.#oldestMs = timeMs;
    return full;
  }

  /** The request at hand; `undefined` when it is empty. */
  take(): Payload<ApiMessage> | undefined {
    return this.#items.length === 0 ? undefined : this.#payload(this.#body.take());
  }

  #payload(body: Buffer): Payload<ApiMessage> {
    // Groups may have taken turns in the batch.
    const items = itemsOf(this.#items.sort((a, b) => a - b));
    const payload = { body: { body, losses: this.losses }, items, oldestMs: this.#oldestMs };
    this.#empty();
    return payload;
  }

  #empty(): void {
    this.losses = noLosses();
    this.#items = [];
    this.#oldestMs = Number.POSITIVE_INFINITY;
    this.#group = undefined;
  }
}

/** Writes the items of a batch, in steps. */
export type WriteItems = (request: JsonRequest, refusals: Refusals) => Generator<Encoded<ApiMessage>>;

/**
 * The requests of one API. One object serves batch after batch: with its buffer, and because the engine drops the
 * code of objects that are gone after a garbage collection.
 */
export class JsonRequests {
  readonly #options: GroupOptions;
  #idle: { readonly request: JsonRequest; readonly refusals: Refusals } | undefined;

  constructor(options: GroupOptions) {
    this.#options = options;
  }

  *encode(maxBytes: number, write: WriteItems): Generator<Encoded<ApiMessage>> {
    const used = this.#idle ?? { request: new JsonRequest(this.#options), refusals: new Refusals() };
    this.#idle = undefined;
    const { request, refusals } = used;
    request.reset(maxBytes);
    refusals.reset();
    yield* write(request, refusals);
    const last = request.take();
    if (last !== undefined) yield last;
    yield* refusals.end();
    this.#idle = used;
  }
}
