/**
 * The JSON APIs of New Relic, records to a local sink, against the clients of `@newrelic/telemetry-sdk` as their users
 * call them. They speak https only and open a connection for each request: here they are handed plain connections,
 * which flatters them. That both send the same values is shown end to end (test/e2e/newrelic.test.ts).
 */
import http from 'node:http';
import https from 'node:https';
import telemetry from '@newrelic/telemetry-sdk';
import newrelic from '@telemetryflow/exporter-newrelic';
import type { RecordOf, Signal } from '@telemetryflow/otlp';
import { logs, metrics, spans } from '@telemetryflow/testkit';
import { logBatch, metricBatch, spanBatch } from './payloads/newrelic.ts';
import { sendingExporter } from './sending/exporter.ts';
import { startSink } from './sink/http.ts';
import { bench, type Contest, type Run } from './suite.ts';

const ITEMS = 512;
const BATCHES = 8;
const KEY = '0123456789abcdef0123456789abcdef0123NRAL';

const startMs = Date.now() - 60_000;
const plain = (n: number) => ({ variety: 'plain', startMs, from: n * ITEMS }) as const;
const sink = () =>
  startSink({ type: 'application/json', body: '{"requestId":"00000000-0000-0000-0000-000000000000"}' });

const MAKE: { readonly [S in Signal]: (n: number) => readonly RecordOf[S][] } = {
  traces: (n) => spans(ITEMS, plain(n)),
  metrics: (n) => metrics(ITEMS, { ...plain(n), temporality: 'delta', kinds: ['gauge', 'counter'] }),
  logs: (n) => logs(ITEMS, plain(n)),
};

type Send = (records: never) => unknown;

function rotating(signal: Signal, send: Send): Run {
  const batches = Array.from({ length: BATCHES }, (_, n) => MAKE[signal](n));
  return (round) => send(batches[round % BATCHES] as never);
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
