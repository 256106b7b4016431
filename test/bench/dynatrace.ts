/**
 * Metric lines and the JSON of the log API to a local sink that answers as Dynatrace does. The library for metric lines
 * that Dynatrace published for Node.js is gone from npm, and its exporter for OpenTelemetry with it; for logs there was
 * never more than a transport that sends each line by itself. The peers do what the library, and Dynatrace's plugin for
 * Logstash, do, and send by `node:http`. Neither compresses. Points without a time window of an hour would be dropped:
 * telemetry is of the last minutes.
 */
import http from 'node:http';
import dynatrace from '@telemetryflow/exporter-dynatrace';
import { asRecords, type LogRecord, type ResourceMetricsRecord } from '@telemetryflow/otlp';
import { logBody, metricLines } from './payloads/dynatrace.ts';
import { ITEMS_PER_BATCH, logBatches, metricBatches } from './payloads/sdk-batches.ts';
import { sendingExporter } from './sending/exporter.ts';
import { startSink } from './sink/http.ts';
import { bench } from './suite.ts';

const TOKEN = 'dt0c01.PUBLIC.SECRET';
const MAX_LINES = 1000;
const MAX_BYTES = 9_500_000;

const metricSink = () => startSink({ status: 202, body: '{"linesOk":1000,"linesInvalid":0,"error":null}' });
const logSink = () => startSink({ status: 204 });

const metrics = async (): Promise<readonly ResourceMetricsRecord[][]> =>
  (await metricBatches()).map((batch) => asRecords('metrics', batch) as ResourceMetricsRecord[]);
const logs = (): readonly LogRecord[][] => logBatches().map((batch) => asRecords('logs', batch) as LogRecord[]);

function poster(url: string, type: string): (body: string | Buffer) => Promise<void> {
  const agent = new http.Agent({ keepAlive: true });
  return (body) =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Api-Token ${TOKEN}`,
        'content-type': type,
        'content-length': Buffer.byteLength(body),
      };
      http
        .request(url, { method: 'POST', agent, headers }, (answer) => answer.resume().on('end', resolve))
        .on('error', reject)
        .end(body);
    });
}

await bench([
  {
    name: 'Dynatrace metric lines, against the way of its library',
    items: ITEMS_PER_BATCH.metrics,
    ours: async () => {
      const send = await sendingExporter(
        dynatrace,
        { environment_url: await metricSink(), api_token: TOKEN, compression: 'none' },
        'metrics',
      );
      const batches = await metrics();
      return (round) => send(batches[round % batches.length] ?? []);
    },
    peer: async () => {
      const post = poster(await metricSink(), 'text/plain; charset=utf-8');
      const batches = await metrics();
      return async (round) => {
        const lines = metricLines(batches[round % batches.length] ?? []);
        for (let at = 0; at < lines.length; at += MAX_LINES) await post(lines.slice(at, at + MAX_LINES).join('\n'));
      };
    },
    floor: 1.6,
    goal: 2.5,
  },
  {
    name: 'Dynatrace logs, against the way of its plugin',
    items: ITEMS_PER_BATCH.logs,
    ours: async () => {
      const send = await sendingExporter(
        dynatrace,
        { environment_url: await logSink(), api_token: TOKEN, compression: 'none' },
        'logs',
      );
      const batches = logs();
      return (round) => send(batches[round % batches.length] ?? []);
    },
    peer: async () => {
      const post = poster(await logSink(), 'application/json; charset=utf-8');
      const batches = logs();
      return (round) => post(logBody(batches[round % batches.length] ?? [], MAX_BYTES));
    },
    floor: 1.6,
    goal: 2.5,
  },
]);
