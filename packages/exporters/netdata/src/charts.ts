/**
 * Which charts a request would make. An Agent makes a chart for each identity it has not seen, a number of them per
 * request at most, and drops the others with an OK.
 */
import { DataPointType, type MetricRecord } from '@telemetryflow/otlp';

/** Charts of one data point: `.bucket`, `.count`, `.sum` and `.minmax` of a histogram, for example. */
const COSTS: Readonly<Record<number, number>> = {
  [DataPointType.GAUGE]: 1,
  [DataPointType.SUM]: 1,
  [DataPointType.HISTOGRAM]: 4,
  [DataPointType.SUMMARY]: 3,
};

export interface Chart {
  /** See {@link SeriesIds}. */
  readonly id: number;
  readonly cost: number;
}

/** Charts that a point of a metric makes. */
export function chartCost({ dataPointType }: MetricRecord): number {
  return COSTS[dataPointType] ?? 1;
}

/** Identities remembered; an Agent forgets charts after 15 minutes without points. */
const MAX_KNOWN = 100_000;

/** The charts that an Agent has been told of over the present connection. */
export class KnownCharts {
  readonly #most: number;
  readonly #known = new Set<number>();

  /** `most` new charts per request. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The first point that would make too many, as position within `charts`; `undefined` when none does. */
  tooMany(charts: readonly Chart[]): number | undefined {
    const fresh = new Set<number>();
    let cost = 0;
    for (const [at, chart] of charts.entries()) {
      if (this.#known.has(chart.id) || fresh.has(chart.id)) continue;
      cost += chart.cost;
      if (cost > this.#most && at > 0) return at;
      fresh.add(chart.id);
    }
    return undefined;
  }

  /** Notes charts of a request that was taken. */
  add(charts: readonly Chart[]): void {
    for (const { id } of charts) {
      this.#known.delete(id);
      this.#known.add(id);
    }
    for (const oldest of this.#known) {
      if (this.#known.size <= MAX_KNOWN) break;
      this.#known.delete(oldest);
    }
  }

  /** An Agent that was away may have forgotten all of them. */
  clear(): void {
    this.#known.clear();
  }
}
