/** Catches what must not happen or must not be said while a scenario runs: stray errors and printed secrets. */
import { inspect } from 'node:util';
import type { Logger, StatusReporter } from '@telemetryflow/kernel';

/** One call of a logger or status reporter. */
export interface Said {
  readonly level: 'error' | 'warn' | 'info' | 'debug' | 'ok' | 'recoverable' | 'permanent';
  readonly message: string;
  readonly details: unknown;
}

export interface Observer {
  readonly logger: Logger;
  readonly status: StatusReporter;
  readonly said: readonly Said[];
  /** Uncaught exceptions and unhandled rejections since the start. */
  readonly strays: readonly unknown[];
  /** Stop catching strays. */
  stop(): void;
}

/** Start observing this process; one observer at a time, as scenarios run one after the other. */
export function observe(): Observer {
  const said: Said[] = [];
  const strays: unknown[] = [];
  const say =
    (level: Said['level']) =>
    (message = '', details?: unknown): void => {
      said.push({ level, message, details });
    };
  const stray = (error: unknown): void => {
    strays.push(error);
  };
  process.on('uncaughtException', stray);
  process.on('unhandledRejection', stray);
  return {
    logger: { error: say('error'), warn: say('warn'), info: say('info'), debug: say('debug') },
    status: { ok: say('ok'), recoverable: say('recoverable'), permanent: say('permanent') },
    said,
    strays,
    stop() {
      process.off('uncaughtException', stray);
      process.off('unhandledRejection', stray);
    },
  };
}

/** The secrets (or their base64 or URL-encoded forms) that occur anywhere in a value as a log would print it. */
export function secretsIn(value: unknown, secrets: readonly string[]): string[] {
  const printed = [inspect(value, { depth: 12, maxArrayLength: null, maxStringLength: null }), json(value)].join('\n');
  return secrets.filter((secret) => formsOf(secret).some((form) => printed.includes(form)));
}

function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return [secret, base64, encodeURIComponent(secret)];
}

function json(value: unknown): string {
  try {
    const text: unknown = JSON.stringify(value, (_key, inner: unknown) => {
      if (typeof inner === 'bigint') return String(inner);
      if (inner instanceof Error) return { ...inner, message: inner.message, stack: inner.stack, cause: inner.cause };
      return inner;
    });
    return typeof text === 'string' ? text : '';
  } catch {
    return '';
  }
}
