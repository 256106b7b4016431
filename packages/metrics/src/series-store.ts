/**
 * Bounded memory of series: at most `maxSeries`, the least recently seen leaves first, and none stays longer than
 * `ttlMs` without being seen. Whoever asks brings the time.
 */
import { compareTime, type Time } from './points.ts';

interface Group {
  readonly key: string;
  readonly id: number;
  series: number;
}

/** What is remembered of one series. */
export interface SeriesState {
  readonly key: string;
  readonly group: Group;
  /** Start of the series as last seen, or of the running total. */
  start: Time;
  /** Time of the newest point. */
  time: Time;
  /** Last cumulative value, or the running total. */
  value: unknown;
  seenMs: number;
}

/** How often the bounds took effect since creation. */
export interface StoreStats {
  /** Series remembered now. */
  readonly series: number;
  /** Series forgotten because `maxSeries` was reached. */
  readonly evicted: number;
  /** Series forgotten because they were idle for `ttlMs`. */
  readonly expired: number;
}

export class SeriesStore {
  readonly #maxSeries: number;
  readonly #ttlMs: number;
  /** In order of last use, oldest first. */
  readonly #series = new Map<string, SeriesState>();
  readonly #groups = new Map<string, Group>();
  #nextGroup = 0;
  #evicted = 0;
  #expired = 0;
  #forgottenUntil: Time = [0, 0];

  constructor(maxSeries: number, ttlMs: number) {
    this.#maxSeries = maxSeries;
    this.#ttlMs = ttlMs;
  }

  /** Newest point time of any series that was forgotten: a series that started later was never seen before. */
  get forgottenUntil(): Time {
    return this.#forgottenUntil;
  }

  get stats(): StoreStats {
    return { series: this.#series.size, evicted: this.#evicted, expired: this.#expired };
  }

  /** A short stand-in for a long prefix (resource, scope, metric) that many series share. */
  group(key: string): Group {
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group = { key, id: this.#nextGroup++, series: 0 };
    this.#groups.set(key, group);
    return group;
  }

  get(group: Group, attributes: string, nowMs: number): SeriesState | undefined {
    const key = `${group.id}|${attributes}`;
    const state = this.#series.get(key);
    if (state !== undefined && state.seenMs !== nowMs) {
      state.seenMs = nowMs;
      this.#series.delete(key);
      this.#series.set(key, state);
    }
    return state;
  }

  add(group: Group, attributes: string, start: Time, time: Time, value: unknown, nowMs: number): void {
    if (this.#series.size >= this.#maxSeries) {
      for (const oldest of this.#series.values()) {
        this.#forget(oldest);
        this.#evicted++;
        break;
      }
    }
    const key = `${group.id}|${attributes}`;
    this.#series.set(key, { key, group, start, time, value, seenMs: nowMs });
    group.series++;
  }

  /** Forget one series, because it ended. */
  delete(group: Group, attributes: string): void {
    const state = this.#series.get(`${group.id}|${attributes}`);
    if (state !== undefined) this.#forget(state);
  }

  /** Forget series not seen since `nowMs - ttlMs`; called between batches, when no group is in use. */
  expire(nowMs: number): void {
    for (const state of this.#series.values()) {
      if (nowMs - state.seenMs <= this.#ttlMs) break;
      this.#forget(state);
      this.#expired++;
    }
    if (this.#groups.size <= 2 * this.#series.size + 64) return;
    for (const group of this.#groups.values()) if (group.series === 0) this.#groups.delete(group.key);
  }

  #forget(state: SeriesState): void {
    this.#series.delete(state.key);
    if (compareTime(state.time, this.#forgottenUntil) > 0) this.#forgottenUntil = state.time;
    state.group.series--;
  }
}
