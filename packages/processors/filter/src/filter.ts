/** Which items of a batch stay. Conditions that read only the resource leave the items of a batch of bytes undecoded. */
import { type Batch, batchFromRecords, type ComponentContext } from '@telemetryflow/kernel';
import {
  type LogRecord,
  type ResourceMetricsRecord,
  type ResourceRecord,
  resources,
  type ScopeRecord,
  type SpanRecord,
} from '@telemetryflow/otlp';
import type { Subject } from './condition/subject.ts';
import type { FilterConfig } from './config.ts';
import { compileConditions, type Judge } from './judge.ts';
import { withEvents } from './span-events.ts';

/** Gives the batch itself when all stays, and null when nothing does. */
export type Filter = (batch: Batch) => Batch | null;

type Context = Pick<ComponentContext, 'logger' | 'meter'> & { readonly dataSignal: Batch['signal'] };

/** The filter of one signal. */
export function createFilter(config: FilterConfig, context: Context): Filter {
  const mode = config.error_mode;
  switch (context.dataSignal) {
    case 'traces': {
      const span = compileConditions(config.traces?.span, 'span', mode, context);
      const event = compileConditions(config.traces?.spanevent, 'spanevent', mode, context);
      if (event !== undefined) return (batch) => filterSpansAndEvents(batch, span?.drops, event.drops);
      return span === undefined ? all : itemFilter(span.drops, span.resourceOnly, keptSpans);
    }
    case 'logs': {
      const log = compileConditions(config.logs?.log_record, 'log_record', mode, context);
      return log === undefined ? all : itemFilter(log.drops, log.resourceOnly, keptLogs);
    }
    case 'metrics': {
      const metric = compileConditions(config.metrics?.metric, 'metric', mode, context);
      const point = compileConditions(config.metrics?.datapoint, 'datapoint', mode, context);
      if (metric === undefined && point === undefined) return all;
      const drops: Judge = (subject) => metric?.drops(subject) === true || point?.drops(subject) === true;
      const byResource = metric?.resourceOnly !== false && point?.resourceOnly !== false;
      return itemFilter(drops, byResource, (batch) => keptPoints(batch, metric?.drops, point?.drops));
    }
  }
}

const all: Filter = (batch) => batch;
const NO_SCOPE: ScopeRecord = { name: '' };

function itemFilter(drops: Judge, resourceOnly: boolean, kept: (batch: Batch, drops: Judge) => number[]): Filter {
  return (batch) => {
    const byResource = resourceOnly && batch.hasOtlp && !batch.hasRecords;
    return selected(batch, byResource ? keptByResource(batch, drops) : kept(batch, drops));
  };
}

function selected(batch: Batch, kept: readonly number[]): Batch | null {
  if (kept.length === batch.count) return batch;
  return kept.length === 0 ? null : batch.select(kept);
}

function keptByResource(batch: Batch, drops: Judge): number[] {
  const kept: number[] = [];
  const verdicts = new Map<ResourceRecord, boolean>();
  let item = 0;
  for (const { resource, items } of resources(batch.signal, batch.otlp())) {
    let dropped = verdicts.get(resource);
    if (dropped === undefined) {
      dropped = items > 0 && drops({ resource, scope: NO_SCOPE });
      if (items > 0) verdicts.set(resource, dropped);
    }
    for (const end = item + items; item < end; item++) if (!dropped) kept.push(item);
  }
  return kept;
}

function keptSpans(batch: Batch, drops: Judge): number[] {
  const spans = batch.records() as readonly SpanRecord[];
  const kept: number[] = [];
  for (const [item, span] of spans.entries()) {
    if (!drops({ resource: span.resource, scope: span.instrumentationScope, span })) kept.push(item);
  }
  return kept;
}

function keptLogs(batch: Batch, drops: Judge): number[] {
  const logs = batch.records() as readonly LogRecord[];
  const kept: number[] = [];
  for (const [item, log] of logs.entries()) {
    if (!drops({ resource: log.resource, scope: log.instrumentationScope, log })) kept.push(item);
  }
  return kept;
}

function keptPoints(batch: Batch, dropsMetric: Judge | undefined, dropsPoint: Judge | undefined): number[] {
  const kept: number[] = [];
  let item = 0;
  for (const { resource, scopeMetrics } of batch.records() as readonly ResourceMetricsRecord[]) {
    for (const { scope, metrics } of scopeMetrics) {
      for (const metric of metrics) {
        const subject: Subject = { resource, scope, metric };
        const dropped = dropsMetric?.(subject) === true;
        for (const point of metric.dataPoints) {
          subject.point = point;
          if (!dropped && dropsPoint?.(subject) !== true) kept.push(item);
          item++;
        }
      }
    }
  }
  return kept;
}

/** An event is no item: a span that loses events stays, and nothing is counted. */
function filterSpansAndEvents(batch: Batch, dropsSpan: Judge | undefined, dropsEvent: Judge): Batch | null {
  const spans = batch.records() as readonly SpanRecord[];
  const kept: number[] = [];
  const changed: SpanRecord[] = [];
  let sameEvents = true;
  for (const [item, span] of spans.entries()) {
    const subject: Subject = { resource: span.resource, scope: span.instrumentationScope, span };
    if (dropsSpan?.(subject) === true) continue;
    kept.push(item);
    const events = span.events.filter((event) => !dropsEvent({ ...subject, event }));
    const same = events.length === span.events.length;
    changed.push(same ? span : withEvents(span, events));
    sameEvents &&= same;
  }
  if (sameEvents) return selected(batch, kept);
  return batchFromRecords('traces', changed);
}
