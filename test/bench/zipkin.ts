/**
 * Spans of the SDK to a local sink that answers as Zipkin does, against `@opentelemetry/exporter-zipkin`, both as JSON
 * and without compression, which the peer does not have. Ours carries scopes and the attributes of events too, which
 * the peer leaves out.
 */
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import zipkin from '@telemetryflow/exporter-zipkin';
import { asRecords } from '@telemetryflow/otlp';
import { ITEMS_PER_BATCH, spanBatches } from './payloads/sdk-batches.ts';
import { sendingExporter } from './sending/exporter.ts';
import { startSink } from './sink/http.ts';
import { bench } from './suite.ts';

const PATH = '/api/v2/spans';

const sink = async () => `${await startSink({ status: 202 })}${PATH}`;

await bench([
  {
    name: 'Zipkin JSON, against @opentelemetry/exporter-zipkin',
    items: ITEMS_PER_BATCH.traces,
    ours: async () => {
      const send = await sendingExporter(zipkin, { endpoint: await sink(), compression: 'none' }, 'traces');
      const batches = spanBatches().map((spans) => asRecords('traces', spans));
      return (round) => send(batches[round % batches.length] ?? []);
    },
    peer: async () => {
      const exporter = new ZipkinExporter({ url: await sink() });
      const batches = spanBatches();
      return (round) =>
        new Promise<void>((resolve, reject) => {
          exporter.export(batches[round % batches.length] ?? [], ({ code, error }) =>
            code === 0 ? resolve() : reject(error ?? new Error('refused')),
          );
        });
    },
    floor: 1.6,
    goal: 2.5,
  },
]);
