/** Collects events into requests: one index each, no larger than allowed, and knowing which item each event is of. */
import type { HttpMessage } from '@telemetryflow/http';
import type { Payload } from '@telemetryflow/kernel';

/** The item of an event, or the items that share it. */
export type EventItems = number | readonly number[];

/** A request on its way, with what the reading of its answer needs. */
export interface HecMessage extends HttpMessage {
  readonly batchId: string;
  readonly index: string;
  /** By the number of the event within the request. */
  readonly events: readonly EventItems[];
}

const FIRST_BYTES = 64 * 1024;
/** Characters that are written at once: one write of many events costs less than many writes. */
const PENDING = 16 * 1024;
/** What a request keeps between batches. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
const MAX_KEPT_REQUESTS = 16;

/** Writes the requests of one batch after the other. */
export class Requests {
  readonly #maxBytes: number;
  readonly #open = new Map<string, OpenRequest>();
  #batchId = '';

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** To be called before the first event of a batch; forgets all of an earlier use, however that ended. */
  begin(batchId: string): void {
    this.#batchId = batchId;
    if (this.#open.size > MAX_KEPT_REQUESTS) this.#open.clear();
    for (const open of this.#open.values()) open.empty();
  }

  /** Add an event of one item; the request that had no room for it. */
  addEvent(index: string, text: string, item: number): Payload<HecMessage> | undefined {
    const open = this.#requestOf(index);
    const full = open.write(text, this.#batchId, this.#maxBytes);
    open.events.push(item);
    open.items.push(item);
    return full;
  }

  /** Add events that stay together, one per line; the request that had no room for them. */
  addEvents(
    index: string,
    text: string,
    events: readonly EventItems[],
    items: readonly number[],
  ): Payload<HecMessage> | undefined {
    const open = this.#requestOf(index);
    const full = open.write(text, this.#batchId, this.#maxBytes);
    for (const event of events) open.events.push(event);
    for (const item of items) open.items.push(item);
    return full;
  }

  /** The requests that are not full. */
  *rest(): Generator<Payload<HecMessage>> {
    for (const open of this.#open.values()) {
      const payload = open.close(this.#batchId);
      if (payload !== undefined) yield payload;
    }
  }

  #requestOf(index: string): OpenRequest {
    let open = this.#open.get(index);
    if (open === undefined) {
      open = new OpenRequest(index);
      this.#open.set(index, open);
    }
    return open;
  }
}

class OpenRequest {
  readonly #index: string;
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #size = 0;
  /** Not in the buffer yet. */
  #pending = '';
  events: EventItems[] = [];
  items: number[] = [];

  constructor(index: string) {
    this.#index = index;
  }

  empty(): void {
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    this.#size = 0;
    this.#pending = '';
    this.events = [];
    this.items = [];
  }

  /** Splunk takes objects one after the other; the line end keeps them readable. */
  write(text: string, batchId: string, maxBytes: number): Payload<HecMessage> | undefined {
    const isFirst = this.items.length === 0;
    // A unit of UTF-16 is three bytes of UTF-8 at most: only near the limit bytes have to be counted.
    if (isFirst || this.#size + 3 * (this.#pending.length + text.length + 1) <= maxBytes) {
      this.#pending += isFirst ? text : `\n${text}`;
      if (this.#pending.length > PENDING) this.#flush();
      return undefined;
    }
    this.#flush();
    const fits = this.#size + Buffer.byteLength(text) < maxBytes;
    const full = fits ? undefined : this.close(batchId);
    this.#pending = fits ? `\n${text}` : text;
    return full;
  }

  close(batchId: string): Payload<HecMessage> | undefined {
    if (this.items.length === 0) return undefined;
    this.#flush();
    const body = Buffer.allocUnsafeSlow(this.#size);
    this.#bytes.copy(body, 0, 0, this.#size);
    const payload = { items: this.items, body: { body, batchId, index: this.#index, events: this.events } };
    this.empty();
    return payload;
  }

  #flush(): void {
    const text = this.#pending;
    const room = this.#size + 3 * text.length;
    if (room > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, room));
      this.#bytes.copy(larger, 0, 0, this.#size);
      this.#bytes = larger;
    }
    this.#size += this.#bytes.write(text, this.#size);
    this.#pending = '';
  }
}
