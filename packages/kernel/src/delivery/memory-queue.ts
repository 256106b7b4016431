/** The queue in memory, bounded by merged requests and bytes under the budget of its pipeline. */
import type { Batch } from '../data/batch.ts';
import type { Segment } from '../data/segment.ts';
import { batchToKeep, isKept, segmentsOf } from '../data/segmented.ts';
import type { BudgetMember } from './budget.ts';
import type { Acknowledgement, QueuedRequest, QueueOccupancy, RequestPiece, RequestQueue } from './queue.ts';
import type { DeliverySettings } from './settings.ts';

interface Entry {
  batch: Batch;
  bytes: number;
  segments: readonly Segment[];
  /** It is in the face the queue keeps, or cannot be brought into it. */
  kept: boolean;
  readonly sequence: number;
  /** Monotonic ms. */
  readonly since: number;
  readonly acknowledgement: Acknowledgement | undefined;
  /** Items before it are taken. */
  from: number;
  /** Taken requests that hold items of it, not settled. */
  held: number;
  undelivered: boolean;
  /** Nobody reads its bytes any more, once nothing of it is held. */
  unread: boolean;
  freed: boolean;
}

interface TakenEntry {
  readonly entry: Entry;
  readonly from: number;
  readonly to: number;
}

interface TakenRequest extends QueuedRequest {
  readonly entries: readonly TakenEntry[];
}

/** A request at least this full is not filled up by cutting the next batch in two. */
const FULL_ENOUGH = 0.75;

type MemoryQueueSettings = Pick<
  DeliverySettings,
  'batchSize' | 'flushIntervalMs' | 'maxBatchItems' | 'queue' | 'reads'
>;

export class MemoryQueue implements RequestQueue {
  readonly #settings: MemoryQueueSettings;
  readonly #budget: BudgetMember;
  readonly #entries: Entry[] = [];
  /** Those whose face is another than the queue keeps. */
  readonly #toKeep: Entry[] = [];
  #unkept = 0;
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

  get unkept(): number {
    return this.#unkept;
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
    for (const segment of segments) {
      segment.hold();
      this.#budget.hold(segment, segment.bytes);
    }
    this.#bytes += bytes;
    this.#waiting += count;
    const entry: Entry = {
      batch,
      bytes,
      segments,
      kept: isKept(batch, this.#settings.reads),
      sequence: ++this.#sequence,
      since: now,
      acknowledgement,
      from: 0,
      held: 0,
      undelivered: false,
      unread: true,
      freed: false,
    };
    this.#entries.push(entry);
    if (entry.kept) return;
    this.#toKeep.push(entry);
    this.#unkept += count;
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
    const entries: TakenEntry[] = [];
    let count = 0;
    let whole = 0;
    for (const entry of this.#entries) {
      const left = entry.batch.count - entry.from;
      const room = maxBatchItems - count;
      if (room === 0 || (left > room && count >= maxBatchItems * FULL_ENOUGH)) break;
      const to = entry.from + Math.min(left, room);
      entries.push({ entry, from: entry.from, to });
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
    const request: TakenRequest = { count, entries, firstSequence: entries[0]?.entry.sequence ?? 0 };
    return request;
  }

  *pieces(request: QueuedRequest): Generator<undefined, readonly RequestPiece[]> {
    const pieces: RequestPiece[] = [];
    for (const { entry, from, to } of (request as TakenRequest).entries) {
      if (!entry.kept) yield* this.#keep(entry);
      pieces.push({ batch: entry.batch, from, to });
    }
    return pieces;
  }

  keepNext(): Generator<undefined, void> | undefined {
    for (let entry = this.#toKeep.shift(); entry !== undefined; entry = this.#toKeep.shift()) {
      if (!entry.kept && !entry.freed) return this.#keep(entry);
    }
    return undefined;
  }

  settle(request: QueuedRequest, undelivered: boolean, unread: boolean): void {
    this.#taken--;
    for (const { entry } of (request as TakenRequest).entries) {
      entry.held--;
      if (undelivered) entry.undelivered = true;
      if (!unread) entry.unread = false;
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

  *#keep(entry: Entry): Generator<undefined, void> {
    const kept = yield* batchToKeep(entry.batch, this.#settings.reads);
    const segments = segmentsOf(kept);
    if (entry.kept || entry.freed) {
      // The request it is part of asked for it too, or it gave way meanwhile.
      for (const segment of segments) segment.letGo(true);
      return;
    }
    for (const segment of segments) this.#budget.hold(segment, segment.bytes);
    this.#release(entry);
    this.#bytes += kept.bytes - entry.bytes;
    entry.batch = kept;
    entry.bytes = kept.bytes;
    entry.segments = segments;
    entry.kept = true;
    this.#unkept -= kept.count;
  }

  #release({ segments, unread }: Entry): void {
    for (const segment of segments) {
      this.#budget.release(segment, segment.bytes);
      segment.letGo(unread);
    }
  }

  #free(entry: Entry): void {
    entry.freed = true;
    if (!entry.kept) this.#unkept -= entry.batch.count;
    this.#bytes -= entry.bytes;
    this.#release(entry);
    entry.acknowledgement?.settled(entry.undelivered);
  }
}
