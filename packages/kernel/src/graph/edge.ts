/** A place between two components where batches pass, and can be looked at. */
import type { Batch } from '../data/batch.ts';

/** Sees each batch that passes; must not keep or change it. */
export type Tap = (batch: Batch) => void;

/** One edge. Without a tap, passing it costs one comparison with null. */
export interface Edge {
  /** `receiver:otlp -> pipeline:traces` and so on. */
  readonly id: string;
  tap: Tap | null;
}

/** An edge nobody looks at. */
export function edge(id: string): Edge {
  return { id, tap: null };
}
