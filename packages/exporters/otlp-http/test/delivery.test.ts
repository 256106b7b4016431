/** The exporter in a pipeline, before a strict OTLP backend: everything passes as it is. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { decode, encode, jsonFromProtobuf, protobufFromJson, type RecordOf, type Signal } from '@telemetryflow/otlp';
import { configureExporter, corpus, type FakeOtlp, fakeOtlp, itemIds, throughPipeline } from '@telemetryflow/testkit';
import otlpHttp from '../src/index.ts';

let server: FakeOtlp | undefined;
afterEach(() => server?.close());

/** Each record of all bodies as OTLP/JSON, in one order. */
function textsOf(signal: Signal, bodies: readonly Uint8Array[]): string[] {
  const records = decode(signal, Buffer.concat(bodies)) as readonly RecordOf[Signal][];
  return records
    .map((record) => String(Buffer.from(jsonFromProtobuf(signal, encode(signal, [record] as never)))))
    .sort();
}

describe.each(['traces', 'metrics', 'logs'] as const)('%s with every pair of properties arrive unchanged', (signal) => {
  test.each([
    ['proto', 'gzip'],
    ['proto', 'none'],
    ['json', 'gzip'],
  ])('as %s, %s', async (encoding, compression) => {
    server = await fakeOtlp();
    const sent = corpus()[signal] as readonly RecordOf[Signal][];
    const block = { endpoint: server.url, encoding, compression, max_request_bytes: '100KiB' };
    const report = await throughPipeline(otlpHttp, block, signal, sent as never);
    expect(report).toMatchObject({ delivered: itemIds(sent).length, dropped: 0, pending: 0 });
    expect([...server.items[signal]].sort()).toEqual(itemIds(sent).sort());
    const bodies = server.requests.map(({ body }) => (encoding === 'json' ? protobufFromJson(signal, body) : body));
    expect(textsOf(signal, bodies)).toEqual(textsOf(signal, [encode(signal, sent as never)]));
  });
});

test('the health check sends an empty request with the headers', async () => {
  const at = await fakeOtlp({
    gate: ({ headers }) => (headers['x-key'] === 'right' ? undefined : { status: 401, body: 'who are you' }),
  });
  server = at;
  const check = async (key: string) => {
    const { config } = await configureExporter(otlpHttp, { endpoint: at.url, headers: { 'x-key': key } });
    return otlpHttp.healthcheck?.(config, { signal: AbortSignal.timeout(20_000) });
  };
  expect(await check('right')).toMatchObject({ ok: true });
  expect(await check('wrong')).toMatchObject({ ok: false, message: expect.stringContaining('who are you') });
  expect(at.items).toEqual({ traces: [], metrics: [], logs: [] });
});
