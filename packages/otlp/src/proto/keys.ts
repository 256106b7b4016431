/**
 * The cache of encoded attribute keys, each with the value that came with it several times in a row. The same few
 * hundred keys make up nearly all telemetry, and many of them have one value per process.
 */

const MAX_KEYS = 4096;
const MAX_KEY_LENGTH = 64;
/** How often a value has to follow itself before it is kept in encoded form. */
const REPEATS = 4;

/** An attribute key, encoded. */
export class EncodedKey {
  /** The field `KeyValue.key`: tag, length, text. */
  readonly field: Uint8Array;
  /** Length and content of the KeyValue with `value`, once that has come several times in a row. */
  entry: Uint8Array | undefined = undefined;
  value = '';
  private repeats = 0;

  constructor(text: Uint8Array) {
    this.field = new Uint8Array(text.length + 2);
    this.field[0] = 0x0a;
    this.field[1] = text.length;
    this.field.set(text, 2);
  }

  /** Takes note of a value that was just written from `start` to `end`. */
  saw(value: string, bytes: Uint8Array, start: number, end: number): void {
    if (value !== this.value) {
      this.value = value;
      this.entry = undefined;
      this.repeats = 0;
    } else if (++this.repeats === REPEATS) this.entry = new Uint8Array(bytes.subarray(start, end));
  }
}

const cache = new Map<string, EncodedKey>();

/** The encoded form of a short key, `undefined` for keys too long to keep. */
export function encodedKey(key: string): EncodedKey | undefined {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const text = Buffer.from(key);
  if (text.length > MAX_KEY_LENGTH) return undefined;
  const encoded = new EncodedKey(text);
  // Keys that are made up per item would fill the cache for good; starting over costs one encoding per key.
  if (cache.size >= MAX_KEYS) cache.clear();
  cache.set(key, encoded);
  return encoded;
}
