/** What a request that is being filled holds. Items near the age limit travel apart, in a request of their own. */
import { itemsOf, type Payload } from '@telemetryflow/kernel';

export class OpenRequest {
  #items: number[] = [];
  #oldestMs = Number.POSITIVE_INFINITY;

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** Items so far. */
  get size(): number {
    return this.#items.length;
  }

  /** Adds an item; without `ms`, it has no age. */
  add(item: number, ms: number | undefined): void {
    this.#items.push(item);
    if (ms !== undefined && ms < this.#oldestMs) this.#oldestMs = ms;
  }

  /** The payload of these items with their body; what is added from now on is of the next one. */
  end<B>(body: B): Payload<B> {
    const [items, oldestMs] = [itemsOf(this.#items), this.#oldestMs];
    this.clear();
    return oldestMs === Number.POSITIVE_INFINITY ? { body, items } : { body, items, oldestMs };
  }

  clear(): void {
    this.#items = [];
    this.#oldestMs = Number.POSITIVE_INFINITY;
  }
}
