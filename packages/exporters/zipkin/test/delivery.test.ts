import { afterEach, expect, test } from '@jest/globals';
import zipkin from '@telemetryflow/exporter-zipkin';
import { createPipeline } from '@telemetryflow/kernel';
import { configureExporter, corpus, type FakeZipkin, fakeZipkin, spans } from '@telemetryflow/testkit';
import { CONTEXT, span } from './setup.ts';

let server: FakeZipkin | undefined;

afterEach(() => server?.close());

async function start(block: Readonly<Record<string, unknown>> = {}) {
  server = await fakeZipkin();
  const exporters = { zipkin: { endpoint: server.url, flush_interval: '10ms', ...block } };
  const pipeline = await createPipeline({ exporters }, { plugins: [zipkin] });
  await pipeline.start();
  return { pipeline, server };
}

test.each(['json', 'proto'])('every kind of span arrives with its values in %s', async (format) => {
  const { traces } = corpus();
  const { pipeline, server: at } = await start({ format });
  await pipeline.consume({ signal: 'traces', records: traces });
  expect(await pipeline.shutdown()).toMatchObject({ delivered: traces.length, dropped: 0, pending: 0 });
  const byId = new Map(at.stored.map((each) => [each.tags?.['item.id'], each]));
  expect(byId.size).toBe(traces.length);
  for (const { attributes, name, spanContext } of traces) {
    const stored = byId.get(String(attributes['item.id']));
    expect(stored).toMatchObject({ name, traceId: spanContext().traceId, id: spanContext().spanId });
  }
  const { headers } = at.requests[0] ?? {};
  expect(headers).toMatchObject({
    'content-type': format === 'proto' ? 'application/x-protobuf' : 'application/json',
    'content-encoding': 'gzip',
    b3: '0',
  });
});

test('a span that the server refuses costs itself, not those around it', async () => {
  const { pipeline, server: at } = await start();
  at.script((request) =>
    request.text().includes('poison')
      ? { status: 400, body: 'Incomplete annotation at $[0].annotations[0] reading List<Span> from json' }
      : { status: 202 },
  );
  const records = spans(20, { variety: 'plain' }).map((each, i) => (i === 7 ? { ...each, name: 'poison' } : each));
  await pipeline.consume({ signal: 'traces', records });
  expect(await pipeline.shutdown()).toMatchObject({ delivered: 19, dropped: 1, pending: 0 });
});

test('a host of tags that would break out of JSON, headers or paths changes nothing but its tag', async () => {
  const evil = ['../', '\r\nx-evil: 1', '%2f', '"}],"x":[{"', '\u0000'];
  const { pipeline, server: at } = await start();
  const records = evil.map((text, i) =>
    span({
      name: text,
      spanContext: () => ({ ...CONTEXT, spanId: `000000000000000${i + 1}` }),
      attributes: { [text]: text, 'peer.service': text },
      kind: 2,
      resource: { attributes: { 'service.name': text } },
    }),
  );
  await pipeline.consume({ signal: 'traces', records });
  expect(await pipeline.shutdown()).toMatchObject({ delivered: evil.length });
  expect(at.requests.map(({ path }) => path)).toEqual(['/api/v2/spans']);
  expect(at.requests[0]?.headers).not.toHaveProperty('x-evil');
  for (const [i, text] of evil.entries()) {
    expect(at.stored[i]).toMatchObject({ name: text, localEndpoint: { serviceName: text }, tags: { [text]: text } });
  }
});

test('the health check asks at the root, whatever the path of the endpoint', async () => {
  server = await fakeZipkin();
  const { config } = await configureExporter(zipkin, { endpoint: `${server.url}/api/v2/spans` });
  const check = () => zipkin.healthcheck?.(config, { signal: AbortSignal.timeout(5000) });
  expect(await check()).toMatchObject({ ok: true });
  expect(server.requests[0]?.path).toBe('/health');
  server.script({ status: 503 });
  expect(await check()).toMatchObject({ ok: false });
  await server.close();
  expect(await check()).toMatchObject({ ok: false });
});
