/**
 * Spans, and snapshots of processes, in Instana's own formats to a local sink that answers as its acceptor does, against
 * what IBM ships on npm: the connector of `@instana/serverless`, through which all of its clients for that acceptor
 * send. `@instana/opentelemetry-exporter` cannot be installed, since the release of the connector that it needs was
 * never published: its conversion of spans is done here. It sends nothing of resource and scope, which are half of what
 * ours sends; so spans are measured twice. A snapshot is an object of ten members on both sides, and ours looks at every
 * point before: there it may cost as much. Neither compresses. The connector calls a request done when it is written,
 * and opens a connection for each.
 */
import { createRequire } from 'node:module';
import instana from '@telemetryflow/exporter-instana';
import { asRecords, type RecordOf, type Signal } from '@telemetryflow/otlp';
import { asSent, POINTS_PER_PROCESS, processes, snapshotObject, spanObject, withResource } from './payloads/instana.ts';
import { ITEMS_PER_BATCH, spanBatches } from './payloads/sdk-batches.ts';
import { sendingExporter } from './sending/exporter.ts';
import { startSink } from './sink/http.ts';
import { bench, type Contest, type Run } from './suite.ts';

const KEY = 'agent-key';
const HOST = 'web-1';
const PROCESSES = 100;
const BATCHES = 8;

type Done = (error?: Error) => void;
interface Serverless {
  readonly environment: { init(options: object): void; validate(): void };
  readonly backendConnector: {
    init(options: object): void;
    sendSpans(spans: readonly object[], done: Done): void;
    sendMetrics(metrics: object, done: Done): void;
  };
}

const sink = () => startSink({ status: 201 });
const processBatches = () => Array.from({ length: BATCHES }, (_, n) => processes(PROCESSES, Date.now() - n * 1000));

async function connector(): Promise<Serverless['backendConnector']> {
  // Read when the package is loaded.
  process.env['INSTANA_DEV_SEND_UNENCRYPTED'] = 'true';
  process.env['INSTANA_ENDPOINT_URL'] = await sink();
  process.env['INSTANA_AGENT_KEY'] = KEY;
  const { environment, backendConnector } = createRequire(import.meta.url)('@instana/serverless') as Serverless;
  const silent = (): void => undefined;
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  environment.init({ logger });
  environment.validate();
  backendConnector.init({ config: { logger } });
  return backendConnector;
}

function sent(send: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => send((error) => (error === undefined ? resolve() : reject(error))));
}

async function ours<S extends Signal>(signal: S, batches: readonly (readonly RecordOf[S][])[]): Promise<Run> {
  const block = { endpoint_url: await sink(), agent_key: KEY, host_id: HOST, metrics_format: 'plugins' };
  const send = await sendingExporter(instana, block, signal);
  return (round) => send(batches[round % batches.length] ?? []);
}

const spans = (name: string, more: typeof asSent, floor: number, goal: number): Contest => ({
  name,
  items: ITEMS_PER_BATCH.traces,
  ours: () =>
    ours(
      'traces',
      spanBatches().map((batch) => asRecords('traces', batch)),
    ),
  peer: async () => {
    const client = await connector();
    const batches = spanBatches();
    return (round) =>
      sent((done) => {
        const objects = (batches[round % batches.length] ?? []).map((span) => spanObject(span, more));
        client.sendSpans(objects, done);
      });
  },
  floor,
  goal,
});

await bench([
  spans('Instana spans, against @instana/serverless', withResource, 1.6, 2.5),
  spans('Instana spans with twice the tags, the same', asSent, 1, 1.6),
  {
    name: 'Instana snapshots, against @instana/serverless',
    items: PROCESSES * POINTS_PER_PROCESS,
    ours: () => ours('metrics', processBatches()),
    peer: async () => {
      const client = await connector();
      const batches = processBatches();
      return (round) =>
        sent((done) => {
          const plugins = (batches[round % batches.length] ?? []).map((each) => snapshotObject(each, HOST));
          client.sendMetrics({ plugins }, done);
        });
    },
    floor: 0.9,
    goal: 1,
  },
]);
