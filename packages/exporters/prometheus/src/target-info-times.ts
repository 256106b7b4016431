/**
 * When Prometheus last wrote the `target_info` of each resource. It makes that series by itself, of every request, and
 * refuses the request when the series would go back in time: what is older has to come without.
 */

const MAX_RESOURCES = 10_000;
const MAX_BATCHES = 64;

/** One per exporter instance. */
export class TargetInfoTimes {
  readonly #newest = new Map<string, number>();
  readonly #refused = new Set<string>();

  /** True when points of this time would write before the last one. */
  isPast(resource: string, ms: number): boolean {
    return ms < (this.#newest.get(resource) ?? Number.NEGATIVE_INFINITY);
  }

  /** A request with these newest times by resource is on its way. */
  move(times: ReadonlyMap<string, number>): void {
    if (this.#newest.size > MAX_RESOURCES) this.#newest.clear();
    for (const [resource, ms] of times) if (!this.isPast(resource, ms)) this.#newest.set(resource, ms);
  }

  /** A request of this batch was refused: another sender's `target_info` may be the reason, and would be in each piece. */
  refuse(batchId: string): void {
    if (this.#refused.size >= MAX_BATCHES) this.#refused.clear();
    this.#refused.add(batchId);
  }

  isRefused(batchId: string): boolean {
    return this.#refused.has(batchId);
  }
}
