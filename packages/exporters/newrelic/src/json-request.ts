/** Requests to the JSON APIs, filled item by item and cut where they become too large. */
import type { HttpMessage } from '@telemetryflow/http';
import { itemsOf, type Payload } from '@telemetryflow/kernel';
import type { Group } from './item-group.ts';
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
const CLOSE = ']}]';

export class JsonRequest {
  readonly #maxBytes: number;
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;
  #items: number[] = [];
  #group: Group | undefined;
  #oldestMs = Number.POSITIVE_INFINITY;
  /** Of the request at hand; encoders add to it. */
  losses: Losses = noLosses();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Adds the text of an item, of at most {@link MAX_ITEM_BYTES}; returns the request that had no room for it. */
  add(item: number, group: Group, text: string, timeMs: number): Payload<ApiMessage> | undefined {
    const before = this.#length;
    this.#write(group === this.#group ? ',' : `${before === 0 ? '[' : ']},'}${group.head}`);
    this.#write(text);
    let full: Payload<ApiMessage> | undefined;
    if (this.#length + CLOSE.length > this.#maxBytes && this.#items.length > 0) {
      this.#length = before;
      full = this.end();
      this.#write(`[${group.head}`);
      this.#write(text);
    }
    this.#group = group;
    this.#items.push(item);
    if (timeMs < this.#oldestMs) this.#oldestMs = timeMs;
    return full;
  }

  /** The request at hand; `undefined` when it is empty. */
  end(): Payload<ApiMessage> | undefined {
    if (this.#items.length === 0) return undefined;
    this.#write(CLOSE);
    const body = Buffer.allocUnsafeSlow(this.#length);
    this.#bytes.copy(body, 0, 0, this.#length);
    const payload = {
      body: { body, losses: this.losses },
      items: itemsOf(this.#items),
      oldestMs: this.#oldestMs,
    };
    this.#length = 0;
    this.#items = [];
    this.#group = undefined;
    this.#oldestMs = Number.POSITIVE_INFINITY;
    this.losses = noLosses();
    return payload;
  }

  #write(text: string): void {
    // A unit of UTF-16 is three bytes of UTF-8 at most.
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

/** False for a text that no request can take. */
export function fits(text: string): boolean {
  return 3 * text.length <= MAX_ITEM_BYTES || Buffer.byteLength(text) <= MAX_ITEM_BYTES;
}
