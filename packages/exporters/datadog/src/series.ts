/** What is sent about one series in one second. */
import type { Sketch } from './sketch.ts';
import type { TagSet } from './tag-text.ts';

export type SeriesKind = 'count' | 'gauge';

/** One point of a series of counts or gauges. */
export interface Series {
  readonly name: string;
  readonly kind: SeriesKind;
  /** Seconds since the epoch. */
  readonly second: number;
  readonly value: number;
  /** Datadog's name of the unit, or `''`. */
  readonly unit: string;
  /** Window of a count in seconds; 0 where it is unknown. */
  readonly interval: number;
  /** `''` for none. */
  readonly host: string;
  readonly tags: TagSet;
}

/** One point of a distribution. */
export interface SketchSeries {
  readonly name: string;
  readonly second: number;
  readonly host: string;
  readonly tags: TagSet;
  readonly sketch: Sketch;
}
