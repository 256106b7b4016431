/**
 * Starting and stopping in order.
 *
 *   start   extensions -> exporters -> processors and connectors -> receivers
 *   stop    receivers -> processors and connectors, upstream first -> exporters -> extensions
 *
 * Each start step has 10 s; all of the stop has one deadline. Nothing here touches signals or ends the process.
 */
import type { Clock, Logger } from '../component/context.ts';
import type { Traffic } from '../graph/source.ts';
import type { StatusBoard } from '../status/board.ts';
import { type Culprit, LifecycleError, messageOf, type Scrub, withoutSecrets } from './error.ts';
import { holdProcess, waitAtMost, waitUntil } from './step.ts';

/** Something that starts and stops. `component` is `kind:id`. */
export interface Unit {
  readonly component: string;
  readonly start?: (() => Promise<void>) | undefined;
  /** `deadline` fires when there is no time left, in `remainingMs`. */
  readonly stop?: ((deadline: AbortSignal, remainingMs: number) => Promise<void>) | undefined;
}

export interface Units {
  /** Started in this order, stopped in the reverse one. */
  readonly extensions: readonly Unit[];
  readonly exporters: readonly Unit[];
  /** Groups, upstream first. */
  readonly processors: readonly (readonly Unit[])[];
  readonly receivers: readonly Unit[];
}

export interface LifecycleOptions {
  readonly units: Units;
  readonly traffic: Traffic;
  readonly board: StatusBoard;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scrub: Scrub;
  /** Fires when the shutdown deadline has passed; components see its signal. */
  readonly expiry: AbortController;
}

export interface Lifecycle {
  /**
   * Idempotent. Rejects with a LifecycleError after everything that had started was stopped again, and once the
   * pipeline was stopped.
   */
  start(): Promise<void>;
  /** Idempotent, never rejects; safe before, during and after `start`. */
  stop(timeoutMs: number): Promise<void>;
}

const START_TIMEOUT_MS = 10_000;
const BUSY_INTERVAL_MS = 5000;
/** After the deadline: time for chains to count what they give up. */
const GRACE_MS = 1000;

export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { units, traffic, board, clock, logger, scrub, expiry } = options;
  const started = new Set<Unit>();
  const busy = new Set<string>();
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  let failed = false;
  /** When the deadline passes, monotonic. */
  let stopAt = Number.POSITIVE_INFINITY;

  async function startUnit(unit: Unit): Promise<Culprit | undefined> {
    // Counted as started before it is: a start that hangs or fails halfway may hold sockets that stop releases.
    started.add(unit);
    const waited = await waitAtMost(begin(unit.start), START_TIMEOUT_MS, clock);
    const { component } = unit;
    if (waited.done && waited.error === undefined) {
      board.started(component);
      return undefined;
    }
    const error = waited.done
      ? withoutSecrets(waited.error, scrub)
      : new Error(`did not finish starting within ${START_TIMEOUT_MS / 1000} s`);
    board.set(component, 'permanent', messageOf(error));
    return { component, error };
  }

  async function startAll(): Promise<void> {
    board.setPipeline('starting');
    const oneByOne = async (list: readonly Unit[]): Promise<Culprit[]> => {
      for (const unit of list) {
        if (stopping !== undefined) return [];
        const culprit = await startUnit(unit);
        if (culprit !== undefined) return [culprit];
      }
      return [];
    };
    const together = async (list: readonly Unit[]): Promise<Culprit[]> =>
      (await Promise.all(list.map(startUnit))).filter((culprit) => culprit !== undefined);
    const steps = [
      () => oneByOne(units.extensions),
      () => together(units.exporters),
      () => together(units.processors.flat()),
      () => {
        traffic.state = 'open';
        return oneByOne(units.receivers);
      },
    ];
    for (const step of steps) {
      const culprits = stopping === undefined ? await step() : [];
      if (culprits.length > 0) {
        if (stopping === undefined) {
          stopping = stopAll(START_TIMEOUT_MS);
          await stopping;
        }
        failed = true;
        throw startError(culprits);
      }
      if (stopping !== undefined) throw stoppedError('the pipeline was shut down while it started');
    }
    board.setPipeline('ok');
    logger.info('The pipeline is running.', {
      receivers: units.receivers.length,
      exporters: units.exporters.length,
    });
  }

  /** Stops one unit, bounded by the deadline; what goes wrong is logged, as there is nobody left to tell. */
  async function stopUnit(unit: Unit): Promise<void> {
    if (!started.delete(unit)) return board.set(unit.component, 'stopped');
    const { component, stop } = unit;
    board.set(component, 'stopping');
    busy.add(component);
    const waited = await waitUntil(
      begin(stop && (() => stop(expiry.signal, Math.max(0, stopAt - clock.monotonic())))),
      expiry.signal,
      GRACE_MS,
      clock,
    );
    busy.delete(component);
    if (!waited.done) logger.error('A component did not stop in time and was left behind.', { component });
    else if (waited.error !== undefined) {
      logger.warn('A component failed to stop.', { component, error: messageOf(waited.error) });
    }
    board.set(component, 'stopped');
  }

  const stopTogether = (list: readonly Unit[]): Promise<unknown> => Promise.all(list.map(stopUnit));

  async function stopAll(timeoutMs: number): Promise<void> {
    const release = holdProcess();
    stopAt = clock.monotonic() + timeoutMs;
    const expired = clock.setTimeout(() => expiry.abort(new Error('the shutdown deadline has passed')), timeoutMs);
    const report = clock.setInterval(() => {
      logger.warn('Still stopping.', { busy: [...busy].sort() });
    }, BUSY_INTERVAL_MS);
    try {
      if (traffic.state === 'open') traffic.state = 'draining';
      board.setPipeline('stopping');
      const receivers = stopTogether(units.receivers);
      // Receivers may wait for acknowledgements that only the exporters' last attempt can give.
      await waitAtMost(receivers, timeoutMs / 2, clock);
      await waitUntil(traffic.idle(), expiry.signal, 0, clock);
      for (const group of units.processors) await stopTogether(group);
      await waitUntil(traffic.idle(), expiry.signal, 0, clock);
      traffic.state = 'stopped';
      await stopTogether(units.exporters);
      await receivers;
      for (const unit of units.extensions.toReversed()) await stopUnit(unit);
    } finally {
      expired.cancel();
      report.cancel();
      board.setPipeline('stopped');
      release();
    }
  }

  return {
    start() {
      if (stopping !== undefined && !failed) return Promise.reject(stoppedError('the pipeline was shut down'));
      if (starting === undefined) {
        const release = holdProcess();
        starting = startAll().finally(release);
      }
      return starting;
    },
    stop(timeoutMs) {
      stopping ??= stopAfterStart(timeoutMs);
      return stopping;
    },
  };

  /** A start in progress is let finish its present step; it sees `stopping` and goes no further. */
  async function stopAfterStart(timeoutMs: number): Promise<void> {
    const begun = clock.monotonic();
    if (starting !== undefined) await waitAtMost(starting, timeoutMs, clock);
    await stopAll(Math.max(0, timeoutMs - (clock.monotonic() - begun)));
  }
}

function begin(step: (() => Promise<void>) | undefined): Promise<void> {
  return step === undefined ? Promise.resolve() : Promise.resolve().then(step);
}

function startError(culprits: readonly Culprit[]): LifecycleError {
  const text = culprits.map(({ component, error }) => `${quoted(component)} could not start: ${messageOf(error)}`);
  const timedOut = culprits.every(({ error }) => messageOf(error).startsWith('did not finish starting'));
  const code = timedOut ? 'TFO_ERR_LIFECYCLE_START_TIMEOUT' : 'TFO_ERR_LIFECYCLE_START';
  return new LifecycleError(code, text.join('; '), culprits);
}

/** `receiver:otlp` -> `receiver "otlp"`. */
function quoted(component: string): string {
  const colon = component.indexOf(':');
  return `${component.slice(0, colon)} "${component.slice(colon + 1)}"`;
}

function stoppedError(message: string): LifecycleError {
  return new LifecycleError('TFO_ERR_LIFECYCLE_STOPPED', `${message}; create a new one`);
}
