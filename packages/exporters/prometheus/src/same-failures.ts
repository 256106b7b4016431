/** Requests that fail again and again with one text: some servers say 500 where they mean it for good. */

/** Equal 5xx answers to one request that make it a refusal. */
export const SAME_FAILURES = 5;

const MAX_TEXT = 256;

/** Counts them; one per exporter instance. */
export class SameFailures {
  readonly #failures = new WeakMap<object, { text: string; count: number }>();

  /** How often in a row this very request failed with this text. */
  count(request: object, text: string): number {
    const start = text.slice(0, MAX_TEXT);
    const known = this.#failures.get(request);
    const count = known?.text === start ? known.count + 1 : 1;
    this.#failures.set(request, { text: start, count });
    return count;
  }
}
