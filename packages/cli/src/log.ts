/** The agent's log: pino on standard error, or readable lines where standard error is a terminal. */
import type { Logger } from '@telemetryflow/kernel';
import { pino } from 'pino';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** `format: text` writes one readable line per entry, `json` one object. */
export function createLogger(level: LogLevel, format: 'text' | 'json', write: (line: string) => void): Logger {
  const destination = { write: format === 'json' ? write : (line: string) => write(readable(line)) };
  const log = pino(
    { level, base: null, errorKey: 'error', serializers: { error: pino.stdSerializers.err } },
    destination,
  );
  return {
    error: (message, fields) => log.error(fields ?? {}, message),
    warn: (message, fields) => log.warn(fields ?? {}, message),
    info: (message, fields) => log.info(fields ?? {}, message),
    debug: (message, fields) => log.debug(fields ?? {}, message),
  };
}

const LEVELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' };

interface Entry {
  readonly level: number;
  readonly time: number;
  readonly msg: string;
  readonly error?: { readonly message?: string; readonly stack?: string };
}

function readable(line: string): string {
  const { level, time, msg, error, ...fields } = JSON.parse(line) as Entry & Record<string, unknown>;
  const clock = new Date(time).toISOString().slice(11, 19);
  const details = Object.entries(fields).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const cause = error?.message === undefined ? '' : ` error="${error.message}"`;
  const text = `${clock} ${(LEVELS[level] ?? 'info').padEnd(5)} ${msg}${details.join('')}${cause}`;
  // A line break in a value must not look like the next entry.
  return `${text.replaceAll('\r', '\\r').replaceAll('\n', '\\n')}\n`;
}
