/**
 * The delivery chain of one exporter instance and signal, as the graph sees it:
 * `queue -> batch/split -> tags -> convert -> encode -> per payload: gate -> retry -> timeout -> send`.
 */
import type { Signal } from '@telemetryflow/otlp';
import type { Reason } from '../component/reason.ts';
import type { Batch } from '../data/batch.ts';
import type { PayloadTap } from './hooks.ts';

/** entered = queued + inFlight + delivered + the sum of dropped, at any time. */
export interface Ledger {
  readonly entered: number;
  readonly queued: number;
  readonly inFlight: number;
  readonly delivered: number;
  readonly dropped: Readonly<Partial<Record<Reason, number>>>;
}

/** Room that was reserved in one chain; exactly one of `accept` and `release` must be called. */
export interface Ticket {
  /** Put the batch (perhaps smaller than reserved) into the queue; resolves as the acknowledgement. */
  accept(batch: Batch): Promise<void>;
  /** A processor dropped the batch: give the room back. */
  release(): void;
}

/** `busy`: full while the backend is alive, refuse the batch for all. `down`: full and the backend is down. */
export type Admission = Ticket | 'busy' | 'down';

/** The delivery of one exporter instance for one signal: queue, encoding, sending, retries. */
export interface ExporterChain {
  /** Component id, as `loki/eu`. */
  readonly id: string;
  readonly signal: Signal;
  /**
   * Reserve room for a batch, synchronously. Reservations of several chains for the same `subject` (any object that
   * stands for the batch) count once in the memory budget.
   */
  admit(count: number, bytes: number, subject?: object): Admission;
  /** Count a batch that was turned away because this backend is down: entered and dropped `queue_full`. */
  turnAway(count: number): void;
  start(): Promise<void>;
  /** Send what is queued without waiting for `flush_interval`; resolves when every item had one attempt or at the deadline. */
  flush(deadline: AbortSignal): Promise<void>;
  /**
   * One attempt for everything queued, then drop the rest as `shutdown` at the deadline. With `remainingMs`, the time
   * to the deadline, what a backend asked to hold back for longer is dropped at once instead of waited for.
   */
  shutdown(deadline: AbortSignal, remainingMs?: number): Promise<void>;
  ledger(): Ledger;
  /** Sees every payload once, before its first attempt; may be set and unset at any time. */
  tap?: PayloadTap | undefined;
  /** Requests and bytes held (queued, in flight, in back-off), and the bounds. */
  occupancy(): {
    readonly requests: number;
    readonly bytes: number;
    readonly maxRequests: number;
    readonly maxBytes: number;
  };
  /** Concurrent sends in use, and destinations that nothing is sent to now (throttled, broken or auth). */
  activity(): { readonly sending: number; readonly gatesOpen: number };
}
