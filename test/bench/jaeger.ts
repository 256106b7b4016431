/**
 * Spans of the SDK on both older ways to Jaeger. Thrift goes to a local sink that answers as Jaeger does, against
 * `@opentelemetry/exporter-jaeger`, which writes it by jaeger-client and thriftrw; each sends a batch in one request.
 * The peer takes the whole resource into every span, and of times its milliseconds. api_v2 has no client on npm: the
 * encoder is held against the one that @grpc/proto-loader makes of the .proto files, with the same values.
 */
import jaeger from '@telemetryflow/exporter-jaeger';
import { batchFromRecords } from '@telemetryflow/kernel';
import { asRecords } from '@telemetryflow/otlp';
import { exporterFor } from '@telemetryflow/testkit';
import { postSpansRequest } from './payloads/jaeger-proto.ts';
import { ITEMS_PER_BATCH, spanBatches } from './payloads/sdk-batches.ts';
import { sendingExporter } from './sending/exporter.ts';
import { startSink } from './sink/http.ts';
import { bench } from './suite.ts';

const SPANS = ITEMS_PER_BATCH.traces;

const sink = async () => `${await startSink({ status: 202 })}/api/traces`;

await bench([
  {
    name: 'Jaeger Thrift, against @opentelemetry/exporter-jaeger',
    items: SPANS,
    ours: async () => {
      const send = await sendingExporter(jaeger, { endpoint: await sink(), protocol: 'http/thrift' }, 'traces');
      const batches = spanBatches().map((spans) => asRecords('traces', spans));
      return (round) => send(batches[round % batches.length] ?? []);
    },
    peer: async () => {
      const { JaegerExporter } = await import('@opentelemetry/exporter-jaeger');
      // An option of the sender below: with its default of 100 it would send six requests.
      const options = { endpoint: await sink(), maxSpanBatchSize: SPANS };
      const exporter = new JaegerExporter(options);
      const batches = spanBatches();
      return (round) =>
        new Promise<void>((resolve, reject) => {
          exporter.export((batches[round % batches.length] ?? []) as never, ({ code, error }) =>
            code === 0 ? resolve() : reject(error ?? new Error('refused')),
          );
        });
    },
    floor: 1.6,
    goal: 2.5,
  },
  {
    name: 'Jaeger api_v2, against @grpc/proto-loader',
    items: SPANS,
    ours: async () => {
      const exporter = await exporterFor(jaeger, { protocol: 'grpc' }, 'traces');
      const batches = spanBatches().map((spans) => asRecords('traces', spans));
      return (round) => {
        const batch = batchFromRecords('traces', batches[round % batches.length] ?? []);
        for (const each of exporter.encode(batch, { now: 0, id: 'b', mode: undefined })) {
          if (each !== undefined && 'dropped' in each) throw new Error(each.detail);
        }
      };
    },
    peer: () => {
      const batches = spanBatches();
      return (round) => postSpansRequest(batches[round % batches.length] ?? []);
    },
    floor: 1.6,
    goal: 2.5,
  },
]);
