/** Walks a batch item by item, in the order in which items are numbered. */
import type { Batch } from '@telemetryflow/kernel';
import {
  hrTimeToWholeMillis,
  type LogRecord,
  logMillis,
  type ResourceMetricsRecord,
  type ResourceRecord,
  type SpanContextRecord,
  type SpanRecord,
} from '@telemetryflow/otlp';
import { flatPoint, metricHead } from './flat-metric.ts';
import { type FlatContext, flatLog, flatSpan } from './flat-record.ts';
import type { StringLimit } from './flat-value.ts';

/** One item: its line, and what an event envelope around it needs. */
export interface FlatItem {
  /** The line; with a limit, long strings are cut. */
  line(limit?: StringLimit): string;
  readonly kind: 'log' | 'span' | 'metric';
  readonly resource: ResourceRecord;
  readonly context: SpanContextRecord | undefined;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
}

/** The items of a batch. */
export function* flatItems(batch: Batch, now: number): Generator<FlatItem> {
  const context: FlatContext = { now, envelopes: new Map() };
  switch (batch.signal) {
    case 'logs':
      for (const log of batch.records() as readonly LogRecord[]) yield logItem(log, context);
      return;
    case 'traces':
      for (const span of batch.records() as readonly SpanRecord[]) yield spanItem(span, context);
      return;
    default:
      for (const each of batch.records() as readonly ResourceMetricsRecord[]) yield* pointItems(each, context);
  }
}

function logItem(log: LogRecord, context: FlatContext): FlatItem {
  return {
    line: (limit) => flatLog(log, context, limit),
    kind: 'log',
    resource: log.resource,
    context: log.spanContext,
    timeMs: logMillis(log, context.now),
  };
}

function spanItem(span: SpanRecord, context: FlatContext): FlatItem {
  return {
    line: (limit) => flatSpan(span, context, limit),
    kind: 'span',
    resource: span.resource,
    context: span.spanContext(),
    timeMs: hrTimeToWholeMillis(span.startTime) || context.now,
  };
}

function* pointItems({ resource, scopeMetrics }: ResourceMetricsRecord, context: FlatContext): Generator<FlatItem> {
  for (const { scope, metrics } of scopeMetrics) {
    for (const metric of metrics) {
      const site = { metric, metricHead: metricHead(metric), resource, scope };
      for (const point of metric.dataPoints) {
        yield {
          line: (limit) => flatPoint(point, site, context, limit),
          kind: 'metric',
          resource,
          context: undefined,
          timeMs: hrTimeToWholeMillis(point.endTime) || context.now,
        };
      }
    }
  }
}
