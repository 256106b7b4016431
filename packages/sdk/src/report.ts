/** The counts a flush reports: those of the pipeline, and what never reached it. */
import type { DeliveryReport, Reason } from '@telemetryflow/kernel';

const NOTHING: DeliveryReport = Object.freeze({ delivered: 0, pending: 0, dropped: 0, reasons: Object.freeze({}) });

/** `lost` never reached the pipeline; `held` waits to. */
export function reportWith(
  pipeline: DeliveryReport = NOTHING,
  lost: Iterable<{ readonly reason: Reason; readonly items: number }> = [],
  held = 0,
): DeliveryReport {
  const reasons: Partial<Record<Reason, number>> = { ...pipeline.reasons };
  let dropped = pipeline.dropped;
  for (const { reason, items } of lost) {
    dropped += items;
    reasons[reason] = (reasons[reason] ?? 0) + items;
  }
  return { delivered: pipeline.delivered, pending: pipeline.pending + held, dropped, reasons };
}
