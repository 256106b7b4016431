/** A request body of JSON items, written one after the other as bytes, no larger than allowed. */
import { JsonBytes } from '@telemetryflow/otlp';
import { takeBody } from './body-memory.ts';

/** Memory that is kept for the next body. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

/**
 * For each item: `begin`, write it into `json`, then `discard` it where it does not fit, or `cut` what came before it.
 * Use one for many bodies: its memory stays, and so does the code that the engine has made for it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { JsonBody } from '@telemetryflow/http';
 * import { jsonConstant } from '@telemetryflow/otlp';
 *
 * const [OPEN, NEXT, CLOSE] = ['[', ',', ']'].map(jsonConstant);
 * assert.ok(OPEN && NEXT && CLOSE);
 * const body = new JsonBody(CLOSE);
 * const bodies: string[] = [];
 * for (const line of ['one', 'two', 'three']) {
 *   body.begin(body.isEmpty ? OPEN : NEXT);
 *   body.json.text(line);
 *   if (body.size > 14) bodies.push(`${body.cut(OPEN)}`);
 * }
 * bodies.push(`${body.take()}`);
 * assert.deepEqual(bodies, ['["one","two"]', '["three"]']);
 * ```
 */
export class JsonBody {
  /** What the item at hand is written into. */
  json: JsonBytes = new JsonBytes();
  readonly #close: Uint8Array;
  /** Where the body ended before the item at hand, and where that begins. */
  #before = 0;
  #start = 0;

  /** `close` ends every body. */
  constructor(close: Uint8Array) {
    this.#close = close;
  }

  /** Forget what was written. */
  reset(): void {
    if (this.json.bytes.length > MAX_KEPT_BYTES) this.json = new JsonBytes();
    this.json.pos = 0;
    this.#before = 0;
    this.#start = 0;
  }

  /** Begin an item behind `lead`: what opens the body, or what stands between two items. */
  begin(lead: Uint8Array): void {
    const { json } = this;
    this.#before = json.pos;
    json.raw(lead);
    this.#start = json.pos;
  }

  /** Whether nothing was written, or all of it taken back. */
  get isEmpty(): boolean {
    return this.json.pos === 0;
  }

  /** Bytes of the item at hand. */
  get itemBytes(): number {
    return this.json.pos - this.#start;
  }

  /** Bytes of the body, were it taken now. */
  get size(): number {
    return this.json.pos + this.#close.length;
  }

  /** Take back the item at hand, and what leads it. */
  discard(): void {
    this.json.pos = this.#before;
  }

  /** The body without the item at hand, which becomes the first of the next one, behind `open`. */
  cut(open: Uint8Array): Buffer {
    const item = this.json.copy(this.#start);
    this.discard();
    const body = this.take();
    this.begin(open);
    this.json.raw(item);
    return body;
  }

  /** The body, in memory of `takeBody`; what is written now begins the next one. */
  take(): Buffer {
    const { json } = this;
    json.raw(this.#close);
    const body = takeBody(json.pos);
    json.bytes.copy(body, 0, 0, json.pos);
    this.reset();
    return body;
  }
}
