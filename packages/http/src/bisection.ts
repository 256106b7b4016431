/**
 * Looking for the item that spoils a whole request, where the backend refuses the request and does not say which it
 * is: the request is cut in half until the culprit is alone.
 */
import { drop, type Outcome, type Reason, split } from '@telemetryflow/kernel';

/** Cuts of one batch: enough to find one in a thousand, and no storm of requests when all are bad. */
const MAX_CUTS = 24;
const REMEMBERED = 64;

/**
 * Counts the cuts of each batch; one per exporter instance.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { Bisection } from '@telemetryflow/http';
 *
 * const bisection = new Bisection();
 * const half = bisection.cut('invalid', { batchId: 'b-1', items: 2 }, 'one document cannot be parsed');
 * assert.equal(half.split?.reason, 'invalid');
 * const culprit = bisection.cut('invalid', { batchId: 'b-1', items: 1 }, 'one document cannot be parsed');
 * assert.equal(culprit.dropped?.[0]?.reason, 'invalid');
 * ```
 */
export class Bisection {
  readonly #cuts = new Map<string, number>();

  /** Cut a refused request of `items` items, or drop it: a single item, or one cut too many for its batch. */
  cut(reason: Reason, sent: { readonly batchId: string; readonly items: number }, detail: string): Outcome {
    const { batchId, items } = sent;
    const cuts = this.#cuts.get(batchId) ?? 0;
    if (items <= 1 || cuts >= MAX_CUTS) return drop(reason, detail);
    if (this.#cuts.size >= REMEMBERED) this.#cuts.clear();
    this.#cuts.set(batchId, cuts + 1);
    return split(reason, { detail });
  }
}
