/** Data points for StatsD: what can be said in it. The lines are made when they are sent, since counters have state. Pure. */
import { type Batch, type EncodeContext, type Encoded, Refusals } from '@telemetryflow/kernel';
import { hrTimeIsZero, hrTimeToMillis, type ResourceMetricsRecord } from '@telemetryflow/otlp';
import { pointProblem } from './point-problem.ts';

/** Points on their way to lines. */
export interface StatsdBody {
  readonly kind: 'statsd';
  readonly records: readonly ResourceMetricsRecord[];
  /** The items that the points are, in order. */
  readonly items: readonly number[];
}

const TOO_OLD = 'StatsD has no times: a point this old would count as now';
const TURN = 256;
/** However short the interval: what a busy process or a slow reader takes is no age. */
const LEAST_AGE_MS = 20_000;

/** Points older than two flushes (ms), and than 20 s, would be shown at a time that is not theirs. */
export function maxStatsdAge({ flush_interval: interval }: { readonly flush_interval: number }): number {
  return Math.max(2 * interval, LEAST_AGE_MS);
}

/** Points older than `maxAgeMs` are dropped; the kernel drops what grows older while it waits for another attempt. */
export function* encodeStatsd(
  batch: Batch<'metrics'>,
  { now }: Pick<EncodeContext, 'now'>,
  maxAgeMs: number,
): Generator<Encoded<StatsdBody>> {
  const refusals = new Refusals();
  let oldestMs = now;
  const items: number[] = [];
  let item = -1;
  for (const { scopeMetrics } of batch.records()) {
    for (const { metrics } of scopeMetrics) {
      for (const metric of metrics) {
        for (const point of metric.dataPoints) {
          item++;
          if (item % TURN === TURN - 1) yield;
          const problem = pointProblem(metric, point);
          const time = hrTimeIsZero(point.endTime) ? now : hrTimeToMillis(point.endTime);
          if (problem !== undefined) refusals.add(problem.reason, problem.detail, item);
          else if (now - time > maxAgeMs) refusals.add('too_old', TOO_OLD, item);
          else {
            items.push(item);
            oldestMs = Math.min(oldestMs, time);
          }
        }
      }
    }
  }
  if (items.length > 0) {
    const kept = items.length === batch.count ? batch : batch.select(items);
    yield { body: { kind: 'statsd', records: kept.records(), items }, items, oldestMs };
  }
  yield* refusals.end();
}
