/**
 * The `_id` of documents: unique over all processes, and the same whenever a record is encoded again within its batch
 * (some of its items refused for now, or the request too large), so that nothing is stored twice.
 *
 *   10 characters  random, of the exporter instance
 *    4 characters  of the batch, so that a record that comes in two batches is two documents
 *    8 characters  number of the record within the instance
 */
import { fnv1a } from './fnv.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const PREFIX_LENGTH = 10;
/** Two characters hold 12 bits. */
const PAIRS: readonly string[] = Array.from(ALPHABET, (first) =>
  Array.from(ALPHABET, (second) => first + second),
).flat();
const LOW = 2 ** 24;

/** Ids of one exporter instance. */
export class DocumentIds {
  readonly #prefix: string;
  readonly #numbers = new WeakMap<object, number>();
  #next = 0;

  /** `random` holds 8 random bytes or more. */
  constructor(random: Uint8Array) {
    this.#prefix = Buffer.from(random).toString('base64url').slice(0, PREFIX_LENGTH);
  }

  /** Ids for the records of one batch, in their order; `undefined` where the server should choose one. */
  of(batchId: string): (record: object) => string | undefined {
    const prefix = this.#prefix + four(fnv1a(batchId) % LOW);
    let last = -1;
    let high = -1;
    let start = '';
    return (record) => {
      let number = this.#numbers.get(record);
      if (number === undefined) {
        number = this.#next++;
        this.#numbers.set(record, number);
      }
      // The same object twice: with one id the server would keep one of the two.
      if (number <= last) return undefined;
      last = number;
      const own = Math.floor(number / LOW);
      if (own !== high) {
        high = own;
        start = prefix + four(own);
      }
      return start + four(number % LOW);
    };
  }
}

/** 24 bits as four characters. */
function four(bits: number): string {
  return (PAIRS[(bits >>> 12) & 0xfff] ?? '') + (PAIRS[bits & 0xfff] ?? '');
}
