/** OTLP severity numbers and the names of their ranges. */

/**
 * OTLP SeverityNumber. The first of each range has its bare name.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type LogRecord, SeverityNumber } from '@telemetryflow/otlp';
 *
 * const isAlarming = ({ severityNumber = 0 }: Pick<LogRecord, 'severityNumber'>): boolean =>
 *   severityNumber >= SeverityNumber.ERROR;
 * assert.deepEqual([{ severityNumber: 13 }, { severityNumber: 18 }, {}].map(isAlarming), [false, true, false]);
 * ```
 */
export const SeverityNumber = {
  UNSPECIFIED: 0,
  TRACE: 1,
  TRACE2: 2,
  TRACE3: 3,
  TRACE4: 4,
  DEBUG: 5,
  DEBUG2: 6,
  DEBUG3: 7,
  DEBUG4: 8,
  INFO: 9,
  INFO2: 10,
  INFO3: 11,
  INFO4: 12,
  WARN: 13,
  WARN2: 14,
  WARN3: 15,
  WARN4: 16,
  ERROR: 17,
  ERROR2: 18,
  ERROR3: 19,
  ERROR4: 20,
  FATAL: 21,
  FATAL2: 22,
  FATAL3: 23,
  FATAL4: 24,
} as const;

const RANGES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;

/** Name of a severity range. */
export type SeverityRange = (typeof RANGES)[number];

/**
 * The range a severity number lies in, or `undefined` for 0, absent and unknown numbers.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type SeverityRange, severityRange } from '@telemetryflow/otlp';
 *
 * const range: SeverityRange | undefined = severityRange(18); // ERROR2
 * assert.equal(range, 'ERROR');
 * assert.equal(severityRange(0), undefined);
 * ```
 */
export function severityRange(severity: number | undefined): SeverityRange | undefined {
  if (severity === undefined || severity < 1 || severity > 24) return undefined;
  return RANGES[Math.floor((severity - 1) / 4)];
}

/**
 * The record's own severity text, else the short name of its number (`INFO`, `WARN2`), else `""`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { severityText } from '@telemetryflow/otlp';
 *
 * assert.equal(severityText({ severityText: 'crit', severityNumber: 18 }), 'crit');
 * assert.equal(severityText({ severityNumber: 18 }), 'ERROR2');
 * assert.equal(severityText({}), '');
 * ```
 */
export function severityText(record: {
  readonly severityText?: string | undefined;
  readonly severityNumber?: number | undefined;
}): string {
  if (record.severityText) return record.severityText;
  const range = severityRange(record.severityNumber);
  if (range === undefined) return '';
  const step = ((record.severityNumber ?? 1) - 1) % 4;
  return step < 1 ? range : `${range}${Math.floor(step) + 1}`;
}
