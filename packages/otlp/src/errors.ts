/** The one error of this package: bytes that are not valid OTLP, with the place. */

const BRAND: unique symbol = Symbol.for('telemetryflow.otlp-error');

/**
 * What is wrong with the bytes.
 *
 * - `TRUNCATED` a length or value reaches beyond the end of its message
 * - `VARINT` a varint is longer than its type allows
 * - `TAG` field number 0 or too large, or a wire type protobuf does not have (groups included)
 * - `WIRE_TYPE` a known field with another wire type than its own
 * - `UTF8` a string that is not UTF-8
 * - `ID` a trace id that is not 0 or 16 bytes, or a span id that is not 0 or 8
 * - `DEPTH` messages or JSON values nested too deeply
 * - `LIMIT` more elements than a message of this size honestly has: decoding it would exhaust the memory
 * - `JSON_SYNTAX` not JSON
 * - `JSON_TYPE` JSON, but a value the field cannot hold
 */
export type OtlpErrorCode =
  | 'TFO_ERR_OTLP_TRUNCATED'
  | 'TFO_ERR_OTLP_VARINT'
  | 'TFO_ERR_OTLP_TAG'
  | 'TFO_ERR_OTLP_WIRE_TYPE'
  | 'TFO_ERR_OTLP_UTF8'
  | 'TFO_ERR_OTLP_ID'
  | 'TFO_ERR_OTLP_DEPTH'
  | 'TFO_ERR_OTLP_LIMIT'
  | 'TFO_ERR_OTLP_JSON_SYNTAX'
  | 'TFO_ERR_OTLP_JSON_TYPE';

/**
 * Bytes that are not valid OTLP. `offset` is the position of the fault in the bytes given, from 0.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { OtlpError, type OtlpErrorCode, validate } from '@telemetryflow/otlp';
 *
 * const expected: OtlpErrorCode = 'TFO_ERR_OTLP_TRUNCATED';
 * try {
 *   validate('traces', Uint8Array.of(0x0a, 100)); // a message of 100 bytes, of which none came
 *   assert.fail('it is valid');
 * } catch (error) {
 *   assert.ok(OtlpError.is(error));
 *   assert.deepEqual([error.code, error.offset], [expected, 0]);
 * }
 * ```
 */
export class OtlpError extends Error {
  readonly code: OtlpErrorCode;
  readonly offset: number;

  constructor(code: OtlpErrorCode, what: string, offset: number) {
    super(`Invalid OTLP at byte ${offset}: ${what}`);
    this.name = 'OtlpError';
    this.code = code;
    this.offset = offset;
  }

  /** True for errors of any copy of this package. */
  static is(error: unknown): error is OtlpError {
    return typeof error === 'object' && error !== null && (error as { [BRAND]?: true })[BRAND] === true;
  }
}
Object.defineProperty(OtlpError.prototype, BRAND, { value: true });
