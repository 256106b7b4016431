/** The cache of encoded attribute keys. The same few hundred keys make up nearly all telemetry. */

const MAX_KEYS = 4096;
const MAX_KEY_LENGTH = 64;

const cache = new Map<string, Uint8Array>();

/** The field `KeyValue.key` of a short key: tag, length, text. `undefined` for keys too long to keep. */
export function keyBytes(key: string): Uint8Array | undefined {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const text = Buffer.from(key);
  if (text.length > MAX_KEY_LENGTH) return undefined;
  const field = new Uint8Array(text.length + 2);
  field[0] = 0x0a;
  field[1] = text.length;
  field.set(text, 2);
  // Keys that are made up per item would fill the cache for good; starting over costs one encoding per key.
  if (cache.size >= MAX_KEYS) cache.clear();
  cache.set(key, field);
  return field;
}
