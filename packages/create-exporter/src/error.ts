/**
 *  Why nothing was written: a sentence for the person at the terminal.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createExporter, ScaffoldError } from '@telemetryflow/create-exporter';
 *
 * // Nothing has been written then.
 * assert.throws(() => createExporter('My Backend'), ScaffoldError);
 * ```
 */
export class ScaffoldError extends Error {
  override readonly name = 'ScaffoldError';
}
