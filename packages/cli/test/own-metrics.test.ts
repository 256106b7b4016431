import { randomBytes } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { prometheusText, startOwnMetrics } from '../src/own-metrics.ts';

test('names go out as they are, with help, type, labels escaped, and buckets cumulative', async () => {
  const exporter = new InMemoryMetricExporter(1);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const meter = provider.getMeter('test');
  meter.createCounter('otelcol_sent', { description: 'Items "sent" by \\ all\nexporters.' }).add(3, {
    exporter: 'loki/a "b" \\ c\nd',
    'data.type': 'logs',
  });
  meter.createUpDownCounter('otelcol_queue_size', { description: 'Waiting.' }).add(-2);
  const histogram = meter.createHistogram('otelcol_batch_size', {
    description: 'Sizes.',
    advice: { explicitBucketBoundaries: [1, 10] },
  });
  for (const value of [1, 5, 7, 100]) histogram.record(value, { exporter: 'x' });
  await provider.forceFlush();
  const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  await provider.shutdown();
  expect(prometheusText(metrics)).toBe(`# HELP otelcol_sent Items "sent" by \\\\ all\\nexporters.
# TYPE otelcol_sent counter
otelcol_sent{exporter="loki/a \\"b\\" \\\\ c\\nd",data_type="logs"} 3
# HELP otelcol_queue_size Waiting.
# TYPE otelcol_queue_size gauge
otelcol_queue_size -2
# HELP otelcol_batch_size Sizes.
# TYPE otelcol_batch_size histogram
otelcol_batch_size_bucket{exporter="x",le="1"} 1
otelcol_batch_size_bucket{exporter="x",le="10"} 3
otelcol_batch_size_bucket{exporter="x",le="+Inf"} 4
otelcol_batch_size_sum{exporter="x"} 113
otelcol_batch_size_count{exporter="x"} 4
`);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('the endpoint serves /metrics in the text format, and nothing else', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const warnings: string[] = [];
  const own = await startOwnMetrics(address, (message) => warnings.push(message));
  try {
    own.provider.getMeter('test').createCounter('otelcol_things').add(1);
    const response = await fetch(`http://${address}/metrics?name=x`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toContain('\notelcol_things 1\n');
    expect((await fetch(`http://${address}/`)).status).toBe(404);
    expect({ warnings, address: own.address }).toEqual({ warnings: [], address });
  } finally {
    await own.close();
  }
});

test('an IPv6 address is written in brackets', async () => {
  const address = `[::1]:${await freePort()}`;
  const warnings: string[] = [];
  const own = await startOwnMetrics(address, (message) => warnings.push(message));
  try {
    expect((await fetch(`http://${address}/metrics`)).status).toBe(200);
    expect(warnings).toEqual([]);
  } finally {
    await own.close();
  }
});

test.each([
  ['random bytes', randomBytes(64 * 1024)],
  ['a TLS hello', Buffer.from('16030100ff010000fb0303', 'hex')],
  ['an HTTP/2 preface', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ['a header of 1 MiB', Buffer.from(`GET /metrics HTTP/1.1\r\nx: ${'a'.repeat(1024 * 1024)}`)],
  ['a broken percent sign', Buffer.from('GET /%zz%00 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')],
])('%s at the port: the process lives, and the next scrape is served', async (_name, bytes) => {
  const port = await freePort();
  const own = await startOwnMetrics(`127.0.0.1:${port}`, () => undefined);
  try {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    socket.end(bytes);
    await new Promise((resolve) => socket.once('close', resolve));
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
  } finally {
    await own.close();
  }
});
