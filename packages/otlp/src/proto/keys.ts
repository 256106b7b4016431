/**
 * The cache of encoded attribute keys, each with the value that came with it several times in a row. The same few
 * hundred keys make up nearly all telemetry, and many of them have one value per process.
 */
import { RepeatedValue } from '../repeated.ts';

const MAX_KEYS = 4096;
const MAX_KEY_LENGTH = 64;
/** An attribute key, encoded, with the length and content of its last KeyValue. */
export class EncodedKey extends RepeatedValue {
  /** The field `KeyValue.key`: tag, length, text. */
  readonly field: Uint8Array;

  constructor(text: Uint8Array) {
    super();
    this.field = new Uint8Array(text.length + 2);
    this.field[0] = 0x0a;
    this.field[1] = text.length;
    this.field.set(text, 2);
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
