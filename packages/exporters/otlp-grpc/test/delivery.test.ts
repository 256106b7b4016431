/** The exporter in a pipeline, before an OTLP/gRPC backend: everything passes as it is. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { decode, encode, jsonFromProtobuf, type RecordOf, type Signal } from '@telemetryflow/otlp';
import {
  configureExporter,
  corpus,
  type FakeOtlpGrpc,
  fakeOtlpGrpc,
  itemIds,
  throughPipeline,
} from '@telemetryflow/testkit';
import { decodeWithDefaults } from '../../../otlp/test/wire/oracle.ts';
import otlpGrpc from '../src/index.ts';

let server: FakeOtlpGrpc | undefined;
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
    server = await fakeOtlpGrpc({ judge: decodeWithDefaults });
    const sent = corpus()[signal] as readonly RecordOf[Signal][];
    const block = { endpoint: server.url, compression, max_request_bytes: '100KiB' };
    const report = await throughPipeline(otlpGrpc, block, signal, sent as never);
    expect(report).toMatchObject({ delivered: itemIds(sent).length, dropped: 0, pending: 0 });
    expect([...server.items[signal]].sort()).toEqual(itemIds(sent).sort());
    expect(server.requests.map(({ compressed }) => compressed)).toContain(compression === 'gzip');
    const messages = server.requests.map(({ message }) => message);
    expect(textsOf(signal, messages)).toEqual(textsOf(signal, [encode(signal, sent as never)]));
  });
});

test('the health check sends an empty request with the headers', async () => {
  server = await fakeOtlpGrpc({
    gate: ({ metadata }) => (metadata['x-key'] === 'right' ? undefined : { code: 16, text: 'who are you' }),
  });
  const endpoint = server.url;
  const check = async (key: string) => {
    const { config } = await configureExporter(otlpGrpc, { endpoint, headers: { 'x-key': key } });
    return otlpGrpc.healthcheck?.(config, { signal: AbortSignal.timeout(20_000) });
  };
  expect(await check('right')).toMatchObject({ ok: true });
  expect(await check('wrong')).toMatchObject({ ok: false, message: expect.stringContaining('who are you') });
  expect(server.items).toEqual({ traces: [], metrics: [], logs: [] });
});
