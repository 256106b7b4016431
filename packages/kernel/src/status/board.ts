/**
 * The state of every component and of the pipeline as a whole. Keys are `kind:id`, as `exporter:loki/eu`; a component
 * with several instances (an exporter per signal, a processor per pipeline) shows the worst of them.
 *
 *   starting -> ok <-> recoverable -> permanent -> stopping -> stopped      (permanent leaves only to stopping)
 *
 * A component is permanent when it failed to start or said so itself; the delivery chain never concludes it.
 */
import type { Clock, StatusReporter } from '../component/context.ts';
import type { ComponentState, ComponentStatus, PipelineStatus } from '../component/definition.ts';
import { messageOf, type Scrub } from '../lifecycle/error.ts';

/** One change of state. `component` is `pipeline` for the pipeline as a whole. */
export interface StatusEvent {
  readonly component: string;
  readonly status: ComponentStatus;
}

/**
 * Called on every change of state.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { type ComponentStatus, createPipeline, type StatusEvent, type StatusListener } from '@telemetryflow/kernel';
 *
 * const states: string[] = [];
 * const listener: StatusListener = ({ component, status }: StatusEvent) => {
 *   const { state }: ComponentStatus = status;
 *   if (component === 'pipeline') states.push(state);
 * };
 * const pipeline = await createPipeline({ exporters: { debug: {} } }, { plugins: [debug] });
 * const unsubscribe = pipeline.onStatus(listener);
 * await pipeline.start();
 * await pipeline.shutdown();
 * unsubscribe();
 * assert.deepEqual(states, ['ok', 'stopping', 'stopped']);
 * ```
 */
export type StatusListener = (event: StatusEvent) => void;

/** What the lifecycle and the components' reporters write, and `pipeline.status()` reads. */
export interface StatusBoard {
  /** The reporter of one instance; `part` tells instances of one component apart. */
  reporter(component: string, part?: string): StatusReporter;
  /** Sets the state of all instances of a component: start and stop, which no component reports itself. */
  set(component: string, state: ComponentState, message?: string): void;
  /** A component that finished starting is `ok`, unless it said otherwise meanwhile. */
  started(component: string): void;
  /** The pipeline's own state; while it runs (`ok`) the worst of its components shows. */
  setPipeline(state: ComponentState, message?: string): void;
  current(): PipelineStatus;
  /** Calls `listener` on each change of state; returns what ends it. A listener that throws is ignored. */
  subscribe(listener: StatusListener): () => void;
}

const PIPELINE = 'pipeline';
/** From best to worst. */
const SEVERITY: readonly ComponentState[] = ['stopped', 'ok', 'stopping', 'starting', 'recoverable', 'permanent'];
const NEXT: Readonly<Record<ComponentState, readonly ComponentState[]>> = {
  starting: ['ok', 'recoverable', 'permanent', 'stopping', 'stopped'],
  ok: ['recoverable', 'permanent', 'stopping', 'stopped'],
  recoverable: ['ok', 'permanent', 'stopping', 'stopped'],
  permanent: ['stopping', 'stopped'],
  stopping: ['stopped'],
  stopped: [],
};

interface Instance {
  state: ComponentState;
  message: string | undefined;
}
interface Entry {
  readonly instances: Map<string, Instance>;
  shown: ComponentStatus;
}

/** A board where everything named is `starting` until it says otherwise; `scrub` keeps secrets out of messages. */
export function createStatusBoard(clock: Pick<Clock, 'now'>, scrub: Scrub = (text) => text): StatusBoard {
  const entries = new Map<string, Entry>();
  const listeners = new Set<StatusListener>();
  const own: Instance = { state: 'starting', message: undefined };
  let shown: ComponentStatus = status('starting', undefined);

  function status(state: ComponentState, message: string | undefined): ComponentStatus {
    const since = new Date(clock.now()).toISOString();
    return Object.freeze(message === undefined ? { state, since } : { state, since, message });
  }

  function entryOf(component: string): Entry {
    let entry = entries.get(component);
    if (entry === undefined) {
      entry = { instances: new Map(), shown: status('starting', undefined) };
      entries.set(component, entry);
    }
    return entry;
  }

  function instanceOf(entry: Entry, part: string): Instance {
    let instance = entry.instances.get(part);
    if (instance === undefined) {
      instance = { state: 'starting', message: undefined };
      entry.instances.set(part, instance);
    }
    return instance;
  }

  function change(component: string, instance: Instance, state: ComponentState, message: string | undefined): void {
    if (state !== instance.state && !NEXT[instance.state].includes(state)) return;
    instance.state = state;
    instance.message = message === undefined ? undefined : scrub(message);
    show(component, entryOf(component));
  }

  function show(component: string, entry: Entry): void {
    const worst = worstOf(entry.instances.values());
    if (worst.state === entry.shown.state) {
      // The newest message shows, but how long the trouble lasts does not start anew with every repetition.
      if (worst.message !== entry.shown.message && worst.message !== undefined) {
        entry.shown = Object.freeze({ ...entry.shown, message: worst.message });
      }
    } else {
      entry.shown = status(worst.state, worst.message);
      emit({ component, status: entry.shown });
    }
    showPipeline();
  }

  function showPipeline(): void {
    let next = own;
    if (own.state === 'ok') {
      for (const [component, entry] of entries) {
        if (SEVERITY.indexOf(entry.shown.state) > SEVERITY.indexOf(next.state)) {
          const { state, message } = entry.shown;
          next = { state, message: message === undefined ? component : `${component}: ${message}` };
        }
      }
    }
    if (next.state === shown.state) return;
    shown = status(next.state, next.message);
    emit({ component: PIPELINE, status: shown });
  }

  function emit(event: StatusEvent): void {
    for (const listener of [...listeners]) {
      try {
        listener(event);
      } catch {
        // A listener belongs to the host; its defect must not stop the delivery of telemetry.
      }
    }
  }

  return {
    reporter(component, part = '') {
      const instance = instanceOf(entryOf(component), part);
      return {
        ok: () => change(component, instance, 'ok', undefined),
        recoverable: (message, error) => change(component, instance, 'recoverable', withCause(message, error)),
        permanent: (message, error) => change(component, instance, 'permanent', withCause(message, error)),
      };
    },
    set(component, state, message) {
      const entry = entryOf(component);
      if (entry.instances.size === 0) instanceOf(entry, '');
      for (const instance of entry.instances.values()) change(component, instance, state, message);
    },
    started(component) {
      const entry = entryOf(component);
      for (const instance of entry.instances.values()) {
        if (instance.state === 'starting') change(component, instance, 'ok', undefined);
      }
    },
    setPipeline(state, message) {
      if (state !== own.state && !NEXT[own.state].includes(state)) return;
      own.state = state;
      own.message = message === undefined ? undefined : scrub(message);
      showPipeline();
    },
    current() {
      const components: Record<string, ComponentStatus> = {};
      for (const [component, entry] of entries) components[component] = entry.shown;
      return { state: shown.state, components };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function worstOf(instances: Iterable<Instance>): Instance {
  let worst: Instance | undefined;
  for (const instance of instances) {
    if (worst === undefined || SEVERITY.indexOf(instance.state) > SEVERITY.indexOf(worst.state)) worst = instance;
  }
  return worst ?? { state: 'starting', message: undefined };
}

function withCause(message: string, error: unknown): string {
  return error === undefined ? message : `${message}: ${messageOf(error)}`;
}
