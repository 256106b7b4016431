/** What can go wrong while a pipeline is created, started and stopped. */

const BRAND: unique symbol = Symbol.for('telemetryflow.lifecycle-error');

/** Code and meaning of every lifecycle error; listed in `docs/reference/errors.md`. */
const MEANINGS = {
  TFO_ERR_LIFECYCLE_CREATE: 'a component could not be created from its configuration',
  TFO_ERR_LIFECYCLE_START: 'a component refused to start; the message says why',
  TFO_ERR_LIFECYCLE_START_TIMEOUT: 'a component did not finish starting within 10 s',
  TFO_ERR_LIFECYCLE_NOT_STARTED: 'data was handed to a pipeline that is not started',
  TFO_ERR_LIFECYCLE_STOPPED: 'a pipeline that was stopped was used again; create a new one',
  TFO_ERR_LIFECYCLE_NO_CONSUMER: 'data was handed to a pipeline that has nothing for this signal',
} as const;

/** A code of a `LifecycleError`. */
export type LifecycleErrorCode = keyof typeof MEANINGS;

/**
 * What each code of a `LifecycleError` means.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { LIFECYCLE_ERRORS, type LifecycleErrorCode } from '@telemetryflow/kernel';
 *
 * const code: LifecycleErrorCode = 'TFO_ERR_LIFECYCLE_STOPPED';
 * assert.equal(LIFECYCLE_ERRORS[code], 'a pipeline that was stopped was used again; create a new one');
 * ```
 */
export const LIFECYCLE_ERRORS: Readonly<Record<LifecycleErrorCode, string>> = MEANINGS;

/** A component at fault, as `receiver:otlp`. */
export interface Culprit {
  readonly component: string;
  readonly error: unknown;
}

/**
 * Thrown by `createPipeline`, `start` and `consume`; `culprits` names every component that failed.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPipeline, LifecycleError } from '@telemetryflow/kernel';
 *
 * const pipeline = await createPipeline({ exporters: { debug: {} } }, { plugins: [debug] });
 * await assert.rejects(
 *   pipeline.consume({ signal: 'logs', records: [] }),
 *   (error) => LifecycleError.is(error) && error.code === 'TFO_ERR_LIFECYCLE_NOT_STARTED',
 * );
 * ```
 */
export class LifecycleError extends Error {
  readonly code: LifecycleErrorCode;
  readonly culprits: readonly Culprit[];

  constructor(code: LifecycleErrorCode, message: string, culprits: readonly Culprit[] = []) {
    super(message, culprits.length === 0 ? undefined : { cause: culprits[0]?.error });
    this.name = 'LifecycleError';
    this.code = code;
    this.culprits = culprits;
  }

  /** True for errors of any copy of the kernel. */
  static is(error: unknown): error is LifecycleError {
    return typeof error === 'object' && error !== null && (error as { [BRAND]?: true })[BRAND] === true;
  }
}
Object.defineProperty(LifecycleError.prototype, BRAND, { value: true });

/** Removes the live secrets of a configuration from text. */
export type Scrub = (text: string) => string;

/** What a component threw, as it may be shown: an error that quotes a secret is replaced by one that does not. */
export function withoutSecrets(error: unknown, scrub: Scrub): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? scrub(error) : error;
  const stack = error.stack ?? '';
  if (scrub(error.message) === error.message && scrub(stack) === stack && error.cause === undefined) return error;
  const cause = error.cause === undefined ? undefined : withoutSecrets(error.cause, scrub);
  if (scrub(error.message) === error.message && scrub(stack) === stack && cause === error.cause) return error;
  const shown = new Error(scrub(error.message), cause === undefined ? undefined : { cause });
  shown.name = error.name;
  shown.stack = scrub(stack);
  return shown;
}

/** The message of anything that was thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
