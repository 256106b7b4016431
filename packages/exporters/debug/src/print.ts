/** Writes text to a stream, at the stream's pace, and never more batches per second than asked for. */
import type { Writable } from 'node:stream';
import { type Clock, delivered, drop, type Outcome, retry } from '@telemetryflow/kernel';
import type { DebugConfig } from './config.ts';

/** Decides per batch whether it is printed: the first few of each second, then one in so many. */
export function sampler(
  config: Pick<DebugConfig, 'sampling_initial' | 'sampling_thereafter'>,
  clock: Clock,
): () => boolean {
  let second = Number.NEGATIVE_INFINITY;
  let seen = 0;
  return () => {
    const now = Math.floor(clock.monotonic() / 1000);
    if (now !== second) {
      second = now;
      seen = 0;
    }
    seen++;
    if (seen <= config.sampling_initial) return true;
    const every = config.sampling_thereafter;
    return every > 0 && (seen - config.sampling_initial) % every === 0;
  };
}

/** Write, and wait until the stream has taken it. A closed stream drops; a stream that stands still is retried. */
export function print(text: string, stream: Writable, signal: AbortSignal): Promise<Outcome> {
  if (!stream.writable) return Promise.resolve(drop('rejected', 'the output is closed'));
  return new Promise((resolve) => {
    const settle = (outcome: Outcome): void => {
      stream.off('error', failed);
      signal.removeEventListener('abort', aborted);
      resolve(outcome);
    };
    // Without a listener a broken pipe would end the process.
    const failed = (error: Error): void => settle(drop('rejected', `the output failed: ${error.message}`));
    const aborted = (): void => settle(retry('timeout', { detail: 'the output does not take more' }));
    stream.on('error', failed);
    signal.addEventListener('abort', aborted, { once: true });
    stream.write(text, (error) => {
      // The stream emits its error event after this callback: stay until it has.
      if (error === null || error === undefined) settle(delivered());
      else setImmediate(failed, error);
    });
  });
}
