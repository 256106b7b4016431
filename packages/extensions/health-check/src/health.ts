/** From the status of the pipeline to the answer of a probe. */
import type { ComponentState, PipelineStatus } from '@telemetryflow/kernel';

export interface Answer {
  readonly status: 200 | 503;
  readonly body: string;
}

/** A backend that is down makes the agent `recoverable`, not unhealthy: a restart would only lose what is queued. */
const HEALTHY: readonly ComponentState[] = ['ok', 'recoverable'];

/** The whole picture: 200 while the pipeline runs, with every component's state. */
export function overall(status: PipelineStatus): Answer {
  return { status: HEALTHY.includes(status.state) ? 200 : 503, body: JSON.stringify(status) };
}

/** Whether data can be sent to it: not while it starts or stops, and not after a permanent failure. */
export function ready({ state }: PipelineStatus): Answer {
  return { status: HEALTHY.includes(state) ? 200 : 503, body: JSON.stringify({ state }) };
}

/** Whether the process answers at all. */
export function live({ state }: PipelineStatus): Answer {
  return { status: 200, body: JSON.stringify({ state }) };
}
