import { expect, test } from '@jest/globals';
import { fakeOtlpGrpc, logs, throughPipeline } from '@telemetryflow/testkit';
import signoz from '../src/index.ts';

test('over gRPC the key travels as metadata, and the data by the same rules', async () => {
  const server = await fakeOtlpGrpc({
    gate: ({ metadata }) => (metadata['signoz-ingestion-key'] === 'k' ? undefined : { code: 16, text: 'who are you' }),
  });
  const block = { protocol: 'grpc', endpoint: server.url, access_token: 'k', log_body: 'wrap' };
  expect(await throughPipeline(signoz, block, 'logs', logs(5))).toMatchObject({ delivered: 5, dropped: 0 });
  expect(server.requests).toHaveLength(1);
  expect(server.items.logs).toHaveLength(5);
  expect(server.refused).toEqual([]);
  await server.close();
});
