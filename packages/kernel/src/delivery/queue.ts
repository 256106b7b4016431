/**
 * The queue of a chain: what waits to be sent, merged into requests, and the bounds of everything the chain holds
 * (waiting, in flight and in back-off). A durable queue implements the same interface.
 */
import type { Batch } from '../data/batch.ts';

/** Who waits for the final outcome of a batch. Called once. */
export interface Acknowledgement {
  /** `undelivered`: items were given up that may be delivered when sent again. */
  settled(undelivered: boolean): void;
}

/** Items of one batch within a request. */
export interface RequestPiece {
  readonly batch: Batch;
  readonly from: number;
  readonly to: number;
}

/** What is sent as one: waiting batches, or parts of them, in order, at most `maxBatchItems` items. */
export interface QueuedRequest {
  readonly count: number;
  /** Number of its oldest batch: numbers grow with every batch. */
  readonly firstSequence: number;
}

export interface QueueOccupancy {
  readonly requests: number;
  readonly bytes: number;
  readonly maxRequests: number;
  readonly maxBytes: number;
}

export interface RequestQueue {
  /** Items waiting. */
  readonly waiting: number;
  /** Items that wait in another face than the queue keeps: see `keepNext`. */
  readonly unkept: number;
  /** Number of the youngest batch so far. */
  readonly lastSequence: number;
  /** Number of the oldest waiting batch, or `Infinity`. */
  readonly firstSequence: number;
  /**
   * Room for a batch besides what is held and reserved? What somebody else holds of `subject` is not counted again.
   * A batch that exceeds the bounds by itself has room in an empty queue: refusing it would refuse it forever.
   */
  hasRoom(count: number, bytes: number, subject: object): boolean;
  reserve(count: number, bytes: number, subject: object): void;
  unreserve(count: number, bytes: number, subject: object): void;
  push(batch: Batch, now: number, acknowledgement: Acknowledgement | undefined): void;
  /** When the next request may be taken (monotonic ms): now or earlier when enough is there, `Infinity` when empty. */
  readyAt(): number;
  /** Everything up to this batch is ready at once. */
  flush(sequence: number): void;
  take(): QueuedRequest | undefined;
  /** The pieces of a taken request, in the face its exporter reads. Yields where the event loop may be given back. */
  pieces(request: QueuedRequest): Generator<undefined, readonly RequestPiece[]>;
  /**
   * Brings the oldest batch that waits in another face than the queue keeps into that one, step by step; `undefined`
   * when there is none.
   */
  keepNext(): Generator<undefined, void> | undefined;
  /** A taken request is settled: its room is free. `unread`: nobody reads its bytes any more. */
  settle(request: QueuedRequest, undelivered: boolean, unread: boolean): void;
  /** Give up the oldest waiting batch; the number of items, 0 when nothing waits. */
  dropOldest(): number;
  occupancy(): QueueOccupancy;
  close(): void;
}
