/**
 * Payloads of equal key, one at a time in order of encoding, retries included. What a payload is encoded into
 * again (its retried items, its halves) goes before what waits behind it.
 */
import type { Job } from './work.ts';

export interface KeyLane {
  readonly key: string;
  /** The payload on its way, in back-off or parked. */
  active: Job | undefined;
  /** Parts of the active payload's items that are still to be encoded. */
  parts: number;
  readonly again: Job[];
  readonly waiting: Job[];
}

export class KeyLanes {
  readonly #lanes = new Map<string, KeyLane>();

  /** The lane of a key. */
  of(key: string): KeyLane {
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { key, active: undefined, parts: 0, again: [], waiting: [] };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  /** The payload that may go now, if any; it becomes the active one. Empty lanes are forgotten. */
  next(lane: KeyLane): Job | undefined {
    if (lane.active !== undefined) return undefined;
    const job = lane.again.shift() ?? (lane.parts > 0 ? undefined : lane.waiting.shift());
    lane.active = job;
    if (job === undefined && lane.parts === 0) this.#lanes.delete(lane.key);
    return job;
  }
}
