/** What an encoder says about items: those of a payload, and those it cannot send. */
import type { Encoded } from './exporter.ts';
import type { Items } from './outcome.ts';
import type { Reason } from './reason.ts';

/** Ascending item numbers, as a range where none is missing between them. */
export function itemsOf(ascending: readonly number[]): Items {
  const first = ascending[0] ?? 0;
  const to = (ascending.at(-1) ?? -1) + 1;
  return to - first === ascending.length ? { from: first, to } : ascending;
}

/** Items that an encoder cannot send, gathered by what is wrong with them. A detail always has the same reason. */
export class Refusals {
  readonly #found = new Map<string, { readonly reason: Reason; readonly items: number[] }>();

  /** Items of one detail must come in ascending order. */
  add(reason: Reason, detail: string, item: number): void {
    const known = this.#found.get(detail);
    if (known === undefined) this.#found.set(detail, { reason, items: [item] });
    else known.items.push(item);
  }

  /** One drop per detail. */
  *end(): Generator<Encoded<never>> {
    for (const [detail, { reason, items }] of this.#found) yield { dropped: itemsOf(items), reason, detail };
  }
}
