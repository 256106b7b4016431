/** The exporter in a pipeline, before an OTLP/gRPC backend: everything passes as it is. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { decode, encode, jsonFromProtobuf, type RecordOf, type Signal, validate } from '@telemetryflow/otlp';
import { configureExporter, corpus, itemIds, throughPipeline } from '@telemetryflow/testkit';
import otlpGrpc from '../src/index.ts';
import { type GrpcBackend, idsOf, startGrpcBackend } from './grpc-backend.ts';

let server: GrpcBackend | undefined;
afterEach(() => server?.close());

/** Each record of all messages as OTLP/JSON, in one order. */
function textsOf(signal: Signal, messages: readonly Uint8Array[]): string[] {
  const records = decode(signal, Buffer.concat(messages)) as readonly RecordOf[Signal][];
  return records
    .map((record) => String(Buffer.from(jsonFromProtobuf(signal, encode(signal, [record] as never)))))
    .sort();
}

describe.each(['traces', 'metrics', 'logs'] as const)('%s with every pair of properties arrive unchanged', (signal) => {
  test.each(['gzip', 'none'])('with compression %s', async (compression) => {
    server = await startGrpcBackend();
    const sent = corpus()[signal] as readonly RecordOf[Signal][];
    const block = { endpoint: server.url, compression, max_request_bytes: '100KiB' };
    const report = await throughPipeline(otlpGrpc, block, signal, sent as never);
    expect(report).toMatchObject({ delivered: itemIds(sent).length, dropped: 0, pending: 0 });
    expect(server.requests.flatMap(idsOf).sort()).toEqual(itemIds(sent).sort());
    for (const { message } of server.requests) validate(signal, message);
    const messages = server.requests.map(({ message }) => message);
    expect(textsOf(signal, messages)).toEqual(textsOf(signal, [encode(signal, sent as never)]));
  });
});

test('the health check sends an empty request with the headers', async () => {
  server = await startGrpcBackend(({ metadata }) =>
    metadata['x-key'] === 'right' ? {} : { code: 16, text: 'who are you' },
  );
  const endpoint = server.url;
  const check = async (key: string) => {
    const { config } = await configureExporter(otlpGrpc, { endpoint, headers: { 'x-key': key } });
    return otlpGrpc.healthcheck?.(config, { signal: AbortSignal.timeout(20_000) });
  };
  expect(await check('right')).toMatchObject({ ok: true });
  expect(await check('wrong')).toMatchObject({ ok: false, message: expect.stringContaining('who are you') });
  expect(server.requests.flatMap(idsOf)).toEqual([]);
});
