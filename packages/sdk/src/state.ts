/** The state people see, from before there is a pipeline until after it could not start. */
import type { Clock, Pipeline, PipelineStatus, StatusEvent, StatusListener } from '@telemetryflow/kernel';

export interface PipelineState {
  /** Once it exists. */
  readonly pipeline: Pipeline | undefined;
  /** It belongs to somebody else, who stops it. */
  readonly borrowed: boolean;
  created(pipeline: Pipeline, borrowed: boolean): void;
  /** There will be no pipeline, or it could not start. */
  failed(message: string): void;
  current(): PipelineStatus;
  subscribe(listener: StatusListener): () => void;
}

export function trackState(clock: Pick<Clock, 'now'>): PipelineState {
  const listeners = new Set<StatusListener>();
  const since = (): string => new Date(clock.now()).toISOString();
  let pipeline: Pipeline | undefined;
  let borrowed = false;
  let before: PipelineStatus = { state: 'starting', components: {} };

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
    get pipeline() {
      return pipeline;
    },
    get borrowed() {
      return borrowed;
    },
    created(made, isBorrowed) {
      pipeline = made;
      borrowed = isBorrowed;
      made.onStatus(emit);
    },
    failed(message) {
      if (pipeline !== undefined) return;
      const status = { state: 'permanent', since: since(), message } as const;
      before = { state: 'permanent', components: { pipeline: status } };
      emit({ component: 'pipeline', status });
    },
    current: () => pipeline?.status() ?? before,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
