/**
 * What one attempt to send came to. An exporter never loops, sleeps or retries: it answers one of these,
 * and the delivery chain does the rest.
 */
import type { Reason } from './reason.ts';

/** Indices of items within the batch: a list, or a half-open range. */
export type Items = readonly number[] | ItemRange;

/** Items `from` (inclusive) to `to` (exclusive). */
export interface ItemRange {
  readonly from: number;
  readonly to: number;
}

/** Items the backend refused for good. `items` is a count where the backend does not say which. */
export interface DroppedItems {
  readonly items: Items | number;
  readonly reason: Reason;
  readonly detail?: string | undefined;
}

/** Items to send again: the whole payload, or those of the batch with these indices. */
export interface RetryItems {
  readonly items: 'all' | readonly number[];
  readonly reason: Reason;
  /**
   * The backend's own delay in milliseconds (Retry-After and the like): it sets the gate to exactly that. 0 beside
   * dropped items, or with a new mode: at once, and not as one of the attempts of a failing backend.
   */
  readonly afterMs?: number | undefined;
  readonly detail?: string | undefined;
}

/** The payload was too large: cut its items at `at` (position within the payload), or in half. */
export interface SplitItems {
  readonly reason: Reason;
  readonly at?: number | undefined;
  readonly detail?: string | undefined;
}

/** The result of one attempt. Items of the payload that are named nowhere were delivered. */
export interface Outcome {
  readonly dropped?: readonly DroppedItems[];
  readonly retry?: RetryItems;
  readonly split?: SplitItems;
  /** A new mode for this destination: what `encode` is given from now on (protocol fallback and the like). */
  readonly mode?: unknown;
  /** A remark worth one log line that lost no data (an unreadable answer, a backend's warning). */
  readonly warning?: string;
}

/** Every item of the payload, however many. */
const ALL_ITEMS: ItemRange = Object.freeze({ from: 0, to: Number.POSITIVE_INFINITY });
const DELIVERED: Outcome = Object.freeze({});

/**
 * Everything arrived.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { delivered, type Outcome } from '@telemetryflow/kernel';
 *
 * const outcome: Outcome = delivered();
 * assert.deepEqual(outcome, {});
 * assert.deepEqual(delivered({ warning: 'the answer is no JSON' }), { warning: 'the answer is no JSON' });
 * ```
 */
export function delivered(extra?: Pick<Outcome, 'mode' | 'warning'>): Outcome {
  return extra === undefined ? DELIVERED : extra;
}

/**
 * Send the whole payload again, later.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { retry } from '@telemetryflow/kernel';
 *
 * // HTTP 429 with Retry-After: 2.
 * assert.deepEqual(retry('throttled', { afterMs: 2000 }), {
 *   retry: { items: 'all', reason: 'throttled', afterMs: 2000 },
 * });
 * ```
 */
export function retry(
  reason: Reason,
  options: { afterMs?: number | undefined; detail?: string | undefined } = {},
): Outcome {
  return { retry: { items: 'all', reason, ...options } };
}

/**
 * The backend refused the whole payload for good.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { drop } from '@telemetryflow/kernel';
 *
 * const { dropped = [] } = drop('rejected', 'unknown tenant');
 * assert.deepEqual([dropped[0]?.reason, dropped[0]?.detail], ['rejected', 'unknown tenant']);
 * ```
 */
export function drop(reason: Reason, detail?: string): Outcome {
  return { dropped: [{ items: ALL_ITEMS, reason, detail }] };
}

/**
 * Some items were refused or must be sent again; the others arrived.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type DroppedItems, partial, type RetryItems } from '@telemetryflow/kernel';
 *
 * // A bulk answer: item 0 was refused, item 2 should come again, all others were taken.
 * const dropped: DroppedItems[] = [{ items: [0], reason: 'invalid', detail: 'mapping conflict' }];
 * const retry: RetryItems = { items: [2], reason: 'throttled' };
 * assert.deepEqual(partial({ dropped, retry }), { dropped, retry });
 * ```
 */
export function partial(parts: { dropped?: readonly DroppedItems[]; retry?: RetryItems; warning?: string }): Outcome {
  return parts;
}

/**
 * The payload was too large for the backend.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type SplitItems, split } from '@telemetryflow/kernel';
 *
 * // HTTP 413: the chain halves the payload and sends the parts.
 * const halves: SplitItems | undefined = split('too_large').split;
 * assert.deepEqual(halves, { reason: 'too_large' });
 * ```
 */
export function split(reason: Reason, options: { at?: number; detail?: string } = {}): Outcome {
  return { split: { reason, ...options } };
}
