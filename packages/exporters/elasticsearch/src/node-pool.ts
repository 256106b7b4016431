/**
 * Which node a request goes to: each in turn. A node that cannot be reached is left alone for a minute, twice as
 * long after each further failure; then one request finds out whether it is back.
 */
const FIRST_MS = 60_000;
const MAX_DOUBLINGS = 5;

interface Node {
  readonly url: string;
  failures: number;
  /** Monotonic ms; alive when in the past. */
  deadUntil: number;
  /** One request finds out whether it is back. */
  probed: boolean;
}

export class NodePool {
  readonly #nodes: readonly Node[];
  readonly #now: () => number;
  #next = 0;

  /** `now` is a monotonic clock in ms; there is at least one URL. */
  constructor(urls: readonly string[], now: () => number) {
    this.#nodes = urls.map((url) => ({ url, failures: 0, deadUntil: 0, probed: false }));
    this.#now = now;
  }

  /** The URL for the next request; with all nodes dead that of the one due soonest. */
  pick(): string {
    const now = this.#now();
    let soonest: Node | undefined;
    for (let i = 0; i < this.#nodes.length; i++) {
      const node = this.#nodes[(this.#next + i) % this.#nodes.length] as Node;
      if (node.failures === 0 || node.deadUntil <= now) {
        this.#next = (this.#next + i + 1) % this.#nodes.length;
        // The others wait for what this one request finds.
        if (node.failures > 0) {
          node.deadUntil = now + FIRST_MS;
          node.probed = true;
        }
        return node.url;
      }
      if (soonest === undefined || node.deadUntil < soonest.deadUntil) soonest = node;
    }
    return soonest?.url ?? '';
  }

  alive(url: string): void {
    const node = this.#nodes.find((each) => each.url === url);
    if (node === undefined) return;
    node.failures = 0;
    node.probed = false;
  }

  dead(url: string): void {
    const node = this.#nodes.find((each) => each.url === url);
    if (node === undefined) return;
    // Requests that were on their way together failed for one and the same reason.
    if (node.failures > 0 && node.deadUntil > this.#now() && !node.probed) return;
    node.probed = false;
    node.failures++;
    node.deadUntil = this.#now() + FIRST_MS * 2 ** Math.min(node.failures - 1, MAX_DOUBLINGS);
  }
}
