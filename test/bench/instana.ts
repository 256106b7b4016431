/**
 * Spans in Instana's own format to a local sink that answers as its acceptor does, against what IBM ships on npm: the
 * connector of `@instana/serverless`, through which all of its clients for that acceptor send.
 * `@instana/opentelemetry-exporter` cannot be installed, since the release of the connector that it needs was never
 * published: its conversion of spans is done here. Neither compresses. The connector calls a request done when it is
 * written, and opens a connection for each.
 */
import { createRequire } from 'node:module';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import instana from '@telemetryflow/exporter-instana';
import { asRecords } from '@telemetryflow/otlp';
import { asSent, spanObject, withResource } from './payloads/instana.ts';
import { ITEMS_PER_BATCH, spanBatches } from './payloads/sdk-batches.ts';
import { sendingExporter } from './sending/exporter.ts';
import { startSink } from './sink/http.ts';
import { bench, type Contest } from './suite.ts';

const KEY = 'agent-key';

interface Serverless {
  readonly environment: { init(options: object): void; validate(): void };
  readonly backendConnector: {
    init(options: object): void;
    sendSpans(spans: readonly object[], done: (error?: Error) => void): void;
  };
}

const sink = () => startSink({ status: 201 });

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

const contest = (name: string, more: (span: ReadableSpan) => object): Contest => ({
  name,
  items: ITEMS_PER_BATCH.traces,
  ours: async () => {
    const send = await sendingExporter(
      instana,
      { endpoint_url: await sink(), agent_key: KEY, protocol: 'native' },
      'traces',
    );
    const batches = spanBatches().map((spans) => asRecords('traces', spans));
    return (round) => send(batches[round % batches.length] ?? []);
  },
  peer: async () => {
    const client = await connector();
    const batches = spanBatches();
    return (round) =>
      new Promise<void>((resolve, reject) => {
        const spans = (batches[round % batches.length] ?? []).map((span) => spanObject(span, more));
        client.sendSpans(spans, (error) => (error === undefined ? resolve() : reject(error)));
      });
  },
  floor: 1.6,
  goal: 2.5,
});

await bench([
  contest('Instana spans, against @instana/serverless', withResource),
  contest('Instana spans with all of ours, against what IBM sends', asSent),
]);
