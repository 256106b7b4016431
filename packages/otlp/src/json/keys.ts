/** The cache of what JSON writes before the value of an attribute, each with the value that came with it lately. */
import { RepeatedValue } from '../repeated.ts';

const MAX_KEYS = 4096;
const MAX_KEY_LENGTH = 64;

/** The text of a KeyValue up to its value, by the kind of value, and the whole of the last one with a string. */
export class KeyTexts extends RepeatedValue {
  /** `{"key":"k"` */
  readonly key: Uint8Array;
  /** `{"key":"k","value":{"stringValue":` */
  readonly string: Uint8Array;
  /** `{"key":"k","value":{"intValue":` */
  readonly int: Uint8Array;

  constructor(key: string) {
    super();
    const start = `{"key":${JSON.stringify(key.toWellFormed())}`;
    this.key = new Uint8Array(Buffer.from(start));
    this.string = new Uint8Array(Buffer.from(`${start},"value":{"stringValue":`));
    this.int = new Uint8Array(Buffer.from(`${start},"value":{"intValue":`));
  }
}

const cache = new Map<string, KeyTexts>();

/** The texts of this key, which are kept when it is short. */
export function keyTexts(key: string): KeyTexts {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const texts = new KeyTexts(key);
  if (key.length > MAX_KEY_LENGTH) return texts;
  // Keys that are made up per item would fill the cache for good; starting over costs one encoding per key.
  if (cache.size >= MAX_KEYS) cache.clear();
  cache.set(key, texts);
  return texts;
}
