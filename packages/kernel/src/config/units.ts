/** Durations and sizes as people write them, and back. */

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};
const SIZE = /^(\d+(?:\.\d+)?)\s*(|b|[kmgt]i?b)$/i;

/**
 * A value, or why there is none and what to write instead.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type Parsed, parseDuration } from '@telemetryflow/kernel';
 *
 * const typed: Parsed = parseDuration('30');
 * assert.deepEqual(typed, {
 *   reason: 'the duration 30 has no unit',
 *   hint: 'write 30s for seconds or 30ms for milliseconds',
 * });
 * ```
 */
export type Parsed = { readonly value: number } | { readonly reason: string; readonly hint?: string };

/**
 * `200ms`, `30s`, `5m`, `1h30m`, `7d` to milliseconds. A number without unit is refused, except 0.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { parseDuration } from '@telemetryflow/kernel';
 *
 * assert.deepEqual(parseDuration('1h30m'), { value: 5_400_000 });
 * assert.deepEqual(parseDuration('soon'), { reason: 'not a duration' });
 * ```
 */
export function parseDuration(text: string): Parsed {
  const trimmed = text.trim();
  if (/^0+(?:\.0+)?$/.test(trimmed)) return { value: 0 };
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) {
    return {
      reason: `the duration ${trimmed} has no unit`,
      hint: `write ${trimmed}s for seconds or ${trimmed}ms for milliseconds`,
    };
  }
  if (!DURATION.test(trimmed)) return { reason: 'not a duration' };
  let total = 0;
  for (const [, amount = '', unit = ''] of trimmed.matchAll(DURATION_PART)) {
    total += Number(amount) * (DURATION_UNITS[unit] ?? Number.NaN);
  }
  return total <= Number.MAX_SAFE_INTEGER ? { value: total } : { reason: 'the duration is too long' };
}

/**
 * `64MiB`, `10MB`, `512` to bytes; letter case does not matter.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { parseSize } from '@telemetryflow/kernel';
 *
 * assert.deepEqual(parseSize('64MiB'), { value: 67_108_864 });
 * assert.deepEqual(parseSize('10mb'), { value: 10_000_000 });
 * ```
 */
export function parseSize(text: string): Parsed {
  const match = SIZE.exec(text.trim());
  if (match === null) return { reason: 'not a size' };
  const bytes = Math.round(Number(match[1]) * (SIZE_UNITS[(match[2] ?? '').toLowerCase()] ?? Number.NaN));
  return bytes <= Number.MAX_SAFE_INTEGER ? { value: bytes } : { reason: 'the size is too large' };
}

/**
 * Milliseconds as `parseDuration` reads them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { formatDuration } from '@telemetryflow/kernel';
 *
 * assert.equal(formatDuration(90_000), '1m30s');
 * ```
 */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const [unit, factor] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const) {
    const whole = Math.floor(rest / factor);
    if (whole > 0) text += `${plain(whole)}${unit}`;
    rest -= whole * factor;
  }
  return rest > 0 ? `${text}${plain(rest)}ms` : text;
}

/**
 * Bytes as `parseSize` reads them, in the largest binary unit that divides them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { formatSize } from '@telemetryflow/kernel';
 *
 * assert.equal(formatSize(4 * 1024 * 1024), '4MiB');
 * ```
 */
export function formatSize(bytes: number): string {
  for (const [unit, factor] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (bytes > 0 && bytes % factor === 0) return `${plain(bytes / factor)}${unit}`;
  }
  return plain(bytes);
}

/** Never in exponent form, which the parsers do not read. */
function plain(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : text;
}
