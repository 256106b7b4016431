/** Refusals a receiver maps to its protocol. All are retryable: nothing was accepted. */

const BRAND: unique symbol = Symbol.for('telemetryflow.consume-error');

/** `undelivered`: with `wait_for_result`, items were given up that may be delivered when sent again. */
export type ConsumeErrorCode = 'queue_full' | 'memory' | 'shutdown' | 'undelivered';

/**
 * Why a batch was not taken. `retryAfterMs` is what the sender should wait.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { ConsumeError, type ConsumeErrorCode } from '@telemetryflow/kernel';
 *
 * // How an HTTP receiver answers what `next.consume` rejected with.
 * function answer(error: unknown): { status: number; 'retry-after'?: string } {
 *   if (!ConsumeError.is(error)) return { status: 500 };
 *   return { status: 503, 'retry-after': String(error.retryAfterMs / 1000) };
 * }
 * const code: ConsumeErrorCode = 'queue_full';
 * assert.deepEqual(answer(new ConsumeError(code, 'the queue is full', 5000)), { status: 503, 'retry-after': '5' });
 * assert.deepEqual(answer(new Error('a defect')), { status: 500 });
 * ```
 */
export class ConsumeError extends Error {
  readonly code: ConsumeErrorCode;
  readonly retryable = true;
  readonly retryAfterMs: number;

  constructor(code: ConsumeErrorCode, message: string, retryAfterMs = 1000) {
    super(message);
    this.name = 'ConsumeError';
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }

  /** True for refusals of any copy of the kernel. */
  static is(error: unknown): error is ConsumeError {
    return typeof error === 'object' && error !== null && (error as { [BRAND]?: true })[BRAND] === true;
  }
}
Object.defineProperty(ConsumeError.prototype, BRAND, { value: true });
