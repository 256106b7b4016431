/**
 * Log records to a local sink as an array of flat records. No npm client sends telemetry to webhooks, so this is held
 * against what one writes by hand: the same objects through `JSON.stringify`, sent by `node:http`. Ours makes an id of
 * the content besides, and keeps requests under a limit of bytes.
 */
import http from 'node:http';
import webhook from '@telemetryflow/exporter-webhook';
import type { LogRecord } from '@telemetryflow/otlp';
import { logs } from '@telemetryflow/testkit';
import { sendingExporter } from './sending/exporter.ts';
import { startSink } from './sink/http.ts';
import { bench } from './suite.ts';

const ITEMS = 512;
const BATCHES = 8;

const startMs = Date.now() - 60_000;
const batches = () =>
  Array.from({ length: BATCHES }, (_, n) => logs(ITEMS, { variety: 'plain', startMs, from: n * ITEMS }));

function timeOf([seconds, nanos]: LogRecord['hrTime']): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(nanos).padStart(9, '0')}Z`;
}

/** What the exporter writes of a record. */
function objectOf(record: LogRecord): object {
  const { spanContext: context, resource, instrumentationScope: scope, hrTimeObserved: observed } = record;
  return {
    signal: 'log',
    time: timeOf(record.hrTime),
    observed_time: observed[0] > 0 ? timeOf(observed) : undefined,
    severity_number: record.severityNumber,
    severity_text: record.severityText,
    event_name: record.eventName,
    body: record.body,
    trace_id: context?.traceId,
    span_id: context?.spanId,
    flags: context?.traceFlags,
    attributes: record.attributes,
    dropped_attributes_count: record.droppedAttributesCount || undefined,
    resource: resource.attributes,
    scope: { name: scope.name, version: scope.version },
  };
}

function post(url: string, agent: http.Agent, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    http
      .request(url, { method: 'POST', agent, headers }, (answer) => answer.resume().on('end', resolve))
      .on('error', reject)
      .end(body);
  });
}

await bench([
  {
    name: 'Webhook JSON array, against JSON.stringify',
    items: ITEMS,
    ours: async () => {
      const send = await sendingExporter(webhook, { url: await startSink(), encoding: 'json_array' }, 'logs');
      const data = batches();
      return (round) => send(data[round % BATCHES] ?? []);
    },
    peer: async () => {
      const url = await startSink();
      const agent = new http.Agent({ keepAlive: true });
      const data = batches();
      return (round) => post(url, agent, Buffer.from(JSON.stringify((data[round % BATCHES] ?? []).map(objectOf))));
    },
    floor: 0.8,
    goal: 1,
  },
]);
