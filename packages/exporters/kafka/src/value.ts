/** Record values: what encodings make of a batch, before they are packed into requests. */
import type { Items, Reason } from '@telemetryflow/kernel';

/** One record. */
export interface EncodedValue {
  readonly key: string | null;
  readonly value: Buffer;
  /** Items of the batch that it carries. */
  readonly items: Items;
}

/** An item that this encoding or this limit cannot carry. */
export interface RefusedItem {
  readonly refused: number;
  readonly reason: Reason;
  readonly detail: string;
}

/** `undefined` is a place to pause. */
export type Encodings = Generator<EncodedValue | RefusedItem | undefined, void, undefined>;

/** Limits of the value of one record, in bytes; they depend on its key. */
export interface ValueLimits {
  /** What is tried to be kept: smaller than `most` once brokers refused something as too large. */
  readonly fit: (key: string | null) => number;
  /** What must be kept: an item that alone takes more is refused. */
  readonly most: (key: string | null) => number;
}

/** Items between two places to pause. */
export const PAUSE_EVERY = 64;

export function tooLarge(item: number, bytes: number, most: number, identity: string): RefusedItem {
  return {
    refused: item,
    reason: 'too_large',
    detail: `oversize: ${identity} takes ${bytes} bytes, ${most} fit into max_message_bytes`,
  };
}
