/** What the two forms of a push have in common. */
import type { HrTime } from '@telemetryflow/otlp';
import type { Entry } from './entry.ts';
import type { Labels } from './labels.ts';

/** Writes one push after the other. Streams are begun, filled and ended; `finish` begins the next push. */
export interface PushWriter {
  /** Bytes that the push has at most if it ends here. */
  readonly size: number;
  beginStream(labels: Labels): void;
  add(time: HrTime, entry: Entry): void;
  /** Take the last entry out again, to put it into the next push. */
  takeLast(): unknown;
  putBack(entry: unknown): void;
  endStream(): void;
  /** The bytes are valid until the next call. */
  finish(): Uint8Array;
  /** Forget all, for another batch. */
  reset(): void;
}
