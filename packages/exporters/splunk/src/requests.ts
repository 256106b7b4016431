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

/** Writes the requests of one batch. */
export class Requests {
  readonly #maxBytes: number;
  readonly #batchId: string;
  readonly #open = new Map<string, OpenRequest>();

  constructor(maxBytes: number, batchId: string) {
    this.#maxBytes = maxBytes;
    this.#batchId = batchId;
  }

  /** Add events that stay together; the request that is full because of it. */
  add(
    index: string,
    text: string,
    events: readonly EventItems[],
    items: readonly number[],
  ): Payload<HecMessage> | undefined {
    let open = this.#open.get(index);
    if (open === undefined) {
      open = new OpenRequest(index, this.#batchId);
      this.#open.set(index, open);
    }
    return open.add(text, events, items, this.#maxBytes);
  }

  /** The requests that are not full. */
  *rest(): Generator<Payload<HecMessage>> {
    for (const open of this.#open.values()) {
      const payload = open.close();
      if (payload !== undefined) yield payload;
    }
  }
}

class OpenRequest {
  readonly #index: string;
  readonly #batchId: string;
  #buffer: Buffer = Buffer.allocUnsafe(64 * 1024);
  #size = 0;
  #events: EventItems[] = [];
  #items: number[] = [];

  constructor(index: string, batchId: string) {
    this.#index = index;
    this.#batchId = batchId;
  }

  add(
    text: string,
    events: readonly EventItems[],
    items: readonly number[],
    maxBytes: number,
  ): Payload<HecMessage> | undefined {
    this.#room(text.length * 3 + 1);
    const start = this.#size;
    // Splunk takes objects one after the other; the line end keeps them readable.
    if (start > 0) this.#buffer[this.#size++] = 0x0a;
    this.#size += this.#buffer.write(text, this.#size, 'utf8');
    let full: Payload<HecMessage> | undefined;
    if (this.#size > maxBytes && start > 0) {
      const end = this.#size;
      this.#size = start;
      full = this.close();
      this.#buffer.copyWithin(0, start + 1, end);
      this.#size = end - start - 1;
    }
    for (const event of events) this.#events.push(event);
    for (const item of items) this.#items.push(item);
    return full;
  }

  close(): Payload<HecMessage> | undefined {
    if (this.#items.length === 0) return undefined;
    const payload = {
      items: this.#items,
      body: {
        body: Buffer.from(this.#buffer.subarray(0, this.#size)),
        batchId: this.#batchId,
        index: this.#index,
        events: this.#events,
      },
    };
    this.#size = 0;
    this.#events = [];
    this.#items = [];
    return payload;
  }

  #room(bytes: number): void {
    if (this.#size + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#size + bytes));
    this.#buffer.copy(larger, 0, 0, this.#size);
    this.#buffer = larger;
  }
}
