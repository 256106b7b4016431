/** A batch as text: one payload that carries all its items. Pure; writing it is `print.ts`. */
import type { Batch, Encoded } from '@telemetryflow/kernel';
import type { LogRecord, RecordOf, ResourceRecord, ScopeRecord, Signal, SpanRecord } from '@telemetryflow/otlp';
import type { DebugConfig } from './config.ts';
import { logDetail, resourceDetail, scopeDetail, spanDetail } from './detail.ts';
import { metricDetail } from './detail-metrics.ts';
import { logLine, metricLines, metricsOf, spanLine } from './lines.ts';

const ITEM_NAMES: Readonly<Record<Signal, string>> = {
  traces: 'spans',
  metrics: 'data points',
  logs: 'log records',
};

/** Records between two pauses that give the event loop back. */
const RECORDS_PER_SLICE = 64;

export function* encodeBatch(batch: Batch, verbosity: DebugConfig['verbosity']): Generator<Encoded<string>> {
  if (batch.count === 0) return;
  let text = '';
  let done = 0;
  const lines = verbosity === 'basic' ? basic(batch) : verbosity === 'normal' ? normal(batch) : detailed(batch);
  for (const line of lines) {
    text += `${line}\n`;
    if (++done % RECORDS_PER_SLICE === 0) yield undefined;
  }
  yield { body: text, items: { from: 0, to: batch.count } };
}

function* basic(batch: Batch): Generator<string> {
  const records: readonly RecordOf[Signal][] = batch.records();
  const resources = new Set(records.map((record) => record.resource)).size;
  let metrics = 0;
  for (const record of records) if ('scopeMetrics' in record) for (const _metric of metricsOf(record)) metrics++;
  const counts = [
    ...(batch.signal === 'metrics' ? [`${metrics} metrics`] : []),
    `${batch.count} ${ITEM_NAMES[batch.signal]}`,
    `${resources} resources`,
  ];
  yield `${batch.signal}  ${counts.join(', ')}`;
}

function* normal(batch: Batch): Generator<string> {
  const records: readonly RecordOf[Signal][] = batch.records();
  for (const record of records) {
    if ('scopeMetrics' in record) yield* metricLines(record);
    else if (isSpan(record)) yield spanLine(record);
    else yield logLine(record);
  }
}

function* detailed(batch: Batch): Generator<string> {
  const records: readonly RecordOf[Signal][] = batch.records();
  const head = heads();
  let index = 0;
  for (const record of records) {
    if ('scopeMetrics' in record) {
      for (const { scope, metrics } of record.scopeMetrics) {
        yield* head('Metrics', record.resource, scope);
        for (const metric of metrics) yield* metricDetail(metric, index++);
      }
    } else if (isSpan(record)) {
      yield* head('Spans', record.resource, record.instrumentationScope);
      yield* spanDetail(record, index++);
    } else {
      yield* head('Logs', record.resource, record.instrumentationScope);
      yield* logDetail(record, index++);
    }
  }
}

/** Prints a resource and a scope whenever they differ from the ones before. */
function heads(): (what: string, resource: ResourceRecord, scope: ScopeRecord) => Generator<string> {
  let lastResource: ResourceRecord | undefined;
  let lastScope: ScopeRecord | undefined;
  let resources = 0;
  let scopes = 0;
  return function* head(what, resource, scope) {
    if (resource !== lastResource) {
      yield* resourceDetail(`Resource${what} #${resources++}`, resource);
      scopes = 0;
    }
    if (resource !== lastResource || scope !== lastScope) yield* scopeDetail(`Scope${what} #${scopes++}`, scope);
    lastResource = resource;
    lastScope = scope;
  };
}

function isSpan(record: SpanRecord | LogRecord): record is SpanRecord {
  return 'startTime' in record;
}
