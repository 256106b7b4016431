/** For function runtimes that freeze the process between invocations, as AWS Lambda does. */
import type { TimeLimit } from '@telemetryflow/kernel';

const TIMEOUT_MS = 2000;
/** Kept free for the runtime to answer in. */
const RESERVE_MS = 100;

/** What can be flushed: a `Telemetry`. */
export interface Flushable {
  forceFlush(limit?: TimeLimit): Promise<unknown>;
}

/**
 * The handler, followed by a flush: its telemetry is out before the runtime gets the answer and may freeze the process.
 * The flush takes `timeoutMs` at most (default 2000), and never more than the invocation has left, where the runtime's
 * context says so (`getRemainingTimeInMillis`). Result and errors of the handler stay its own.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type Flushable, flushAfter } from '@telemetryflow/sdk';
 *
 * const order: string[] = [];
 * const telemetry: Flushable = { forceFlush: async () => order.push('flushed') };
 * const handler = flushAfter(telemetry, async (name: string) => {
 *   order.push('handled');
 *   return `hello ${name}`;
 * });
 * assert.equal(await handler('world'), 'hello world');
 * assert.deepEqual(order, ['handled', 'flushed']);
 * ```
 */
export function flushAfter<Arguments extends readonly unknown[], Result>(
  telemetry: Flushable,
  handler: (...values: Arguments) => Result | PromiseLike<Result>,
  { timeoutMs = TIMEOUT_MS }: TimeLimit = {},
): (...values: Arguments) => Promise<Result> {
  return async (...values) => {
    try {
      return await handler(...values);
    } finally {
      const left = remainingMs(values[1]) - RESERVE_MS;
      await telemetry.forceFlush({ timeoutMs: Math.max(0, Math.min(timeoutMs, left)) });
    }
  };
}

function remainingMs(context: unknown): number {
  const remaining = (context as { getRemainingTimeInMillis?: unknown } | undefined)?.getRemainingTimeInMillis;
  if (typeof remaining !== 'function') return Number.POSITIVE_INFINITY;
  const ms: unknown = remaining.call(context);
  return typeof ms === 'number' && !Number.isNaN(ms) ? ms : Number.POSITIVE_INFINITY;
}
