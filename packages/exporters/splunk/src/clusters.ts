/**
 * Joins points of equal time and dimensions into events that hold several metrics. Events that share a point form a
 * cluster, which travels in one request: a point is never in two.
 */
import type { Measurement } from './measurements.ts';
import type { EventItems } from './requests.ts';

/** Events of one time, envelope and set of dimensions. */
export interface Cluster {
  readonly index: string;
  readonly items: number[];
  readonly events: Map<string, MetricEvent>;
  size: number;
}

interface MetricEvent {
  text: string;
  readonly names: Set<string>;
  readonly items: number[];
}

/** A cluster that has grown to this many characters is closed. */
const MAX_SIZE = 65_536;
/** Of a request of so many bytes, a cluster takes one: a character is three bytes at most. */
const SHARE = 6;

export class Clusters {
  readonly #joins: boolean;
  readonly #maxSize: number;
  readonly #open = new Map<string, Cluster>();
  readonly #closed: Cluster[] = [];

  /** Without `joins` every number is an event. Clusters fit requests of `maxBytes`, unless one point does not. */
  constructor(joins: boolean, maxBytes: number) {
    this.#joins = joins;
    this.#maxSize = Math.min(MAX_SIZE, maxBytes / SHARE);
  }

  /** Add the numbers of a point; `head` is its event up to the names of the metrics. */
  add(index: string, head: string, measurements: readonly Measurement[], item: number): void {
    let cluster = this.#joins ? this.#open.get(head) : undefined;
    if (cluster !== undefined && (cluster.size > this.#maxSize || clashes(cluster, measurements))) {
      this.#closed.push(cluster);
      cluster = undefined;
    }
    if (cluster === undefined) {
      cluster = { index, items: [], events: new Map(), size: 0 };
      if (this.#joins) this.#open.set(head, cluster);
      else this.#closed.push(cluster);
    }
    cluster.items.push(item);
    for (const { name, value, extra } of measurements) {
      const key = this.#joins ? extra : `${extra} ${name}`;
      const metric = `,"metric_name:${name}":${value}`;
      cluster.size += metric.length;
      const event = cluster.events.get(key);
      if (event === undefined) {
        cluster.size += head.length;
        cluster.events.set(key, { text: head + extra + metric, names: new Set([name]), items: [item] });
        continue;
      }
      event.text += metric;
      event.names.add(name);
      if (event.items.at(-1) !== item) event.items.push(item);
    }
  }

  *all(): Generator<Cluster> {
    yield* this.#closed;
    yield* this.#open.values();
  }
}

/** The text of a cluster, and the items of its events. */
export function renderCluster({ events }: Cluster): { text: string; events: EventItems[] } {
  let text = '';
  const numbers: EventItems[] = [];
  for (const event of events.values()) {
    text += `${text === '' ? '' : '\n'}${event.text}}}`;
    numbers.push(event.items.length === 1 ? (event.items[0] ?? 0) : event.items);
  }
  return { text, events: numbers };
}

function clashes({ events }: Cluster, measurements: readonly Measurement[]): boolean {
  return measurements.some(({ name, extra }) => events.get(extra)?.names.has(name) === true);
}
