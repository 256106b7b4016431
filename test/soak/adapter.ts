/** What the fault run needs to know about one exporter: one file per type under `adapters/`. */
import type { Answer, FaultRunOptions, RecordedRequest } from '@telemetryflow/testkit';

/** The exporter, its configuration and how its backend speaks. The run adds the number of items and the seed. */
export type SoakAdapter<Q = RecordedRequest, A = Answer> = Omit<FaultRunOptions<Q, A>, 'items' | 'seed'>;

/**
 * Options of every exporter in the run: small requests, so that many meet a fault, and retries for as long as the run
 * takes, so that what is lost is lost by a defect.
 */
export const SOAK_OPTIONS: Readonly<Record<string, unknown>> = {
  batch_size: 100,
  max_batch_items: 100,
  retry: { max_elapsed: '0s' },
};
