/** Flushing the queues, and the counts that flush and shutdown report. */
import type { Clock } from '../component/context.ts';
import { REASONS, type Reason } from '../component/reason.ts';
import type { ExporterChain } from '../delivery/chain.ts';
import { addDrop, type DropCounts, sumDrops } from '../graph/pipeline-ledger.ts';
import type { Traffic } from '../graph/source.ts';
import { holdProcess, waitUntil } from './step.ts';

/**
 * Items since the pipeline was created, summed over its exporters: an item for two backends counts twice.
 */
export interface DeliveryReport {
  readonly delivered: number;
  /** Queued or in flight. */
  readonly pending: number;
  /** Given up, for any reason. */
  readonly dropped: number;
  /** `dropped`, by reason. */
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
}

export function reportOf(chains: readonly ExporterChain[]): DeliveryReport {
  let delivered = 0;
  let pending = 0;
  const reasons: DropCounts = {};
  for (const chain of chains) {
    const ledger = chain.ledger();
    delivered += ledger.delivered;
    pending += ledger.queued + ledger.inFlight;
    for (const reason of REASONS) {
      const count = ledger.dropped[reason];
      if (count !== undefined && count > 0) addDrop(reasons, reason, count);
    }
  }
  return { delivered, pending, dropped: sumDrops(reasons), reasons };
}

/** Sends what was handed over before the call. Ends when every item had one attempt, or after `timeoutMs`. */
export async function flushAll(
  chains: readonly ExporterChain[],
  traffic: Traffic,
  clock: Clock,
  timeoutMs: number,
): Promise<void> {
  const release = holdProcess();
  const deadline = new AbortController();
  const timer = clock.setTimeout(() => deadline.abort(new Error('the flush deadline has passed')), timeoutMs);
  try {
    await waitUntil(traffic.idle(), deadline.signal, 0, clock);
    await waitUntil(Promise.all(chains.map((chain) => chain.flush(deadline.signal))), deadline.signal, 0, clock);
  } finally {
    timer.cancel();
    release();
  }
}
