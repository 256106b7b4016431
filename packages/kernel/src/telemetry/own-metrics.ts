/**
 * Own telemetry through the OTel metrics API. Almost everything is observed from the books when somebody collects,
 * so the hot path pays nothing; only the histograms of level `detailed` are fed from the edges.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { BatchObservableResult, Histogram, Meter, Observable } from '@opentelemetry/api';
import type { Signal } from '@telemetryflow/otlp';
import type { Graph } from '../graph/build.ts';
import type { EdgeInstruments } from '../graph/context.ts';
import { type HandoverCounts, newHandoverCounts, sumDrops } from '../graph/pipeline-ledger.ts';
import type { Source } from '../graph/source.ts';
import type { MemoryPressure } from '../memory/pressure.ts';
import { ITEMS, type MetricEntry, type MetricsLevel, metricsOf } from './catalogue.ts';

export interface OwnMetrics {
  /** Undefined below level `detailed`; what is measured before `observe` is lost. */
  readonly instruments: EdgeInstruments | undefined;
  /** Makes the instruments and starts observing. Returns what ends it. */
  observe(graph: Graph, memory: MemoryPressure): () => void;
}

type Observation = (name: string, value: number, attributes?: Readonly<Record<string, string>>) => void;

/** The kernel's metrics of one level, on the meter there is when observing starts. */
export function createOwnMetrics(currentMeter: () => Meter, level: MetricsLevel): OwnMetrics {
  const entries = metricsOf(level);
  const histograms = new Map<string, Histogram>();

  return {
    instruments: entries.some(({ kind }) => kind === 'histogram') ? edgeInstruments(histograms) : undefined,
    observe(graph, memory) {
      const meter = currentMeter();
      const observables = new Map<string, Observable>();
      for (const entry of entries) {
        if (entry.kind === 'histogram') histograms.set(entry.name, meter.createHistogram(entry.name, optionsOf(entry)));
        else observables.set(entry.name, createObservable(meter, entry));
      }
      if (observables.size === 0) return () => {};
      const started = process.hrtime.bigint();
      const loop = createLoopMonitor();
      const callback = (result: BatchObservableResult): void => {
        const observe: Observation = (name, value, attributes = {}) => {
          const observable = observables.get(name);
          if (observable !== undefined) result.observe(observable, value, attributes);
        };
        observeSources(graph, observe);
        observeProcessors(graph, observe);
        observeExporters(graph, observe);
        observeProcess(observe, Number(process.hrtime.bigint() - started) / 1e9);
        if (observables.has('telemetryflow_event_loop_delay')) {
          observe('telemetryflow_event_loop_delay', loop.longestSeconds());
        }
        observe('telemetryflow_memory_pressure', { ok: 0, soft: 1, hard: 2 }[memory.level()]);
      };
      const all = [...observables.values()];
      meter.addBatchObservableCallback(callback, all);
      return () => {
        meter.removeBatchObservableCallback(callback, all);
        loop.stop();
      };
    },
  };
}

/** Histograms are looked up at every record: the graph is built before they are made. */
function edgeInstruments(histograms: ReadonlyMap<string, Histogram>): EdgeInstruments {
  return {
    processorDuration(processor, signal) {
      const attributes = { processor, 'otel.signal': signal };
      return (seconds) => histograms.get('otelcol_processor_internal_duration')?.record(seconds, attributes);
    },
    enqueueSize: (exporter) => (items) => histograms.get('otelcol_exporter_enqueue_size')?.record(items, { exporter }),
    sendSize: (exporter) => (items, bytes) => {
      histograms.get('otelcol_exporter_queue_batch_send_size')?.record(items, { exporter });
      histograms.get('otelcol_exporter_queue_batch_send_size_bytes')?.record(bytes, { exporter });
    },
  };
}

const OUTCOMES = ['success', 'refused', 'failure'] as const;

function observeSources(graph: Graph, observe: Observation): void {
  const sources: readonly (readonly [string, Source])[] = [
    ...graph.receivers.map(({ id, source }) => [id, source] as const),
    ['consume', graph.feed],
  ];
  for (const [receiver, source] of sources) {
    const requests = new Map<string, HandoverCounts['requests']>();
    for (const { signal, transport, ...counts } of source.counts) {
      const items = ITEMS[signal].name;
      const attributes = { receiver, transport };
      observe(`otelcol_receiver_accepted_${items}`, counts.accepted, attributes);
      observe(`otelcol_receiver_refused_${items}`, counts.refused, attributes);
      observe(`otelcol_receiver_failed_${items}`, counts.failed, attributes);
      const sum = requests.get(transport) ?? newHandoverCounts().requests;
      for (const outcome of OUTCOMES) sum[outcome] += counts.requests[outcome];
      requests.set(transport, sum);
    }
    for (const [transport, sum] of requests) {
      for (const outcome of OUTCOMES) {
        observe('otelcol_receiver_requests', sum[outcome], { receiver, transport, outcome });
      }
    }
  }
}

/** A processor has an instance per pipeline; its metrics have none of the pipeline, as in the Collector. */
function observeProcessors(graph: Graph, observe: Observation): void {
  const totals = new Map<string, { processor: string; signal: Signal; incoming: number; outgoing: number }>();
  const drops = new Map<string, { component: string; signal: Signal; reason: string; count: number }>();
  for (const { signal, stages } of graph.pipelines) {
    for (const { id, counts } of stages) {
      const key = `${signal} ${id}`;
      const total = totals.get(key) ?? { processor: id, signal, incoming: 0, outgoing: 0 };
      total.incoming += counts.incoming;
      total.outgoing += counts.outgoing;
      totals.set(key, total);
      for (const [reason, count] of Object.entries(counts.dropped)) {
        const drop = drops.get(`${key} ${reason}`) ?? { component: `processor:${id}`, signal, reason, count: 0 };
        drop.count += count;
        drops.set(`${key} ${reason}`, drop);
      }
    }
  }
  for (const { processor, signal, incoming, outgoing } of totals.values()) {
    observe('otelcol_processor_incoming_items', incoming, { processor, 'otel.signal': signal });
    observe('otelcol_processor_outgoing_items', outgoing, { processor, 'otel.signal': signal });
  }
  for (const { component, signal, reason, count } of drops.values()) {
    observe('telemetryflow_dropped_items', count, { component, 'otel.signal': signal, reason });
  }
}

function observeExporters(graph: Graph, observe: Observation): void {
  for (const chain of graph.chains) {
    const { id: exporter, signal } = chain;
    const items = ITEMS[signal].name;
    const ledger = chain.ledger();
    const turnedAway = ledger.dropped.queue_full ?? 0;
    observe(`otelcol_exporter_sent_${items}`, ledger.delivered, { exporter });
    observe(`otelcol_exporter_send_failed_${items}`, sumDrops(ledger.dropped) - turnedAway, { exporter });
    observe(`otelcol_exporter_enqueue_failed_${items}`, turnedAway, { exporter });
    for (const [reason, count] of Object.entries(ledger.dropped)) {
      const attributes = { component: `exporter:${exporter}`, 'otel.signal': signal, reason };
      observe('telemetryflow_dropped_items', count, attributes);
    }
    const attributes = { exporter, data_type: signal };
    const held = chain.occupancy();
    observe('otelcol_exporter_queue_size', held.requests, attributes);
    observe('otelcol_exporter_queue_capacity', held.maxRequests, attributes);
    const { sending, gatesOpen } = chain.activity();
    observe('otelcol_exporter_in_flight_requests', sending, attributes);
    observe('telemetryflow_gate_open', gatesOpen, attributes);
    observe('telemetryflow_queue_bytes', held.bytes, attributes);
    observe('telemetryflow_queue_bytes_capacity', held.maxBytes, attributes);
    observe('telemetryflow_queue_items', ledger.queued, attributes);
    observe('telemetryflow_in_flight_items', ledger.inFlight, attributes);
  }
}

function observeProcess(observe: Observation, uptime: number): void {
  const cpu = process.cpuUsage();
  const memory = process.memoryUsage();
  observe('otelcol_process_uptime', uptime);
  observe('otelcol_process_cpu_seconds', (cpu.user + cpu.system) / 1e6);
  observe('otelcol_process_memory_rss', memory.rss);
  observe('otelcol_process_runtime_heap_alloc_bytes', memory.heapUsed);
}

/** Measures only once somebody collects, and from then on between collections. */
function createLoopMonitor(): { longestSeconds(): number; stop(): void } {
  let histogram: ReturnType<typeof monitorEventLoopDelay> | undefined;
  return {
    longestSeconds() {
      if (histogram === undefined) {
        histogram = monitorEventLoopDelay({ resolution: 20 });
        histogram.enable();
        return 0;
      }
      const longest = histogram.max / 1e9;
      histogram.reset();
      // An empty histogram has a nonsensical maximum.
      return longest > 0 && longest < 3600 ? longest : 0;
    },
    stop: () => void histogram?.disable(),
  };
}

function createObservable(meter: Meter, entry: MetricEntry): Observable {
  if (entry.kind === 'counter') return meter.createObservableCounter(entry.name, optionsOf(entry));
  return meter.createObservableGauge(entry.name, optionsOf(entry));
}

function optionsOf({ description, unit }: MetricEntry): { description: string; unit: string } {
  return { description, unit };
}
