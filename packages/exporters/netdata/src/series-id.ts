/**
 * Numbers for series: 53 bits of a hash of all that tells one from another, the same whatever the order of attributes.
 * Two series of a hundred thousand share one with a chance of one in a million.
 */
import { type AttributeMap, type AttributeValue, valueToText } from '@telemetryflow/otlp';

/** Two 32-bit hashes at once (cyrb53). */
class Hash {
  a = 0xdeadbeef;
  b = 0x41c6ce57;

  constructor(text: string) {
    this.feed(text);
  }

  feed(text: string): void {
    let { a, b } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      a = Math.imul(a ^ code, 2_654_435_761);
      b = Math.imul(b ^ code, 1_597_334_677);
    }
    this.a = a;
    this.b = b;
  }
}

const MAX_KEYS = 4096;
/** The same few keys make up nearly all of them. */
const keys = new Map<string, Hash>();

function keyHash(key: string): Hash {
  const known = keys.get(key);
  if (known !== undefined) return known;
  const hash = new Hash(key);
  if (keys.size >= MAX_KEYS) keys.clear();
  keys.set(key, hash);
  return hash;
}

/** The series of one metric. */
export class SeriesIds {
  readonly #shared: Hash;
  readonly #one = new Hash('');

  /** `shared` is what all of them have in common. */
  constructor(shared: string) {
    this.#shared = new Hash(shared);
  }

  of(attributes: AttributeMap): number {
    const one = this.#one;
    let { a, b } = this.#shared;
    for (const name of Object.keys(attributes)) {
      const value: AttributeValue = attributes[name];
      const key = keyHash(name);
      // Its type keeps 1 from "1".
      const type = typeof value === 'string' ? 1 : typeof value === 'number' ? 2 : typeof value === 'boolean' ? 3 : 4;
      one.a = key.a + type;
      one.b = key.b + type;
      one.feed(typeof value === 'string' ? value : valueToText(value));
      a = (a + mixed(one.a, one.b)) | 0;
      b = (b + mixed(one.b, one.a)) | 0;
    }
    return 4_294_967_296 * (2_097_151 & mixed(b, a)) + (mixed(a, b) >>> 0);
  }
}

function mixed(a: number, b: number): number {
  return Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
}
