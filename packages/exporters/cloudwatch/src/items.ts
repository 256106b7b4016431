/** Items of payloads and drops. */
import type { Encoded, Items } from '@telemetryflow/kernel';

/** Ascending item numbers, as a range where none is missing between them. */
export function itemsOf(ascending: readonly number[]): Items {
  const first = ascending[0] ?? 0;
  const to = (ascending.at(-1) ?? -1) + 1;
  return to - first === ascending.length ? { from: first, to } : ascending;
}

/** Items that cannot be sent, by reason. */
export class Refusals {
  readonly #found = new Map<string, { reason: 'invalid' | 'too_old' | 'too_large'; items: number[] }>();

  add(reason: 'invalid' | 'too_old' | 'too_large', detail: string, item: number): void {
    const known = this.#found.get(detail);
    if (known === undefined) this.#found.set(detail, { reason, items: [item] });
    else known.items.push(item);
  }

  *end(): Generator<Encoded<never>> {
    for (const [detail, { reason, items }] of this.#found) yield { dropped: itemsOf(items), reason, detail };
  }
}
