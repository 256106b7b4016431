/** A request body of texts, one after the other, no larger than allowed. */
import { takeBody } from './body-memory.ts';

const FIRST_BYTES = 64 * 1024;
/** Characters that are written at once: one write of many texts costs less than many writes. */
const PENDING = 16 * 1024;
/** Memory that is kept for the next body. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

/** The frame and the limit of a body made of texts. */
export interface TextBodyOptions {
  /** What stands before the first text, between two, and behind the last. */
  readonly open: string;
  readonly separator: string;
  readonly close: string;
  /** Bytes of the whole body. */
  readonly maxBytes: number;
}

/**
 * Use one for many bodies: its memory stays, and so does the code that the engine has made for it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { TextBody, type TextBodyOptions } from '@telemetryflow/http';
 *
 * const options: TextBodyOptions = { open: '', separator: '\n', close: '\n', maxBytes: 10 };
 * const body = new TextBody(options);
 * const bodies: string[] = [];
 * for (const line of ['cpu 1', 'mem 2', 'net 3']) {
 *   if (body.add(line)) continue;
 *   bodies.push(`${body.take()}`);
 *   body.add(line);
 * }
 * bodies.push(`${body.take()}`);
 * assert.deepEqual(bodies, ['cpu 1\n', 'mem 2\n', 'net 3\n']);
 * ```
 */
export class TextBody {
  readonly #options: TextBodyOptions;
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #size = 0;
  /** Not in the buffer yet. */
  #pending = '';
  #isEmpty = true;

  constructor(options: TextBodyOptions) {
    this.#options = options;
  }

  /** Forget what was added. */
  reset(): void {
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    this.#size = 0;
    this.#pending = '';
    this.#isEmpty = true;
  }

  /** Add a text; false, and nothing is added, where it does not fit. The first one always does. */
  add(text: string): boolean {
    const { open, separator, close, maxBytes } = this.#options;
    if (this.#isEmpty) {
      this.#pending = open + text;
      this.#isEmpty = false;
      return true;
    }
    const more = separator.length + text.length + close.length;
    // A unit of UTF-16 is three bytes of UTF-8 at most: only near the limit bytes have to be counted.
    if (this.#size + 3 * (this.#pending.length + more) > maxBytes) {
      this.#flush();
      if (this.#size + separator.length + Buffer.byteLength(text) + close.length > maxBytes) return false;
    }
    this.#pending += separator + text;
    if (this.#pending.length > PENDING) this.#flush();
    return true;
  }

  /** The body, in memory of `takeBody`; what is added now begins the next one. */
  take(): Buffer {
    this.#pending += this.#options.close;
    this.#flush();
    const body = takeBody(this.#size);
    this.#bytes.copy(body, 0, 0, this.#size);
    this.reset();
    return body;
  }

  #flush(): void {
    const room = this.#size + 3 * this.#pending.length;
    if (room > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, room));
      this.#bytes.copy(larger, 0, 0, this.#size);
      this.#bytes = larger;
    }
    this.#size += this.#bytes.write(this.#pending, this.#size);
    this.#pending = '';
  }
}
