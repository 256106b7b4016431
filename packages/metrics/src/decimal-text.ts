/** Bounds and quantiles as text. */

/**
 * A bound or quantile in plain decimal digits, without exponent or trailing `.0`, as Prometheus and the OpenTelemetry
 * Collector write them; `+Inf` and `-Inf` for the infinities.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decimalText } from '@telemetryflow/metrics';
 *
 * assert.deepEqual([1e-7, 2500, 1e21, Infinity].map(decimalText), ['0.0000001', '2500', '1000000000000000000000', '+Inf']);
 * ```
 */
export function decimalText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  const text = String(value);
  const at = text.indexOf('e');
  if (at === -1) return text;
  const exponent = Number(text.slice(at + 1));
  const sign = value < 0 ? '-' : '';
  const [whole = '', fraction = ''] = text.slice(sign.length, at).split('.');
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, '0');
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
