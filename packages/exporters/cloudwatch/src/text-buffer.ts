/** Text as bytes, piece by piece, without ever being one long string. */

const FIRST_BYTES = 64 * 1024;

export class TextBuffer {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  append(text: string): void {
    // A unit of UTF-16 is three bytes of UTF-8 at most.
    const room = this.#length + 3 * text.length;
    if (room > this.#bytes.length) this.#grow(room);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** What was appended since the last call, as bytes of their own. */
  take(): Buffer {
    const taken = Buffer.allocUnsafeSlow(this.#length);
    this.#bytes.copy(taken, 0, 0, this.#length);
    this.#length = 0;
    return taken;
  }

  #grow(room: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(room, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
