/** Loggers: the one a pipeline has when it was given none, and what every component gets of it. */
import { inspect } from 'node:util';
import type { Clock, Logger } from '../component/context.ts';

/** The least important entries that are written. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];
type Fields = Readonly<Record<string, unknown>>;

/**
 * Writes to the console, one line per entry, up to `level`. Never throws.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mock } from 'node:test';
 * import { consoleLogger, type Logger, type LogLevel } from '@telemetryflow/kernel';
 *
 * const written = mock.method(console, 'warn', () => {});
 * const level: LogLevel = 'warn';
 * const logger: Logger = consoleLogger(level);
 * logger.warn('The queue is full.', { component: 'exporter:loki', requests: 1000 });
 * logger.info('Not written.');
 * written.mock.restore();
 * assert.deepEqual(
 *   written.mock.calls.map((call) => call.arguments),
 *   [['telemetryflow exporter:loki: The queue is full. { requests: 1000 }']],
 * );
 * ```
 */
export function consoleLogger(level: LogLevel): Logger {
  const write = (at: LogLevel, message: string, fields: Fields = {}): void => {
    if (LEVELS.indexOf(at) > LEVELS.indexOf(level)) return;
    const { component, ...values } = fields;
    const where = typeof component === 'string' ? ` ${component}` : '';
    const rest = Object.keys(values).length === 0 ? '' : ` ${inspect(values, { breakLength: Infinity, depth: 4 })}`;
    console[at](`telemetryflow${where}: ${message}${rest}`);
  };
  return eachLevel(write);
}

/**
 * The logger of one component: every entry names it, and secrets are scrubbed from text and values. A logger of the
 * host that throws is ignored.
 */
export function componentLogger(base: Logger, component: string | undefined, scrub: (text: string) => string): Logger {
  return eachLevel((level, message, fields) => {
    try {
      const named = component === undefined ? fields : { component, ...fields };
      base[level](scrub(message), named === undefined ? undefined : scrubFields(named, scrub));
    } catch {
      // Logging is not worth losing telemetry for.
    }
  });
}

/** Logs at most once in `intervalMs`; the next entry says how many were left out. */
export function rateLimited(
  clock: Pick<Clock, 'monotonic'>,
  log: (message: string, fields: Fields) => void,
  intervalMs = 10_000,
): (message: string, fields: Fields) => void {
  let last = Number.NEGATIVE_INFINITY;
  let suppressed = 0;
  return (message, fields) => {
    const now = clock.monotonic();
    if (now - last < intervalMs) {
      suppressed++;
      return;
    }
    last = now;
    log(message, suppressed === 0 ? fields : { ...fields, suppressed });
    suppressed = 0;
  };
}

function eachLevel(write: (level: LogLevel, message: string, fields?: Fields) => void): Logger {
  return {
    error: (message, fields) => write('error', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    info: (message, fields) => write('info', message, fields),
    debug: (message, fields) => write('debug', message, fields),
  };
}

function scrubFields(fields: Fields, scrub: (text: string) => string): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, scrubValue(value, scrub, 3)]));
}

function scrubValue(value: unknown, scrub: (text: string) => string, depth: number): unknown {
  if (typeof value === 'string') return scrub(value);
  if (value instanceof Error) return scrub(value.stack ?? value.message);
  if (depth === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => scrubValue(entry, scrub, depth - 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, scrubValue(entry, scrub, depth - 1)]));
}
