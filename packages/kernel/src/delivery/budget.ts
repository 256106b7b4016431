/**
 * The memory that the queues of one pipeline may hold together. A segment that several queues share counts once.
 *
 * When several queues share it, a quarter is set aside in equal shares, so that a queue behind a dead backend
 * cannot take the room of the healthy ones: `maxBytes` = common pool (3/4) + one share per queue (1/4 in all).
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { MemoryBudget } from '@telemetryflow/kernel';
 *
 * const budget = new MemoryBudget(64 * 1024 * 1024);
 * const batch = {};
 * budget.hold(batch, 4000);
 * budget.hold(batch, 4000);
 * assert.equal(budget.used, 4000, 'two queues hold the same');
 * budget.release(batch);
 * budget.release(batch);
 * assert.equal(budget.used, 0);
 * ```
 */
export class MemoryBudget {
  readonly maxBytes: number;
  #used = 0;
  #members = 0;
  readonly #holds = new Map<object, Hold>();
  readonly #listeners = new Set<() => void>();

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Bytes held, everything once. */
  get used(): number {
    return this.#used;
  }

  /** The part of one queue in the budget. */
  join(): BudgetMember {
    this.#members++;
    return new BudgetMember(this);
  }

  /** Room for `bytes` in a queue that holds `own` bytes; `subject` costs nothing when somebody holds it. */
  hasRoom(bytes: number, own: number, subject: object | undefined): boolean {
    const reserve = this.#members > 1 ? this.maxBytes / 4 : 0;
    const cost = subject !== undefined && this.#holds.has(subject) ? 0 : bytes;
    return this.#used + cost <= this.maxBytes - reserve || own + bytes <= reserve / this.#members;
  }

  hold(subject: object, bytes: number): void {
    const hold = this.#holds.get(subject);
    if (hold !== undefined) {
      hold.holders++;
      return;
    }
    this.#holds.set(subject, { bytes, holders: 1 });
    this.#used += bytes;
  }

  release(subject: object): void {
    const hold = this.#holds.get(subject);
    if (hold === undefined) return;
    hold.holders--;
    if (hold.holders > 0) return;
    this.#holds.delete(subject);
    this.#used -= hold.bytes;
    for (const listener of this.#listeners) listener();
  }

  /** Call `listener` after every release, until the returned function is called. */
  onRelease(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  leave(): void {
    this.#members--;
  }
}

interface Hold {
  readonly bytes: number;
  holders: number;
}

/** What one queue holds of a {@link MemoryBudget}. */
export class BudgetMember {
  readonly budget: MemoryBudget;
  #own = 0;

  constructor(budget: MemoryBudget) {
    this.budget = budget;
  }

  hasRoom(bytes: number, subject?: object): boolean {
    return this.budget.hasRoom(bytes, this.#own, subject);
  }

  hold(subject: object, bytes: number): void {
    this.#own += bytes;
    this.budget.hold(subject, bytes);
  }

  release(subject: object, bytes: number): void {
    this.#own -= bytes;
    this.budget.release(subject);
  }

  /** The queue is gone; its share goes to the others. */
  leave(): void {
    this.budget.leave();
  }
}
