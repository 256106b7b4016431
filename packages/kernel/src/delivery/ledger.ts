/** The account of every item: entered = queued + in flight + delivered + the sum of dropped, at any time. */
import { REASONS, type Reason } from '../component/reason.ts';
import type { Ledger } from './chain.ts';

const KNOWN: ReadonlySet<string> = new Set(REASONS);

/** `reason` if it is one of the closed set, else `bug`: it came from a component and labels a counter. */
export function knownReason(reason: Reason): Reason {
  return KNOWN.has(reason) ? reason : 'bug';
}

export class ItemLedger {
  #entered = 0;
  #queued = 0;
  #inFlight = 0;
  #delivered = 0;
  readonly #dropped: Partial<Record<Reason, number>> = {};

  get queued(): number {
    return this.#queued;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  enter(items: number): void {
    this.#entered += items;
    this.#queued += items;
  }

  dispatch(items: number): void {
    this.#queued -= items;
    this.#inFlight += items;
  }

  deliver(items: number): void {
    this.#inFlight -= items;
    this.#delivered += items;
  }

  /** Items in flight that will not be delivered. */
  drop(items: number, reason: Reason): void {
    this.#inFlight -= items;
    this.#count(items, reason);
  }

  dropQueued(items: number, reason: Reason): void {
    this.#queued -= items;
    this.#count(items, reason);
  }

  /** Items that were never let in. */
  turnAway(items: number, reason: Reason): void {
    this.#entered += items;
    this.#count(items, reason);
  }

  view(): Ledger {
    return {
      entered: this.#entered,
      queued: this.#queued,
      inFlight: this.#inFlight,
      delivered: this.#delivered,
      dropped: { ...this.#dropped },
    };
  }

  #count(items: number, reason: Reason): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + items;
  }
}
