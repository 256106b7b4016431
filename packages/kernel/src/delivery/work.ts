/** What the chain works on: a request taken from the queue, the parts it is encoded in, and their payloads. */
import type { Payload } from '../component/exporter.ts';
import type { Reason } from '../component/reason.ts';
import type { Batch } from '../data/batch.ts';
import type { Gate } from './gate.ts';
import type { KeyLane } from './ordering.ts';
import type { QueuedRequest } from './queue.ts';

/** A request in delivery, settled when nothing of it is open. */
export interface Work {
  readonly request: QueuedRequest;
  /** Stable over retries and splits. */
  readonly id: string;
  /** Time of the first encode, ms since the epoch; 0 before. */
  encodedAt: number;
  /** Parts being encoded and payloads not settled. */
  open: number;
  /** Of these, the ones that have not had an attempt. */
  unattempted: number;
  /** Items neither delivered nor dropped. */
  items: number;
  /** Its bytes may be read for longer than its attempts last. */
  lent: boolean;
  /** Items were given up that may be delivered when sent again. */
  undelivered: boolean;
}

/** What attempts have been made on some items; payloads made from them anew inherit it. */
export interface History {
  attempts: number;
  /** Monotonic ms of the first attempt; -1 before it. */
  firstAttemptAt: number;
  /** Time spent behind an auth gate since the first attempt. */
  authWaitMs: number;
}

/** Items to encode: all of a work (`batch` undefined until it is prepared), or a selection to send again. */
export interface Part {
  readonly work: Work;
  batch: Batch | undefined;
  /** The destination's mode at encoding. */
  mode: unknown;
  readonly history: History;
  readonly gate: Gate<Job> | undefined;
  readonly lane: KeyLane | undefined;
  /** No attempt was made yet that could have delivered these items. */
  readonly fresh: boolean;
}

/** One payload on its way; without `payload` its part must be encoded first. */
export interface Job {
  readonly part: Part;
  readonly payload: Payload | undefined;
  readonly items: number;
  readonly gate: Gate<Job>;
  readonly lane: KeyLane | undefined;
  readonly history: History;
  /** Counted in `work.unattempted`. */
  fresh: boolean;
  /** Holds one of the concurrent sends. */
  slot: boolean;
  /** Sent to find out whether the destination is back. */
  probe: boolean;
  /** Since when it waits behind an auth gate (monotonic), or -1. */
  authSince: number;
  /** Of the last answer. */
  lastReason: Reason | undefined;
}

/** The history of items that were never sent. */
export function noHistory(): History {
  return { attempts: 0, firstAttemptAt: -1, authWaitMs: 0 };
}

/** A payload that waits to be sent, or items to be encoded first. */
export function newJob(
  part: Part,
  payload: Payload | undefined,
  items: number,
  to: { readonly gate: Gate<Job>; readonly lane: KeyLane | undefined },
): Job {
  return {
    part,
    payload,
    items,
    gate: to.gate,
    lane: to.lane,
    history: payload === undefined ? part.history : { ...part.history },
    fresh: part.fresh,
    slot: false,
    probe: false,
    authSince: -1,
    lastReason: undefined,
  };
}
