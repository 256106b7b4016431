/**
 * What an outcome means for each item of a payload: every item is delivered, dropped, sent again or cut apart,
 * exactly once, whatever the outcome names.
 */
import type { Items, Outcome } from '../component/outcome.ts';
import type { Reason } from '../component/reason.ts';
import { countItems, cutItems, isRange } from '../data/items.ts';
import { knownReason } from './ledger.ts';

export interface Drop {
  readonly items: number;
  readonly reason: Reason;
  readonly detail: string | undefined;
}

/** Items of the batch, or the whole payload as it is. */
export type Again = 'all' | Items;

export interface Settlement {
  readonly delivered: number;
  readonly dropped: readonly Drop[];
  readonly retry: Again | undefined;
  readonly split: Again | undefined;
  /** What the outcome got wrong: a sentence for the exporter's author. */
  readonly fault: string | undefined;
}

const OPEN = 0;
const DROPPED = 1;
const RETRIED = 2;

/** Settle a payload that carries `items` by an outcome that is not plain delivery. */
export function settle(items: Items, outcome: Outcome): Settlement {
  const total = countItems(items);
  const { dropped = [], retry, split } = outcome;
  if (dropped.length === 0) {
    if (retry?.items === 'all') return { delivered: 0, dropped: [], retry: 'all', split: undefined, fault: undefined };
    if (retry === undefined && split !== undefined) {
      return { delivered: 0, dropped: [], retry: undefined, split: 'all', fault: undefined };
    }
  }
  return new Account(items, total).settle(outcome);
}

class Account {
  readonly #items: Items;
  readonly #states: Uint8Array;
  readonly #positions: ReadonlyMap<number, number> | undefined;
  readonly #drops: Drop[] = [];
  #open: number;
  #unknown = 0;
  #fault: string | undefined;

  constructor(items: Items, total: number) {
    this.#items = items;
    this.#states = new Uint8Array(total);
    this.#open = total;
    this.#positions = isRange(items) ? undefined : new Map(items.map((item, position) => [item, position]));
  }

  settle({ dropped = [], retry, split }: Outcome): Settlement {
    let uncounted = 0;
    for (const drop of dropped) {
      if (typeof drop.items === 'number') uncounted += drop.items;
      else this.#drop(this.#mark(drop.items, DROPPED), drop.reason, drop.detail);
    }
    let retried = 0;
    if (retry !== undefined && retry.items !== 'all') retried = this.#mark(retry.items, RETRIED);
    if (this.#unknown > 0) {
      // The backend judged items that we cannot find: as many of the unnamed ones are not delivered.
      this.#drop(Math.min(this.#unknown, this.#takeOpen(this.#unknown)), 'bug', this.#fault);
    }
    if (retry?.items === 'all') {
      if (uncounted > 0) this.#fault ??= 'the outcome drops a number of items and retries all of them';
      return this.#result(0, this.#rest(OPEN), undefined);
    }
    for (const drop of dropped) {
      if (typeof drop.items === 'number') this.#drop(this.#takeOpen(drop.items), drop.reason, drop.detail);
    }
    const again = retried > 0 ? this.#rest(RETRIED) : undefined;
    if (split !== undefined) return this.#result(0, again, this.#rest(OPEN));
    return this.#result(this.#open, again, undefined);
  }

  #result(delivered: number, retry: Again | undefined, split: Again | undefined): Settlement {
    return { delivered, dropped: this.#drops, retry, split, fault: this.#fault };
  }

  #drop(items: number, reason: Reason, detail: string | undefined): void {
    if (items > 0) this.#drops.push({ items, reason: knownReason(reason), detail });
  }

  /** Mark the named items; how many were open. Bounds of a range are cut to the payload. */
  #mark(named: Items, state: number): number {
    let marked = 0;
    if (isRange(named)) {
      for (let position = 0; position < this.#states.length; position++) {
        const item = this.#itemAt(position);
        if (item >= named.from && item < named.to && this.#states[position] === OPEN) {
          this.#states[position] = state;
          marked++;
        }
      }
    } else {
      for (const item of named) {
        const position = this.#positionOf(item);
        if (position === undefined) {
          this.#unknown++;
          this.#fault ??= `the outcome names item ${item}, which is not in the payload`;
        } else if (this.#states[position] === OPEN) {
          this.#states[position] = state;
          marked++;
        } else {
          this.#fault ??= `the outcome names item ${item} twice`;
        }
      }
    }
    this.#open -= marked;
    return marked;
  }

  /** Count up to `wanted` of the unnamed items as settled, the last ones first; returns how many there were. */
  #takeOpen(wanted: number): number {
    const taken = Math.max(0, Math.min(Math.floor(wanted) || 0, this.#open));
    if (taken < wanted) this.#fault ??= 'the outcome drops more items than the payload has';
    let left = taken;
    for (let position = this.#states.length - 1; position >= 0 && left > 0; position--) {
      if (this.#states[position] !== OPEN) continue;
      this.#states[position] = DROPPED;
      left--;
    }
    this.#open -= taken;
    return taken;
  }

  #rest(state: number): Again | undefined {
    const rest: number[] = [];
    for (let position = 0; position < this.#states.length; position++) {
      if (this.#states[position] === state) rest.push(this.#itemAt(position));
    }
    if (rest.length === this.#states.length) return 'all';
    return rest.length === 0 ? undefined : rest;
  }

  #itemAt(position: number): number {
    return isRange(this.#items) ? this.#items.from + position : (this.#items[position] ?? -1);
  }

  #positionOf(item: number): number | undefined {
    if (this.#positions !== undefined) return this.#positions.get(item);
    const position = item - (this.#items as { from: number }).from;
    return Number.isInteger(position) && position >= 0 && position < this.#states.length ? position : undefined;
  }
}

/** The two halves of a payload's items, cut at position `at` or in the middle. At least two items. */
export function halves(items: Items, at: number | undefined): readonly [Items, Items] {
  const total = countItems(items);
  const middle = at !== undefined && Number.isInteger(at) && at > 0 && at < total ? at : Math.ceil(total / 2);
  return [cutItems(items, 0, middle), cutItems(items, middle, total)];
}
