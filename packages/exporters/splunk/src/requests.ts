/** Collects events into requests: one index each, no larger than allowed, and knowing which item each event is of. */
import { type HttpMessage, TextBody } from '@telemetryflow/http';
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

/** Requests that are kept for the next batch. */
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
    const full = open.write(text, this.#batchId);
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
    const full = open.write(text, this.#batchId);
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
      open = new OpenRequest(index, this.#maxBytes);
      this.#open.set(index, open);
    }
    return open;
  }
}

class OpenRequest {
  readonly #index: string;
  readonly #body: TextBody;
  events: EventItems[] = [];
  items: number[] = [];

  constructor(index: string, maxBytes: number) {
    this.#index = index;
    // Splunk takes objects one after the other; the line end keeps them readable.
    this.#body = new TextBody({ open: '', separator: '\n', close: '', maxBytes });
  }

  empty(): void {
    this.#body.reset();
    this.events = [];
    this.items = [];
  }

  write(text: string, batchId: string): Payload<HecMessage> | undefined {
    if (this.#body.add(text)) return undefined;
    const full = this.close(batchId);
    this.#body.add(text);
    return full;
  }

  close(batchId: string): Payload<HecMessage> | undefined {
    const { events, items } = this;
    if (items.length === 0) return undefined;
    const body = this.#body.take();
    this.empty();
    return { items, body: { body, batchId, index: this.#index, events } };
  }
}
