/** How many events may go out within a minute. */

const MINUTE_MS = 60_000;

export class EventBudget {
  readonly #most: number;
  /** When the events of the last minute went out, oldest first. */
  #sent: number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** True, and one less is left, unless the minute before `now` (monotonic ms) has had its share. */
  take(now: number): boolean {
    const first = this.#sent.findIndex((at) => at > now - MINUTE_MS);
    this.#sent = first < 0 ? [] : this.#sent.slice(first);
    if (this.#sent.length >= this.#most) return false;
    this.#sent.push(now);
    return true;
  }
}
