/**
 * When observable counters began. A callback tells a total whose beginning the SDKs do not know: they date it to the first
 * collection, so that the first point spans no time, and whoever wants differences can make none of it. It is what this
 * process has counted since it began, as for an SDK reader with the delta preference.
 */
import type { MetricCollection } from './contracts.ts';

type Collected = MetricCollection['resourceMetrics'];
type CollectedMetric = Collected['scopeMetrics'][number]['metrics'][number];

const CUMULATIVE = 1;

/** The collection with the totals of observable counters dated to the start of the process; the same when it has none. */
export function observedSinceStart(collected: Collected): Collected {
  if (!collected.scopeMetrics.some(({ metrics }) => metrics.some(isObservedTotal))) return collected;
  const scopeMetrics = collected.scopeMetrics.map((scope) => ({ ...scope, metrics: scope.metrics.map(sinceStart) }));
  return { ...collected, scopeMetrics } as Collected;
}

function sinceStart(metric: CollectedMetric): CollectedMetric {
  if (!isObservedTotal(metric)) return metric;
  const startTime = processStart();
  return { ...metric, dataPoints: metric.dataPoints.map((point) => ({ ...point, startTime })) } as CollectedMetric;
}

/** Both lines of the SDK name the kind of instrument, though the types of 3.x have no member for it. */
function isObservedTotal({ descriptor, aggregationTemporality }: CollectedMetric): boolean {
  const { type } = descriptor as { readonly type?: string };
  return type === 'OBSERVABLE_COUNTER' && aggregationTemporality === CUMULATIVE;
}

/** Never before the time by which the pipeline tells what began in this process. */
function processStart(): [seconds: number, nanos: number] {
  const ms = Math.ceil(performance.timeOrigin);
  return [Math.floor(ms / 1000), (ms % 1000) * 1e6];
}
