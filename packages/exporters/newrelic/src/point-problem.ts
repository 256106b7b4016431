/** Data points that New Relic would drop without a word: they are dropped here, and counted. */
import type { Reason } from '@telemetryflow/kernel';
import { hasNoRecordedValue } from '@telemetryflow/metrics';
import { DataPointType, hrTimeToWholeMillis, type MetricRecord, type SummaryValue } from '@telemetryflow/otlp';

/** Older points are dropped by the service. */
export const MAX_AGE_MS: number = 48 * 3_600_000;
const MAX_AHEAD_MS = 24 * 3_600_000;

export interface PointProblem {
  readonly reason: Reason;
  readonly detail: string;
}

const NO_VALUE: PointProblem = { reason: 'filtered', detail: 'a point without a value, or an empty histogram' };
const NOT_FINITE: PointProblem = { reason: 'invalid', detail: 'a value that is not finite' };
const NEGATIVE: PointProblem = { reason: 'invalid', detail: 'a counter with a negative value' };
const TOO_OLD: PointProblem = { reason: 'too_old', detail: 'older than 48 hours' };
const AHEAD: PointProblem = { reason: 'invalid', detail: 'more than 24 hours ahead of now' };

/** What is wrong with a point; `undefined` for one that can be sent. `now` in ms since the epoch. */
export function pointProblem(
  metric: MetricRecord,
  point: MetricRecord['dataPoints'][number],
  now: number,
): PointProblem | undefined {
  if (hasNoRecordedValue(point) || point.value === undefined) return NO_VALUE;
  const ms = hrTimeToWholeMillis(point.endTime) || now;
  if (ms < now - MAX_AGE_MS) return TOO_OLD;
  if (ms > now + MAX_AHEAD_MS) return AHEAD;
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
      return Number.isFinite(Number(point.value)) ? undefined : NOT_FINITE;
    case DataPointType.SUM:
      if (!Number.isFinite(Number(point.value))) return NOT_FINITE;
      return metric.isMonotonic && Number(point.value) < 0 ? NEGATIVE : undefined;
    default: {
      const {
        count,
        sum = 0,
        ...rest
      } = point.value as SummaryValue & { readonly min?: number; readonly max?: number };
      if (!(Number(count) > 0)) return NO_VALUE;
      return Number.isFinite(sum) && Number.isFinite(rest.min ?? 0) && Number.isFinite(rest.max ?? 0)
        ? undefined
        : NOT_FINITE;
    }
  }
}
