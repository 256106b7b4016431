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

/** Requests that are open at a time, and kept for the next batch: telemetry may name any number of indexes. */
const MAX_OPEN = 16;

/** Writes the requests of one batch after the other. */
export class Requests {
  readonly #maxBytes: number;
  readonly #open = new Map<string, OpenRequest>();
  /** The one that was written to last. */
  #last: OpenRequest;
  #batchId = '';

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#last = new OpenRequest(maxBytes);
    this.#open.set('', this.#last);
  }

  /** To be called before the first event of a batch; forgets all of an earlier use, however that ended. */
  begin(batchId: string): void {
    this.#batchId = batchId;
    for (const open of this.#open.values()) open.empty();
  }

  /** Add an event of one item; a request that had no room for it, or gave way to that of another index. */
  addEvent(index: string, text: string, item: number): Payload<HecMessage> | undefined {
    const done = this.#write(index, text);
    this.#last.events.push(item);
    this.#last.items.push(item);
    return done;
  }

  /** The same for events that stay together, one per line. */
  addEvents(
    index: string,
    text: string,
    events: readonly EventItems[],
    items: readonly number[],
  ): Payload<HecMessage> | undefined {
    const done = this.#write(index, text);
    for (const event of events) this.#last.events.push(event);
    for (const item of items) this.#last.items.push(item);
    return done;
  }

  /** The requests that are not full. */
  *rest(): Generator<Payload<HecMessage>> {
    for (const open of this.#open.values()) {
      const payload = open.close(this.#batchId);
      if (payload !== undefined) yield payload;
    }
  }

  #write(index: string, text: string): Payload<HecMessage> | undefined {
    const open = this.#last.index === index ? this.#last : this.#open.get(index);
    if (open !== undefined) {
      this.#last = open;
      return open.write(text, this.#batchId);
    }
    const [oldest] = this.#open.values();
    const next = oldest !== undefined && this.#open.size >= MAX_OPEN ? oldest : new OpenRequest(this.#maxBytes);
    const done = next.close(this.#batchId);
    if (next === oldest) this.#open.delete(next.index);
    next.index = index;
    this.#open.set(index, next);
    this.#last = next;
    next.write(text, this.#batchId);
    return done;
  }
}

/** The request of one index. */
class OpenRequest {
  index = '';
  events: EventItems[] = [];
  items: number[] = [];
  readonly #body: TextBody;

  constructor(maxBytes: number) {
    // Splunk takes objects one after the other; the line end keeps them readable.
    this.#body = new TextBody({ open: '', separator: '\n', close: '', maxBytes });
  }

  empty(): void {
    this.#body.reset();
    this.events = [];
    this.items = [];
  }

  /** The request as it was, where the text has no room in it and begins the next one. */
  write(text: string, batchId: string): Payload<HecMessage> | undefined {
    if (this.#body.add(text)) return undefined;
    const full = this.close(batchId);
    this.#body.add(text);
    return full;
  }

  close(batchId: string): Payload<HecMessage> | undefined {
    const { events, items, index } = this;
    if (items.length === 0) return undefined;
    const body = this.#body.take();
    this.empty();
    return { items, body: { body, batchId, index, events } };
  }
}
