/** What the agent is sent: items of every signal with ids, of about now, since some backends refuse old ones. */
import { encode, type ResourceMetricsRecord, type Signal } from '@telemetryflow/otlp';
import { logs, metrics, spans } from '@telemetryflow/testkit';

const ITEMS = 40;

/** Requests in OTLP protobuf. */
export function input(): Readonly<Record<Signal, Uint8Array>> {
  const options = { variety: 'plain', startMs: Date.now() - 1000 } as const;
  return {
    traces: encode('traces', spans(ITEMS, options)),
    metrics: encode('metrics', points(options)),
    logs: encode('logs', logs(ITEMS, options)),
  };
}

/** Gauges, and counters whose points are differences, so that no backend has to wait for a second one. */
function points(options: { readonly variety: 'plain'; readonly startMs: number }): ResourceMetricsRecord[] {
  return [
    ...metrics(ITEMS, { ...options, kinds: ['gauge'] }),
    ...metrics(ITEMS, { ...options, kinds: ['counter'], temporality: 'delta', from: ITEMS }),
  ];
}
