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

/** `flushInterval` in ms: points older than two of them are dropped. */
export function* encodeStatsd(
  batch: Batch<'metrics'>,
  { now }: Pick<EncodeContext, 'now'>,
  flushInterval: number,
): Generator<Encoded<StatsdBody>> {
  const refusals = new Refusals();
  const items: number[] = [];
  let item = -1;
  for (const { scopeMetrics } of batch.records()) {
    for (const { metrics } of scopeMetrics) {
      for (const metric of metrics) {
        for (const point of metric.dataPoints) {
          item++;
          if (item % TURN === TURN - 1) yield;
          const problem = pointProblem(metric, point);
          if (problem !== undefined) refusals.add(problem.reason, problem.detail, item);
          else if (!hrTimeIsZero(point.endTime) && now - hrTimeToMillis(point.endTime) > 2 * flushInterval) {
            refusals.add('too_old', TOO_OLD, item);
          } else items.push(item);
        }
      }
    }
  }
  if (items.length > 0) {
    const kept = items.length === batch.count ? batch : batch.select(items);
    yield { body: { kind: 'statsd', records: kept.records(), items }, items };
  }
  yield* refusals.end();
}
