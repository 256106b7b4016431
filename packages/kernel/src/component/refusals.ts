/** What an encoder says about items: those of a payload, and those it cannot send. */
import type { Encoded } from './exporter.ts';
import type { Items } from './outcome.ts';
import type { Reason } from './reason.ts';

/**
 * Ascending item numbers, as a range where none is missing between them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type Items, itemsOf } from '@telemetryflow/kernel';
 *
 * const neighbours: Items = itemsOf([4, 5, 6]);
 * assert.deepEqual(neighbours, { from: 4, to: 7 });
 * assert.deepEqual(itemsOf([4, 6]), [4, 6]);
 * ```
 */
export function itemsOf(ascending: readonly number[]): Items {
  const first = ascending[0] ?? 0;
  const to = (ascending.at(-1) ?? -1) + 1;
  return to - first === ascending.length ? { from: first, to } : ascending;
}

/**
 * Items that an encoder cannot send, gathered by what is wrong with them. A detail always has the same reason.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { Refusals } from '@telemetryflow/kernel';
 *
 * function* encode(lines: readonly string[]) {
 *   const refusals = new Refusals();
 *   for (const [item, line] of lines.entries()) {
 *     if (line === '') refusals.add('invalid', 'an empty line', item);
 *     else yield { body: line, items: { from: item, to: item + 1 } };
 *   }
 *   yield* refusals.end();
 * }
 * assert.deepEqual(
 *   [...encode(['a', '', ''])],
 *   [
 *     { body: 'a', items: { from: 0, to: 1 } },
 *     { dropped: { from: 1, to: 3 }, reason: 'invalid', detail: 'an empty line' },
 *   ],
 * );
 * ```
 */
export class Refusals {
  readonly #found = new Map<string, { readonly reason: Reason; readonly items: number[] }>();

  /** Forget all: one object serves batch after batch, and keeps the code that the engine made for it. */
  reset(): void {
    this.#found.clear();
  }

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
