import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { afterEach, expect, test } from '@jest/globals';
import { createPipeline } from '@telemetryflow/kernel';
import { logs, otlpItemIds } from '@telemetryflow/testkit';
import signoz from '../src/index.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const same = (bytes: Buffer): Buffer => bytes;

test('over gRPC the key travels as metadata, and the data by the same rules', async () => {
  const taken: { readonly ids: readonly unknown[]; readonly key: unknown }[] = [];
  const server = new Server();
  const method = {
    path: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
    requestStream: false as const,
    responseStream: false as const,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  server.addService(
    { Export: method },
    {
      Export: ({ request, metadata }: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) => {
        taken.push({ ids: otlpItemIds('logs', request), key: metadata.get('signoz-ingestion-key')[0] });
        reply(null, Buffer.alloc(0));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  cleanups.push(() => server.forceShutdown());
  const pipeline = await createPipeline(
    {
      exporters: {
        signoz: { protocol: 'grpc', endpoint: `http://127.0.0.1:${port}`, access_token: 'k', log_body: 'wrap' },
      },
    },
    { plugins: [signoz] },
  );
  await pipeline.start();
  await pipeline.consume({ signal: 'logs', records: logs(5) });
  expect(await pipeline.shutdown()).toMatchObject({ delivered: 5, dropped: 0 });
  expect(taken).toHaveLength(1);
  expect(taken[0]?.key).toBe('k');
  expect(taken[0]?.ids).toHaveLength(5);
});
