/** Which items of a batch its payloads took: every item once, so that the ledger adds up whatever an encoder does. */
import type { Items } from '../component/outcome.ts';
import { isRange } from '../data/items.ts';

export class Claims {
  readonly #count: number;
  /** Everything before it is claimed, as long as items come in order. */
  #cursor = 0;
  /** One byte per item, from the first claim out of order on. */
  #taken: Uint8Array | undefined;
  #claimed = 0;

  constructor(count: number) {
    this.#count = count;
  }

  /** Items not claimed yet. */
  get left(): number {
    return this.#count - this.#claimed;
  }

  /**
   * Claim items. Returns how many were free: fewer than named when some are no items of the batch or were claimed
   * before.
   */
  claim(items: Items): number {
    let fresh = 0;
    if (isRange(items)) {
      if (
        this.#taken === undefined &&
        items.from === this.#cursor &&
        items.to <= this.#count &&
        items.to >= items.from
      ) {
        fresh = items.to - items.from;
        this.#cursor = items.to;
      } else {
        const to = Math.min(items.to, this.#count);
        for (let item = Math.max(0, items.from); item < to; item++) fresh += this.#claimOne(item);
      }
    } else {
      for (const item of items) fresh += this.#claimOne(item);
    }
    this.#claimed += fresh;
    return fresh;
  }

  #claimOne(item: number): 0 | 1 {
    if (this.#taken === undefined) {
      if (item === this.#cursor && item < this.#count) {
        this.#cursor++;
        return 1;
      }
      if (!(Number.isInteger(item) && item >= 0 && item < this.#count)) return 0;
      this.#taken = new Uint8Array(this.#count).fill(1, 0, this.#cursor);
    }
    // An index that is no item reads as undefined.
    if (this.#taken[item] !== 0) return 0;
    this.#taken[item] = 1;
    return 1;
  }
}
