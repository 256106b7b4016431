/**
 * Points in the order in which Prometheus stores them. Within one request it takes the first of two points of a series
 * and time, and loses an older one after a newer, and says 200 to both; between requests it says what it refuses.
 */

import { type Batch, batchFromRecords } from '@telemetryflow/kernel';
import type { MetricRecord, ResourceMetricsRecord, ResourceRecord, ScopeRecord } from '@telemetryflow/otlp';
import type { OtlpResource } from './otlp-attributes.ts';

/** A point that can be sent. */
export interface ReadyPoint {
  readonly item: number;
  readonly ms: number;
  /** Its name and labels, as far as the defaults of a server make them. */
  readonly series: string;
  readonly resource: OtlpResource;
  readonly scope: ScopeRecord;
  /** Without its points. */
  readonly metric: MetricRecord;
  readonly point: MetricRecord['dataPoints'][number];
}

/** Requests for the points of one batch with equal series and times; what is left over is beyond reason. */
const MAX_ROUNDS = 16;

/** Points by request, each series rising in time within each; and those with too many of the same series and time. */
export function inOrder(points: readonly ReadyPoint[]): {
  readonly rounds: readonly (readonly ReadyPoint[])[];
  readonly beyond: readonly ReadyPoint[];
} {
  const newest: Map<string, number>[] = [];
  const rounds: ReadyPoint[][] = [];
  const beyond: ReadyPoint[] = [];
  for (const point of sorted(points)) {
    let round = 0;
    while ((newest[round]?.get(point.series) ?? Number.NEGATIVE_INFINITY) >= point.ms) round++;
    if (round >= MAX_ROUNDS) {
      beyond.push(point);
      continue;
    }
    if (newest[round] === undefined) {
      newest.push(new Map());
      rounds.push([]);
    }
    newest[round]?.set(point.series, point.ms);
    rounds[round]?.push(point);
  }
  return { rounds, beyond };
}

/** By time where a series goes back in time, and else as they are. */
function sorted(points: readonly ReadyPoint[]): readonly ReadyPoint[] {
  const newest = new Map<string, number>();
  for (const { series, ms } of points) {
    if ((newest.get(series) ?? ms) > ms) return points.toSorted((a, b) => a.ms - b.ms);
    newest.set(series, ms);
  }
  return points;
}

/** A point as it is sent. */
interface Face {
  readonly resource: ResourceRecord;
  readonly point: ReadyPoint['point'];
}

/** The points as a batch, neighbours of one resource, scope and metric together. */
export function batchOf(points: readonly ReadyPoint[], faceOf: (point: ReadyPoint) => Face): Batch<'metrics'> {
  const records: { resource: ResourceRecord; scopeMetrics: { scope: ScopeRecord; metrics: Open[] }[] }[] = [];
  let last: ReadyPoint | undefined;
  for (const each of points) {
    const { resource, point } = faceOf(each);
    let record = records.at(-1);
    if (record?.resource !== resource) {
      record = { resource, scopeMetrics: [] };
      records.push(record);
      last = undefined;
    }
    let scope = record.scopeMetrics.at(-1);
    if (scope?.scope !== each.scope) {
      scope = { scope: each.scope, metrics: [] };
      record.scopeMetrics.push(scope);
      last = undefined;
    }
    let metric = scope.metrics.at(-1);
    if (metric === undefined || last?.metric !== each.metric) {
      metric = { ...each.metric, dataPoints: [] };
      scope.metrics.push(metric);
    }
    metric.dataPoints.push(point);
    last = each;
  }
  return batchFromRecords('metrics', records as readonly unknown[] as readonly ResourceMetricsRecord[]);
}

type Open = Omit<MetricRecord, 'dataPoints'> & { dataPoints: MetricRecord['dataPoints'][number][] };
