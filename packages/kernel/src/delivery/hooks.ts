/** Where own telemetry and live inspection look into a chain. Hooks observe: what they throw is logged. */
import type { Payload } from '../component/exporter.ts';
import type { Outcome } from '../component/outcome.ts';
import type { Reason } from '../component/reason.ts';
import type { Job } from './work.ts';

/** One finished attempt. */
export interface SendEvent {
  readonly items: number;
  /** Length of the body when it is bytes or text, else the payload's share of the batch. */
  readonly bytes: number;
  readonly durationMs: number;
  readonly attempt: number;
  readonly outcome: Outcome;
}

/** Called by a chain, for measurements. */
export interface DeliveryHooks {
  onSend?(event: SendEvent): void;
  onDrop?(items: number, reason: Reason): void;
}

/** Sees every payload once, before its first attempt; must not change it. */
export type PayloadTap = (payload: Payload) => void;

/** What {@link DeliveryHooks.onSend} is told about an attempt. */
export function sendEvent(job: Job, outcome: Outcome, durationMs: number): SendEvent {
  const { items, part, history, payload } = job;
  const bytes = bodyBytes(payload?.body) ?? ((part.batch?.bytes ?? 0) * items) / (part.batch?.count || 1);
  return { items, bytes, durationMs, attempt: history.attempts, outcome };
}

function bodyBytes(body: unknown): number | undefined {
  if (body instanceof Uint8Array) return body.byteLength;
  return typeof body === 'string' ? body.length : undefined;
}
