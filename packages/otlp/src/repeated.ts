/** What the encoders remember of an attribute key: its value, once that has come several times in a row. */

/** How often a value has to follow itself before it is kept in encoded form. */
const REPEATS = 4;

/**
 * The last value of one key. Many attributes have one value per process, and copying it is cheaper than encoding.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { RepeatedValue } from '@telemetryflow/otlp';
 *
 * const host = new RepeatedValue();
 * let copies = 0;
 * for (let i = 0; i < 10; i++) {
 *   if (host.value === 'web-1' && host.entry !== undefined) copies++;
 *   else host.saw('web-1', Buffer.from('"host":"web-1",'), 0, 15); // what was just encoded
 * }
 * assert.equal(copies, 5);
 * ```
 */
export class RepeatedValue {
  value = '';
  /** The encoded attribute with `value`; `undefined` until that has come several times in a row. */
  entry: Uint8Array | undefined = undefined;
  private repeats = 0;

  /** Takes note of a value that was just written from `start` to `end`. */
  saw(value: string, bytes: Uint8Array, start: number, end: number): void {
    if (value !== this.value) {
      this.value = value;
      this.entry = undefined;
      this.repeats = 0;
    } else if (++this.repeats === REPEATS) this.entry = new Uint8Array(bytes.subarray(start, end));
  }
}
