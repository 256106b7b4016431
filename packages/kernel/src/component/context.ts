/** What the kernel hands to a component. */
import type { Meter } from '@opentelemetry/api';

/** OTel `diag` style. The first argument is a sentence, the second carries the values. */
export interface Logger {
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Time as the pipeline sees it; tests hand in their own. Timers never keep the process alive. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds on a monotonic scale. */
  monotonic(): number;
  setTimeout(callback: () => void, ms: number): TimerHandle;
  setInterval(callback: () => void, ms: number): TimerHandle;
}

/** A timer of a `Clock`. */
export interface TimerHandle {
  cancel(): void;
}

/**
 * The state of a component that it reports itself. For exporters the delivery chain reports `ok` and `recoverable`
 * by the answers of the backend; never `permanent`, for whatever a backend refuses it may take tomorrow.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import type { StatusReporter } from '@telemetryflow/kernel';
 *
 * // A receiver that lost its connection says so, and that it is back.
 * function onConnection(up: boolean, status: StatusReporter): void {
 *   if (up) status.ok();
 *   else status.recoverable('the broker closed the connection; it is dialled again every 5 s');
 * }
 * const said: string[] = [];
 * const status = { ok: () => said.push('ok'), recoverable: (text: string) => said.push(text), permanent: () => {} };
 * onConnection(false, status);
 * onConnection(true, status);
 * assert.deepEqual(said, ['the broker closed the connection; it is dialled again every 5 s', 'ok']);
 * ```
 */
export interface StatusReporter {
  ok(): void;
  recoverable(message: string, error?: unknown): void;
  /**
   * Nothing but another configuration and a restart can help. It stays until the component stops, whatever is reported
   * afterwards, and the health check answers 503 from now on.
   */
  permanent(message: string, error?: unknown): void;
}

/** What a component gets from the pipeline it runs in. */
export interface ComponentContext {
  /** `type` or `type/name`, as in the configuration. */
  readonly id: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Make instruments at `start` or later; before, it throws: until then the host may register its MeterProvider. */
  readonly meter: Meter;
  readonly status: StatusReporter;
  /** Aborted when the shutdown deadline has passed. */
  readonly signal: AbortSignal;
  /** The service of a running extension, by component id; `undefined` when there is none. */
  extension<T = unknown>(id: string): T | undefined;
}
