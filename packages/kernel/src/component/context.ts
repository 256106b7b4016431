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
export interface TimerHandle {
  cancel(): void;
}

/** The state of a component that it reports itself; the delivery chain reports for exporters. */
export interface StatusReporter {
  ok(): void;
  recoverable(message: string, error?: unknown): void;
  permanent(message: string, error?: unknown): void;
}

export interface ComponentContext {
  /** `type` or `type/name`, as in the configuration. */
  readonly id: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly status: StatusReporter;
  /** Aborted when the shutdown deadline has passed. */
  readonly signal: AbortSignal;
  /** The service of a running extension, by component id; `undefined` when there is none. */
  extension<T = unknown>(id: string): T | undefined;
}
