/**
 * The JSON APIs of New Relic, records to a local sink, against the clients of `@newrelic/telemetry-sdk` as their users
 * call them. They speak https only and open a connection for each request: here they are handed plain connections,
 * which flatters them. Spans and records are those of the other benches, of one scope, since the SDK knows one block of
 * common attributes to a request; metrics are gauges and counters, of which the API knows no others. Both compress, the
 * SDK as zlib does by default. That both send the same values is shown end to end (test/e2e/newrelic.test.ts).
 */
import http from 'node:http';
import https from 'node:https';
import telemetry from '@newrelic/telemetry-sdk';
import newrelic from '@telemetryflow/exporter-newrelic';
import { asRecords, type RecordOf, type Signal } from '@telemetryflow/otlp';
import { metrics } from '@telemetryflow/testkit';
import { logBatch, metricBatch, spanBatch } from './payloads/newrelic.ts';
import { logBatches, spanBatches } from './payloads/sdk-batches.ts';
import { sendingExporter } from './sending/exporter.ts';
import { startSink } from './sink/http.ts';
import { bench, type Contest, type Run } from './suite.ts';

const ITEMS = 512;
const KEY = '0123456789abcdef0123456789abcdef0123NRAL';

const startMs = Date.now() - 60_000;
const sink = () =>
  startSink({ type: 'application/json', body: '{"requestId":"00000000-0000-0000-0000-000000000000"}' });

const POINTS = { variety: 'plain', startMs, temporality: 'delta', kinds: ['gauge', 'counter'] } as const;

const MAKE: { readonly [S in Signal]: () => readonly (readonly RecordOf[S][])[] } = {
  traces: () => spanBatches(1).map((spans) => asRecords('traces', spans)),
  metrics: () => Array.from({ length: 8 }, (_, n) => metrics(ITEMS, { ...POINTS, from: n * ITEMS })),
  logs: () => logBatches(1).map((logs) => asRecords('logs', logs)),
};

type Send = (records: never) => unknown;

function rotating(signal: Signal, send: Send): Run {
  const batches = MAKE[signal]();
  return (round) => send(batches[round % batches.length] as never);
}

/** Sends requests of the SDK to a plain port: its clients know no other than https. */
function redirect(url: string): void {
  const { port } = new URL(url);
  const agent = new http.Agent({ keepAlive: true });
  https.request = ((options: http.RequestOptions) =>
    http.request({ ...options, agent, host: '127.0.0.1', port })) as typeof https.request;
}

/** The client's `send` as a promise. */
function sent<B>(client: { send(batch: B, callback: (error: Error | null) => void): void }, batch: B): Promise<void> {
  return new Promise((resolve, reject) => {
    client.send(batch, (error) => (error === null ? resolve() : reject(error)));
  });
}

async function peer(signal: Signal): Promise<Run> {
  redirect(await sink());
  const options = { apiKey: KEY };
  const { SpanClient } = telemetry.telemetry.spans;
  const { MetricClient } = telemetry.telemetry.metrics;
  const { LogClient } = telemetry.telemetry.logs;
  const [spanClient, metricClient, logClient] = [
    new SpanClient(options),
    new MetricClient(options),
    new LogClient(options),
  ];
  const send: { readonly [S in Signal]: (records: readonly RecordOf[S][]) => Promise<void> } = {
    traces: (records) => sent(spanClient, spanBatch(records)),
    metrics: (records) => sent(metricClient, metricBatch(records)),
    logs: (records) => sent(logClient, logBatch(records) as never),
  };
  return rotating(signal, send[signal] as Send);
}

async function ours(signal: Signal): Promise<Run> {
  const block = { endpoint: await sink(), license_key: KEY, protocol: 'api' };
  return rotating(signal, (await sendingExporter(newrelic, block, signal)) as Send);
}

const contest = (name: string, signal: Signal): Contest => ({
  name,
  items: ITEMS,
  ours: () => ours(signal),
  peer: () => peer(signal),
  floor: 1.6,
  goal: 2.5,
});

await bench([
  contest('New Relic Trace API, against its telemetry SDK', 'traces'),
  contest('New Relic Metric API, against its telemetry SDK', 'metrics'),
  contest('New Relic Log API, against its telemetry SDK', 'logs'),
]);
