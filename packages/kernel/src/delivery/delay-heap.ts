/** What waits for its time: a binary heap by due time, equal times in order of arrival. */
interface Waiting<T> {
  readonly value: T;
  readonly due: number;
  readonly order: number;
}

export class DelayHeap<T> {
  #heap: Waiting<T>[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the first is due, or `Infinity`. */
  get nextDue(): number {
    return this.#heap[0]?.due ?? Infinity;
  }

  push(value: T, due: number): void {
    const heap = this.#heap;
    const added: Waiting<T> = { value, due, order: this.#order++ };
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Waiting<T>;
      if (!before(added, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = added;
  }

  /** Take the first if it is due at `now`. */
  pop(now: number): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.due > now) return undefined;
    const last = heap.pop() as Waiting<T>;
    if (heap.length > 0) this.#sink(last);
    return first.value;
  }

  /** Take all that are due at `now`, in order. */
  takeDue(now: number): readonly T[] {
    if (this.nextDue > now) return [];
    const due: T[] = [];
    for (let one = this.pop(now); one !== undefined; one = this.pop(now)) due.push(one);
    return due;
  }

  /** Take everything, in order. */
  clear(): T[] {
    const all = this.#heap.sort((a, b) => a.due - b.due || a.order - b.order).map((waiting) => waiting.value);
    this.#heap = [];
    return all;
  }

  #sink(moved: Waiting<T>): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && before(right, left)) child++;
      const smaller = heap[child] as Waiting<T>;
      if (!before(smaller, moved)) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = moved;
  }
}

function before(a: Waiting<unknown>, b: Waiting<unknown>): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
