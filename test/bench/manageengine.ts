/**
 * AppLogs of Site24x7: log records to requests of its upload API. npm has no client for it; the peer does in JavaScript
 * what the vendor's plugins for Fluentd and Logstash do in Ruby: an object per record, the sizes of its values one by
 * one, JSON of each record to know when a request is full, and JSON of the list. Both without gzip, which costs the same.
 */
import manageengine from '@telemetryflow/exporter-manageengine';
import { batchFromRecords } from '@telemetryflow/kernel';
import { type LogRecord, toPlainJson } from '@telemetryflow/otlp';
import { exporterFor, logs } from '@telemetryflow/testkit';
import { bench } from './suite.ts';

const ITEMS = 512;
const BATCHES = 8;
const MAX_RECORDS = 500;
const MAX_BYTES = 5_000_000;
const UNCOUNTED = /^(?:_zl|s247|inode)/;

const startMs = Date.now() - 60_000;
const batches = (): readonly LogRecord[][] =>
  Array.from({ length: BATCHES }, (_, n) => logs(ITEMS, { variety: 'plain', startMs, from: n * ITEMS }));

type Flat = Record<string, unknown>;

/** What the exporter makes of a record. */
function flatRecord({ hrTime, severityText, body, spanContext, resource, attributes }: LogRecord): Flat {
  const { 'host.name': host, 'service.name': service, ...shared } = resource.attributes;
  const flat: Flat = {
    _zl_timestamp: hrTime[0] * 1000 + Math.floor(hrTime[1] / 1e6),
    s247agentuid: host,
    loglevel: severityText,
    message: body,
    service_name: service,
    ...(spanContext !== undefined && { trace_id: spanContext.traceId, span_id: spanContext.spanId }),
  };
  for (const [name, value] of Object.entries({ ...shared, ...attributes })) {
    const plain = toPlainJson(value);
    flat[name.replace(/[^A-Za-z0-9_]/g, '_')] = typeof plain === 'object' ? JSON.stringify(plain) : plain;
  }
  return flat;
}

function requestsOf(records: readonly LogRecord[]): { readonly body: Buffer; readonly size: number }[] {
  const requests: { readonly body: Buffer; readonly size: number }[] = [];
  let list: Flat[] = [];
  let bytes = 0;
  let size = 0;
  const take = (): void => {
    requests.push({ body: Buffer.from(JSON.stringify(list)), size });
    list = [];
    bytes = 0;
    size = 0;
  };
  for (const record of records) {
    const flat = flatRecord(record);
    const length = Buffer.byteLength(JSON.stringify(flat));
    if (list.length === MAX_RECORDS || bytes + length > MAX_BYTES) take();
    for (const [name, value] of Object.entries(flat)) {
      if (!UNCOUNTED.test(name)) size += Buffer.byteLength(String(value));
    }
    list.push(flat);
    bytes += length;
  }
  take();
  return requests;
}

await bench([
  {
    name: 'Site24x7 AppLogs, against the way of its plugins',
    items: ITEMS,
    ours: async () => {
      const block = { product: 'site24x7', api_key: 'k', logs_mode: 'applogs', log_type: 't' };
      const exporter = await exporterFor(manageengine, block, 'logs');
      const data = batches();
      return (round) => {
        const batch = batchFromRecords('logs', data[round % BATCHES] ?? []);
        for (const each of exporter.encode(batch, { now: startMs, id: 'b', mode: undefined })) {
          if (each !== undefined && 'dropped' in each) throw new Error('nothing was to be dropped');
        }
      };
    },
    peer: () => {
      const data = batches();
      return (round) => {
        if (requestsOf(data[round % BATCHES] ?? []).length !== 2) throw new Error('two requests were to be made');
      };
    },
    floor: 1.6,
    goal: 2.5,
  },
]);
