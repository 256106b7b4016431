/** Records to OTLP/JSON. */
import { Groups } from '../groups.ts';
import type { LogRecord, RecordOf, ResourceMetricsRecord, Signal, SpanRecord } from '../records.ts';
import { jsonConstant } from './bytes.ts';
import { JsonGroups } from './write-groups.ts';
import { writeLog } from './write-logs.ts';
import { writeResourceMetrics } from './write-metrics.ts';
import { writeSpan } from './write-spans.ts';
import { type JsonWriter, writtenJson } from './writer.ts';

const RESOURCE_SPANS = jsonConstant('{"resourceSpans":[');
const SCOPE_SPANS = jsonConstant('"scopeSpans":[');
const SPANS = jsonConstant('"spans":[');
const RESOURCE_LOGS = jsonConstant('{"resourceLogs":[');
const SCOPE_LOGS = jsonConstant('"scopeLogs":[');
const LOG_RECORDS = jsonConstant('"logRecords":[');
const RESOURCE_METRICS = jsonConstant('{"resourceMetrics":[');

/**
 * The OTLP/JSON request of these records, as UTF-8. The order of items, the grouping and what happens to values OTLP
 * cannot carry are those of `encode`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { DataPointType, encodeJson, type SummaryRecord, type SummaryValue, ValueType } from '@telemetryflow/otlp';
 *
 * const value: SummaryValue = { count: 4, sum: 10, quantiles: [{ quantile: 0.5, value: 2 }] };
 * const metric: SummaryRecord = {
 *   descriptor: { name: 'gc.pause', description: '', unit: 's', valueType: ValueType.DOUBLE },
 *   dataPointType: DataPointType.SUMMARY,
 *   aggregationTemporality: 1,
 *   dataPoints: [{ startTime: [0, 0], endTime: [1, 0], attributes: {}, value }],
 * };
 * const record = { resource: { attributes: {} }, scopeMetrics: [{ scope: { name: '' }, metrics: [metric] }] };
 * const { resourceMetrics } = JSON.parse(Buffer.from(encodeJson('metrics', [record])).toString());
 * assert.equal(resourceMetrics[0].scopeMetrics[0].metrics[0].summary.dataPoints[0].count, '4');
 * ```
 */
export function encodeJson<S extends Signal>(signal: S, records: readonly RecordOf[S][]): Uint8Array {
  return writtenJson((writer) => {
    switch (signal) {
      case 'traces':
        writeSpans(writer, records as readonly SpanRecord[]);
        break;
      case 'metrics':
        writer.put(RESOURCE_METRICS);
        for (const record of records as readonly ResourceMetricsRecord[]) writeResourceMetrics(writer, record);
        break;
      default:
        writeLogs(writer, records as readonly LogRecord[]);
    }
    writer.ensure(0);
    writer.close(0x5d);
    writer.close(0x7d);
    // The comma behind the whole.
    writer.pos--;
  });
}

function writeSpans(writer: JsonWriter, spans: readonly SpanRecord[]): void {
  writer.put(RESOURCE_SPANS);
  writer.groups.traces ??= new Groups(new JsonGroups(writer, SCOPE_SPANS, SPANS));
  const groups = writer.groups.traces.begin();
  for (let i = 0; i < spans.length; i++) {
    const span = spans[i] as SpanRecord;
    groups.enter(span);
    writeSpan(writer, span);
  }
  groups.end();
}

function writeLogs(writer: JsonWriter, logs: readonly LogRecord[]): void {
  writer.put(RESOURCE_LOGS);
  writer.groups.logs ??= new Groups(new JsonGroups(writer, SCOPE_LOGS, LOG_RECORDS));
  const groups = writer.groups.logs.begin();
  for (let i = 0; i < logs.length; i++) {
    const log = logs[i] as LogRecord;
    groups.enter(log);
    writeLog(writer, log);
  }
  groups.end();
}
