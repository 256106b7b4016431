/** Flushing the queues, and the counts that flush and shutdown report. */
import type { Clock } from '../component/context.ts';
import type { ExporterChain } from '../delivery/chain.ts';
import { sumDrops } from '../graph/pipeline-ledger.ts';
import type { Traffic } from '../graph/source.ts';
import { holdProcess, waitUntil } from './step.ts';

/**
 * Items since the pipeline was created, summed over its exporters: an item for two backends counts twice.
 * `pending` items are queued or in flight; `dropped` ones were given up for any reason.
 */
export interface DeliveryReport {
  readonly delivered: number;
  readonly pending: number;
  readonly dropped: number;
}

export function reportOf(chains: readonly ExporterChain[]): DeliveryReport {
  let delivered = 0;
  let pending = 0;
  let dropped = 0;
  for (const chain of chains) {
    const ledger = chain.ledger();
    delivered += ledger.delivered;
    pending += ledger.queued + ledger.inFlight;
    dropped += sumDrops(ledger.dropped);
  }
  return { delivered, pending, dropped };
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
