/**
 * Memory of batches and request bodies that were settled, for the next ones. Fresh memory for each lies outside of the
 * heap but counts against its limit: it makes the engine mark the whole heap of the process every few hundred batches,
 * which is a third of what a span costs and the longest pause.
 *
 * The engine may take what lies here at any major collection, so an idle process keeps nothing.
 */

/** Below, fresh memory costs little; above, it would lie here for long. */
const SMALLEST = 8 * 1024;
const LARGEST = 2 * 1024 * 1024;
/** The most that lies here. */
const MOST = 8 * 1024 * 1024;

interface Shelf {
  readonly bySize: Map<number, ArrayBuffer[]>;
  bytes: number;
}

let shelf: WeakRef<Shelf> | undefined;

/**
 * Memory for this many bytes, exactly; what they hold is undefined. Up to an eighth more lies behind it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { takeBytes } from '@telemetryflow/kernel';
 *
 * const body = takeBytes(100_000);
 * assert.equal(body.length, 100_000);
 * assert.ok(body.buffer.byteLength <= 112_500);
 * ```
 */
export function takeBytes(length: number): Uint8Array {
  if (length < SMALLEST || length > LARGEST) return new Uint8Array(length);
  const size = sizeFor(length);
  const known = shelf?.deref();
  const buffer = known?.bySize.get(size)?.pop();
  if (known === undefined || buffer === undefined) return new Uint8Array(new ArrayBuffer(size), 0, length);
  known.bytes -= size;
  return new Uint8Array(buffer, 0, length);
}

/**
 * Gives back what `takeBytes` gave, once nobody reads it any more: it will be overwritten.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { giveBytes, takeBytes } from '@telemetryflow/kernel';
 *
 * const first = takeBytes(100_000);
 * giveBytes(first);
 * const next = takeBytes(100_100);
 * assert.equal(next.buffer, first.buffer, 'the same memory again');
 * ```
 */
export function giveBytes({ buffer, length }: Uint8Array): void {
  const size = buffer.byteLength;
  if (length < SMALLEST || size > LARGEST || size !== sizeFor(length)) return;
  let known = shelf?.deref();
  if (known === undefined) {
    known = { bySize: new Map(), bytes: 0 };
    shelf = new WeakRef(known);
  }
  if (known.bytes + size > MOST) return;
  known.bytes += size;
  const same = known.bySize.get(size);
  if (same === undefined) known.bySize.set(size, [buffer as ArrayBuffer]);
  else same.push(buffer as ArrayBuffer);
}

/** Eight sizes to each power of two. */
function sizeFor(length: number): number {
  const step = 2 ** (Math.floor(Math.log2(length)) - 3);
  return Math.ceil(length / step) * step;
}
