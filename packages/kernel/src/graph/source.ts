/** A source of batches: a receiver, `pipeline.consume`, or a connector that emits on its own time. */
import type { Signal } from '@telemetryflow/otlp';
import type { Consumer } from '../component/definition.ts';
import { ConsumeError } from '../component/errors.ts';
import type { Batch } from '../data/batch.ts';
import { LifecycleError } from '../lifecycle/error.ts';
import type { MemoryPressure } from '../memory/pressure.ts';
import type { Edge } from './edge.ts';
import { bookRefusal, Handover } from './handover.ts';
import type { PipelineNode } from './node.ts';
import { type HandoverCounts, newHandoverCounts } from './pipeline-ledger.ts';

/** What is on its way from sources to queues, and whether more may come. */
export class Traffic {
  /** `closed`: not started. `draining`: what receivers still hold may pass. `stopped`: nothing may. */
  state: 'closed' | 'open' | 'draining' | 'stopped' = 'closed';
  #moving = 0;
  #idle: (() => void)[] = [];

  enter(): void {
    this.#moving++;
  }

  leave(): void {
    this.#moving--;
    if (this.#moving > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Resolves when no batch is between a source and the queues. */
  idle(): Promise<void> {
    return this.#moving === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }
}

export interface SourceOptions {
  /** `receiver:otlp`, for messages. */
  readonly component: string;
  readonly routes: ReadonlyMap<Signal, readonly PipelineNode[]>;
  readonly traffic: Traffic;
  readonly memory: MemoryPressure;
  readonly out: Edge;
  /** True for `pipeline.consume`: refused from the moment shutdown begins. */
  readonly external: boolean;
}

/** What was handed over of one signal by one transport. */
export interface SourceCounts extends HandoverCounts {
  readonly signal: Signal;
  readonly transport: string;
}

/** A consumer with books. */
export interface Source extends Consumer {
  /** One for each signal and transport that has handed something over. */
  readonly counts: readonly SourceCounts[];
}

/** The consumer one source hands its batches to. */
export function createSource(options: SourceOptions): Source {
  const { routes, traffic, memory, out, component } = options;
  const counts: SourceCounts[] = [];

  function countsOf(signal: Signal, transport: string): SourceCounts {
    let own = counts.find((each) => each.signal === signal && each.transport === transport);
    if (own === undefined) {
      own = { signal, transport, ...newHandoverCounts() };
      counts.push(own);
    }
    return own;
  }

  function book(batch: Batch, transport: string, outcome: 'accepted' | 'refused' | 'failed'): void {
    const own = countsOf(batch.signal, transport);
    own[outcome] += batch.count;
    own.requests[outcome === 'accepted' ? 'success' : outcome === 'refused' ? 'refused' : 'failure']++;
  }

  function refuse(batch: Batch, transport: string, error: ConsumeError): Promise<never> {
    bookRefusal(routes.get(batch.signal) ?? [], batch.count);
    book(batch, transport, 'refused');
    return Promise.reject(error);
  }

  return {
    counts,
    accepts: (signal) => routes.has(signal),
    consume(batch, transport = '') {
      if (traffic.state === 'closed') return Promise.reject(notStarted(component));
      const targets = routes.get(batch.signal);
      if (targets === undefined) return Promise.reject(noConsumer(component, batch.signal));
      if (batch.count === 0) return Promise.resolve();
      if (traffic.state === 'stopped' || (options.external && traffic.state === 'draining')) {
        return refuse(batch, transport, new ConsumeError('shutdown', 'the pipeline is shutting down', 5000));
      }
      if (memory.level() !== 'ok') {
        return refuse(
          batch,
          transport,
          new ConsumeError('memory', 'memory is short; new data is refused until it recovers'),
        );
      }
      if (out.tap !== null) out.tap(batch);
      return handOver(targets, batch, traffic).then(
        () => book(batch, transport, 'accepted'),
        (error: unknown) => {
          book(batch, transport, wasTaken(error) ? 'failed' : 'refused');
          throw error;
        },
      );
    },
  };
}

/**
 * Moves one batch into every queue behind `routes`, or into none. Resolves as the acknowledgement; rejects with the
 * refusal, already booked with the pipelines.
 */
export function handOver(routes: readonly PipelineNode[], batch: Batch, traffic: Traffic): Promise<void> {
  const handover = new Handover((emitted, outputs) => handOver(outputs, emitted, traffic));
  const refused = (error: unknown): Promise<never> => {
    traffic.leave();
    bookRefusal(routes, batch.count);
    return Promise.reject(error);
  };
  const commit = (): Promise<void> => {
    if (traffic.state === 'stopped') {
      // A processor that took longer than the whole shutdown: the queues are closed.
      handover.abandon();
      return refused(new ConsumeError('shutdown', 'the pipeline has stopped', 5000));
    }
    const acknowledged = handover.commit();
    traffic.leave();
    return acknowledged;
  };
  traffic.enter();
  let preparing: void | Promise<void>;
  try {
    preparing = handover.prepare(routes, batch);
  } catch (error) {
    return refused(error);
  }
  return preparing === undefined ? commit() : preparing.then(commit, refused);
}

/** True when the batch is in the books of the queues already, and was given up or lost to a defect. */
function wasTaken(error: unknown): boolean {
  return !ConsumeError.is(error) || error.code === 'undelivered';
}

function notStarted(component: string): LifecycleError {
  return new LifecycleError(
    'TFO_ERR_LIFECYCLE_NOT_STARTED',
    `${component} handed data to a pipeline that is not started; await pipeline.start() first`,
  );
}

function noConsumer(component: string, signal: Signal): LifecycleError {
  return new LifecycleError(
    'TFO_ERR_LIFECYCLE_NO_CONSUMER',
    `${component} handed over ${signal}, but no pipeline takes ${signal} from it; ` +
      `configure an exporter that supports ${signal}, or a ${signal} pipeline`,
  );
}
