/**
 * Every metric the kernel emits about itself. `otelcol_*` names are the Collector's, without `_total`, so that its
 * dashboards work; ours are `telemetryflow_*`. A test proves that what is emitted equals this list, and
 * `docs/reference/own-telemetry.md` prints it. Components add their own metrics through their context's meter.
 */
import type { Signal } from '@telemetryflow/otlp';

/** `service.telemetry.metrics.level`; each level includes those before it. */
export type MetricsLevel = 'none' | 'basic' | 'normal' | 'detailed';

export interface MetricEntry {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly unit: string;
  readonly level: Exclude<MetricsLevel, 'none'>;
  readonly attributes: readonly string[];
  readonly description: string;
}

/** What items of a signal are called in metric names, and their unit. */
export const ITEMS: Readonly<Record<Signal, { readonly name: string; readonly unit: string }>> = {
  traces: { name: 'spans', unit: '{span}' },
  metrics: { name: 'metric_points', unit: '{datapoint}' },
  logs: { name: 'log_records', unit: '{record}' },
};

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

function perSignal(
  prefix: string,
  attributes: readonly string[],
  description: (items: string) => string,
): MetricEntry[] {
  return SIGNALS.map((signal) => {
    const { name, unit } = ITEMS[signal];
    const text = description(name.replace('_', ' '));
    return {
      name: `${prefix}_${name}`,
      kind: 'counter',
      unit,
      level: 'basic',
      attributes,
      description: text,
    };
  });
}

function entry(
  name: string,
  kind: MetricEntry['kind'],
  unit: string,
  level: MetricEntry['level'],
  attributes: readonly string[],
  description: string,
): MetricEntry {
  return { name, kind, unit, level, attributes, description };
}

const RECEIVER = ['receiver', 'transport'] as const;
const EXPORTER = ['exporter', 'data_type'] as const;
const PROCESSOR = ['processor', 'otel.signal'] as const;

/** In the order of the documentation. */
export const CATALOGUE: readonly MetricEntry[] = Object.freeze([
  ...perSignal('otelcol_receiver_accepted', RECEIVER, (items) => `${items} the pipeline took.`),
  ...perSignal('otelcol_receiver_refused', RECEIVER, (items) => `${items} refused, for the sender to send again.`),
  ...perSignal('otelcol_receiver_failed', RECEIVER, (items) => `${items} lost to an error while being handed over.`),
  entry(
    'otelcol_receiver_requests',
    'counter',
    '{request}',
    'basic',
    [...RECEIVER, 'outcome'],
    'Batches handed over, by outcome: success, refused or failure.',
  ),
  ...perSignal('otelcol_exporter_sent', ['exporter'], (items) => `${items} delivered.`),
  ...perSignal('otelcol_exporter_send_failed', ['exporter'], (items) => `${items} given up after they were queued.`),
  ...perSignal(
    'otelcol_exporter_enqueue_failed',
    ['exporter'],
    (items) => `${items} turned away because the queue was full and the backend down.`,
  ),
  entry('otelcol_exporter_queue_size', 'gauge', '{batch}', 'basic', EXPORTER, 'Requests held by the queue.'),
  entry('otelcol_exporter_queue_capacity', 'gauge', '{batch}', 'basic', EXPORTER, 'Requests the queue may hold.'),
  entry(
    'telemetryflow_dropped_items',
    'counter',
    '{item}',
    'basic',
    ['component', 'otel.signal', 'reason'],
    'Items that ended here for good, by reason. Filtered and sampled items count as well.',
  ),
  entry('otelcol_process_uptime', 'counter', 's', 'basic', [], 'Time since the pipeline was created.'),
  entry('otelcol_process_cpu_seconds', 'counter', 's', 'basic', [], 'CPU time of the process, user and system.'),
  entry('otelcol_process_memory_rss', 'gauge', 'By', 'basic', [], 'Resident memory of the process.'),
  entry('otelcol_process_runtime_heap_alloc_bytes', 'gauge', 'By', 'basic', [], 'Used JavaScript heap.'),
  entry('otelcol_processor_incoming_items', 'counter', '{item}', 'normal', PROCESSOR, 'Items a processor was given.'),
  entry('otelcol_processor_outgoing_items', 'counter', '{item}', 'normal', PROCESSOR, 'Items a processor handed on.'),
  entry('otelcol_exporter_in_flight_requests', 'gauge', '{request}', 'normal', EXPORTER, 'Requests being sent.'),
  entry(
    'telemetryflow_gate_open',
    'gauge',
    '{destination}',
    'normal',
    EXPORTER,
    'Destinations that nothing is sent to now: throttled, down, or refusing the credentials.',
  ),
  entry('telemetryflow_queue_items', 'gauge', '{item}', 'normal', EXPORTER, 'Items that wait in the queue.'),
  entry('telemetryflow_in_flight_items', 'gauge', '{item}', 'normal', EXPORTER, 'Items being sent or in back-off.'),
  entry('telemetryflow_queue_bytes', 'gauge', 'By', 'normal', EXPORTER, 'Bytes held by the queue.'),
  entry('telemetryflow_queue_bytes_capacity', 'gauge', 'By', 'normal', EXPORTER, 'Bytes the queue may hold.'),
  entry(
    'telemetryflow_event_loop_delay',
    'gauge',
    's',
    'normal',
    [],
    'Longest delay of the event loop since the last collection.',
  ),
  entry(
    'telemetryflow_memory_pressure',
    'gauge',
    '{level}',
    'normal',
    [],
    '0: none, 1: above the soft limit, new data is refused, 2: above the hard limit.',
  ),
  entry(
    'otelcol_processor_internal_duration',
    'histogram',
    's',
    'detailed',
    PROCESSOR,
    'Time one call of a processor took.',
  ),
  entry('otelcol_exporter_enqueue_size', 'histogram', '{item}', 'detailed', ['exporter'], 'Items handed over at once.'),
  entry(
    'otelcol_exporter_queue_batch_send_size',
    'histogram',
    '{item}',
    'detailed',
    ['exporter'],
    'Items of one request, retries not counted again.',
  ),
  entry(
    'otelcol_exporter_queue_batch_send_size_bytes',
    'histogram',
    'By',
    'detailed',
    ['exporter'],
    'Bytes of one request, before compression.',
  ),
]);

const ORDER: readonly MetricsLevel[] = ['none', 'basic', 'normal', 'detailed'];

/** The metrics of a level. */
export function metricsOf(level: MetricsLevel): readonly MetricEntry[] {
  return CATALOGUE.filter((metric) => ORDER.indexOf(metric.level) <= ORDER.indexOf(level));
}
