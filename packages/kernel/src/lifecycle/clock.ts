/**
 * Real time. Its timers never keep the process alive, and are those of Node.js even where a test of the host has put
 * others in place of the global ones.
 */
import { performance } from 'node:perf_hooks';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';
import type { Clock } from '../component/context.ts';

/**
 * The clock of a pipeline that was given none.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import {
 *   type Clock,
 *   createPipeline,
 *   type PipelineStatus,
 *   systemClock,
 *   type TimerHandle,
 * } from '@telemetryflow/kernel';
 *
 * const timer: TimerHandle = systemClock.setTimeout(() => assert.fail('cancelled'), 1000);
 * timer.cancel();
 * // A pipeline on the first second of the epoch.
 * const clock: Clock = { ...systemClock, now: () => 1000 };
 * const pipeline = await createPipeline({ exporters: { debug: {} } }, { plugins: [debug], clock });
 * const { components }: PipelineStatus = pipeline.status();
 * assert.equal(components['exporter:debug']?.since, '1970-01-01T00:00:01.000Z');
 * ```
 */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(callback: () => void, ms: number) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  setInterval(callback: () => void, ms: number) {
    const timer = setInterval(callback, ms);
    timer.unref();
    return { cancel: () => clearInterval(timer) };
  },
});
