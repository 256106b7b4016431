/** The cache of what JSON writes before the value of an attribute. */

const MAX_KEYS = 4096;
const MAX_KEY_LENGTH = 64;

/** The text of a KeyValue up to its value, by the kind of value. */
export interface KeyTexts {
  /** `{"key":"k"` */
  readonly key: Uint8Array;
  /** `{"key":"k","value":{"stringValue":` */
  readonly string: Uint8Array;
  /** `{"key":"k","value":{"intValue":` */
  readonly int: Uint8Array;
}

const cache = new Map<string, KeyTexts>();

/** The texts of this key, which are kept when it is short. */
export function keyTexts(key: string): KeyTexts {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const start = `{"key":${JSON.stringify(key.toWellFormed())}`;
  const texts = {
    key: new Uint8Array(Buffer.from(start)),
    string: new Uint8Array(Buffer.from(`${start},"value":{"stringValue":`)),
    int: new Uint8Array(Buffer.from(`${start},"value":{"intValue":`)),
  };
  if (key.length > MAX_KEY_LENGTH) return texts;
  // Keys that are made up per item would fill the cache for good; starting over costs one encoding per key.
  if (cache.size >= MAX_KEYS) cache.clear();
  cache.set(key, texts);
  return texts;
}
