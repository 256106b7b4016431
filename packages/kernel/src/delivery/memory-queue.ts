/** The queue in memory, bounded by merged requests and bytes under the budget of its pipeline. */
import type { Batch } from '../data/batch.ts';
import type { Segment } from '../data/segment.ts';
import { segmentsOf } from '../data/segmented.ts';
import type { BudgetMember } from './budget.ts';
import type { Acknowledgement, QueuedRequest, QueueOccupancy, RequestPiece, RequestQueue } from './queue.ts';
import type { DeliverySettings } from './settings.ts';

interface Entry {
  readonly batch: Batch;
  readonly bytes: number;
  readonly segments: readonly Segment[];
  readonly sequence: number;
  /** Monotonic ms. */
  readonly since: number;
  readonly acknowledgement: Acknowledgement | undefined;
  /** Items before it are taken. */
  from: number;
  /** Taken requests that hold items of it, not settled. */
  held: number;
  undelivered: boolean;
}

interface TakenRequest extends QueuedRequest {
  readonly entries: readonly Entry[];
}

/** A request at least this full is not filled up by cutting the next batch in two. */
const FULL_ENOUGH = 0.75;

type MemoryQueueSettings = Pick<DeliverySettings, 'batchSize' | 'flushIntervalMs' | 'maxBatchItems' | 'queue'>;

export class MemoryQueue implements RequestQueue {
  readonly #settings: MemoryQueueSettings;
  readonly #budget: BudgetMember;
  readonly #entries: Entry[] = [];
  #waiting = 0;
  #sequence = 0;
  #flushed = 0;
  #taken = 0;
  #bytes = 0;
  #reservedItems = 0;
  #reservedBytes = 0;

  constructor(settings: MemoryQueueSettings, budget: BudgetMember) {
    this.#settings = settings;
    this.#budget = budget;
  }

  get waiting(): number {
    return this.#waiting;
  }

  get lastSequence(): number {
    return this.#sequence;
  }

  get firstSequence(): number {
    return this.#entries[0]?.sequence ?? Infinity;
  }

  hasRoom(count: number, bytes: number, subject: object): boolean {
    const { maxRequests, maxBytes } = this.#settings.queue;
    const held = this.#bytes + this.#reservedBytes;
    if (
      this.#requests(this.#reservedItems + count) <= maxRequests &&
      held + bytes <= maxBytes &&
      this.#budget.hasRoom(bytes, subject)
    ) {
      return true;
    }
    const empty = held === 0 && this.#taken === 0 && this.#reservedItems === 0;
    const most = Math.min(maxBytes, this.#budget.budget.maxBytes);
    return empty && (bytes > most || count > maxRequests * this.#settings.maxBatchItems);
  }

  reserve(count: number, bytes: number, subject: object): void {
    this.#reservedItems += count;
    this.#reservedBytes += bytes;
    this.#budget.hold(subject, bytes);
  }

  unreserve(count: number, bytes: number, subject: object): void {
    this.#reservedItems -= count;
    this.#reservedBytes -= bytes;
    this.#budget.release(subject, bytes);
  }

  push(batch: Batch, now: number, acknowledgement: Acknowledgement | undefined): void {
    const { bytes, count } = batch;
    const segments = segmentsOf(batch);
    for (const segment of segments) this.#budget.hold(segment, segment.bytes);
    this.#bytes += bytes;
    this.#waiting += count;
    this.#entries.push({
      batch,
      bytes,
      segments,
      sequence: ++this.#sequence,
      since: now,
      acknowledgement,
      from: 0,
      held: 0,
      undelivered: false,
    });
  }

  readyAt(): number {
    const first = this.#entries[0];
    if (first === undefined) return Infinity;
    if (this.#waiting >= this.#settings.batchSize || first.sequence <= this.#flushed) return 0;
    return first.since + this.#settings.flushIntervalMs;
  }

  flush(sequence: number): void {
    this.#flushed = Math.max(this.#flushed, sequence);
  }

  take(): QueuedRequest | undefined {
    const { maxBatchItems } = this.#settings;
    const pieces: RequestPiece[] = [];
    const entries: Entry[] = [];
    let count = 0;
    let whole = 0;
    for (const entry of this.#entries) {
      const left = entry.batch.count - entry.from;
      const room = maxBatchItems - count;
      if (room === 0 || (left > room && count >= maxBatchItems * FULL_ENOUGH)) break;
      const to = entry.from + Math.min(left, room);
      pieces.push({ batch: entry.batch, from: entry.from, to });
      entries.push(entry);
      count += to - entry.from;
      entry.from = to;
      entry.held++;
      if (to < entry.batch.count) break;
      whole++;
    }
    if (entries.length === 0) return undefined;
    this.#entries.splice(0, whole);
    this.#waiting -= count;
    this.#taken++;
    const request: TakenRequest = { pieces, count, entries, firstSequence: entries[0]?.sequence ?? 0 };
    return request;
  }

  settle(request: QueuedRequest, undelivered: boolean): void {
    this.#taken--;
    for (const entry of (request as TakenRequest).entries) {
      entry.held--;
      if (undelivered) entry.undelivered = true;
      if (entry.held === 0 && entry.from === entry.batch.count) this.#free(entry);
    }
  }

  dropOldest(): number {
    const entry = this.#entries.shift();
    if (entry === undefined) return 0;
    const dropped = entry.batch.count - entry.from;
    this.#waiting -= dropped;
    entry.from = entry.batch.count;
    entry.undelivered = true;
    if (entry.held === 0) this.#free(entry);
    return dropped;
  }

  occupancy(): QueueOccupancy {
    const { maxRequests, maxBytes } = this.#settings.queue;
    return { requests: this.#requests(0), bytes: this.#bytes, maxRequests, maxBytes };
  }

  close(): void {
    this.#budget.leave();
  }

  /** Requests held when `added` more items wait. */
  #requests(added: number): number {
    return this.#taken + Math.ceil((this.#waiting + added) / this.#settings.maxBatchItems);
  }

  #free(entry: Entry): void {
    this.#bytes -= entry.bytes;
    for (const segment of entry.segments) this.#budget.release(segment, segment.bytes);
    entry.acknowledgement?.settled(entry.undelivered);
  }
}
