/**
 * `flushOnExit`: deliver what is queued when the process ends. Each way to end keeps its own meaning:
 *
 *   beforeExit           nothing is left to do: flush, then the process ends by itself
 *   SIGTERM              flush; where no handler of the host is there, the signal is sent again and ends the process
 *   uncaught exception   flush, then the same exception again, which ends the process as Node.js does it
 *
 * The process is never ended by `process.exit`. A host that calls that itself leaves no time for anything.
 */
import { setImmediate } from 'node:timers';
import type { DeliveryReport, Logger, TimeLimit } from '@telemetryflow/kernel';

export interface ExitOptions {
  readonly timeoutMs: number;
  readonly logger: Logger;
  /** Grows with every span and log record: a process that made none since the last flush has nothing to add. */
  made(): number;
  flush(limit: TimeLimit): Promise<DeliveryReport>;
  shutdown(limit: TimeLimit): Promise<DeliveryReport>;
}

/** Installs the handlers. Returns what removes them. */
export function flushOnExit({ timeoutMs, logger, made, flush, shutdown }: ExitOptions): () => void {
  let flushedAt = -1;

  function beforeExit(): void {
    if (made() === flushedAt) return;
    flushedAt = made();
    void flush({ timeoutMs }).then(tellLoss);
  }

  function onSignal(): void {
    // A second signal ends the process at once, as if nobody listened.
    process.off('SIGTERM', onSignal);
    const hostListens = process.listenerCount('SIGTERM') > 0;
    void (hostListens ? flush({ timeoutMs }) : shutdown({ timeoutMs })).then((report) => {
      tellLoss(report);
      if (!hostListens) process.kill(process.pid, 'SIGTERM');
    });
  }

  function onException(error: unknown): void {
    process.off('uncaughtExceptionMonitor', onException);
    if (process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()) {
      // The host decides whether this is the end.
      void flush({ timeoutMs });
      process.on('uncaughtExceptionMonitor', onException);
      return;
    }
    const hold = (): void => {};
    process.on('uncaughtException', hold);
    void shutdown({ timeoutMs }).then((report) => {
      tellLoss(report);
      process.off('uncaughtException', hold);
      setImmediate(() => {
        throw error;
      });
    });
  }

  function tellLoss({ pending, reasons }: DeliveryReport): void {
    // What a shutdown could not deliver is told by the pipeline itself.
    if (pending > 0 && reasons.shutdown === undefined) {
      logger.error('The process ends before everything was delivered.', { items: pending, hint: HINT });
    }
  }

  process.on('beforeExit', beforeExit);
  process.on('SIGTERM', onSignal);
  process.on('uncaughtExceptionMonitor', onException);
  return () => {
    process.off('beforeExit', beforeExit);
    process.off('SIGTERM', onSignal);
    process.off('uncaughtExceptionMonitor', onException);
  };
}

const HINT = 'status() names the exporter that fails; exitTimeoutMs is the longest time to wait';
