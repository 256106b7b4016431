/** An Export…ServiceRequest in protobuf to records. */
import type {
  LogRecord,
  MetricRecord,
  RecordOf,
  ResourceMetricsRecord,
  ResourceRecord,
  ScopeMetricsRecord,
  ScopeRecord,
  Signal,
  SpanRecord,
} from '../records.ts';
import { readRequest } from './read-groups.ts';
import { readLog } from './read-logs.ts';
import { readMetric } from './read-metrics.ts';
import { readSpan } from './read-spans.ts';

/**
 * The records of an OTLP protobuf request, in wire order: spans, log records, or one ResourceMetrics each. Nothing a
 * valid message says is lost, but unknown fields and resources or scopes without a span or log record.
 *
 * Throws `OtlpError` with the offset on malformed bytes, on messages nested deeper than 99, and on
 * messages made to exhaust the memory (`TFO_ERR_OTLP_LIMIT`: above 100,000 elements and less than 12 bytes each).
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decode, encode, type SpanRecord, withAttribute } from '@telemetryflow/otlp';
 *
 * const request = Buffer.from('0a06' + '1204' + '1202' + '2a00', 'hex'); // one span, with nothing but an empty name
 * const spans: SpanRecord[] = decode('traces', request);
 * const tagged = spans.map((span) => ({ ...span, attributes: withAttribute(span.attributes, 'env', 'eu') }));
 * assert.equal(decode('traces', encode('traces', tagged))[0]?.attributes['env'], 'eu');
 * ```
 */
export function decode<S extends Signal>(signal: S, bytes: Uint8Array): RecordOf[S][] {
  switch (signal) {
    case 'traces':
      return decodeTraces(bytes) as RecordOf[S][];
    case 'metrics':
      return decodeMetrics(bytes) as RecordOf[S][];
    default:
      return decodeLogs(bytes) as RecordOf[S][];
  }
}

const NOWHERE: ResourceRecord = { attributes: {} };
const NOBODY: ScopeRecord = { name: '' };

function decodeTraces(bytes: Uint8Array): SpanRecord[] {
  const spans: SpanRecord[] = [];
  let resource = NOWHERE;
  let scope = NOBODY;
  readRequest(bytes, {
    resource: (next) => {
      resource = next;
    },
    scope: (next) => {
      scope = next;
    },
    item: (reader, end) => {
      spans.push(readSpan(reader, end, resource, scope));
    },
  });
  return spans;
}

function decodeLogs(bytes: Uint8Array): LogRecord[] {
  const logs: LogRecord[] = [];
  let resource = NOWHERE;
  let scope = NOBODY;
  readRequest(bytes, {
    resource: (next) => {
      resource = next;
    },
    scope: (next) => {
      scope = next;
    },
    item: (reader, end) => {
      logs.push(readLog(reader, end, resource, scope));
    },
  });
  return logs;
}

function decodeMetrics(bytes: Uint8Array): ResourceMetricsRecord[] {
  const records: ResourceMetricsRecord[] = [];
  let scopes: ScopeMetricsRecord[] = [];
  let metrics: MetricRecord[] = [];
  readRequest(bytes, {
    resource: (resource) => {
      scopes = [];
      records.push({ resource, scopeMetrics: scopes });
    },
    scope: (scope) => {
      metrics = [];
      scopes.push({ scope, metrics });
    },
    item: (reader, end) => {
      metrics.push(readMetric(reader, end));
    },
  });
  return records;
}
