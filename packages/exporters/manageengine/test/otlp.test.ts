/** OTLP to Site24x7 and to the collector of Applications Manager, in a pipeline. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createPipeline, type Pipeline } from '@telemetryflow/kernel';
import { decode, type LogRecord, type RecordOf, type Signal } from '@telemetryflow/otlp';
import {
  type Answer,
  type Backend,
  logs,
  metrics,
  type RecordedRequest,
  spans,
  startBackend,
} from '@telemetryflow/testkit';
import manageengine from '../src/index.ts';

const KEY = 'in_0123456789abcdef0123456789abcdef';
const startMs = Date.now() - 10_000;

let backend: Backend | undefined;
let pipeline: Pipeline | undefined;
afterEach(async () => {
  await pipeline?.shutdown({ timeoutMs: 0 });
  await backend?.close();
});

const silent = (): void => undefined;
const logger = { error: silent, warn: silent, info: silent, debug: silent };

async function start(answer: (request: RecordedRequest) => Answer, block: object = {}): Promise<Backend> {
  backend = await startBackend(answer);
  const config = {
    product: 'site24x7',
    otlp_endpoint: `${backend.url}/x/`,
    api_key: KEY,
    flush_interval: '10ms',
    traces: true,
    ...block,
  };
  pipeline = await createPipeline({ exporters: { manageengine: config } }, { plugins: [manageengine], logger });
  await pipeline.start();
  return backend;
}

async function send<S extends Signal>(signal: S, records: readonly RecordOf[S][]): Promise<void> {
  await pipeline?.consume({ signal, records } as never);
  // A flush ends with the first attempt; what is sent again at once may be on its way.
  for (let pending = 1; pending > 0; ) {
    await new Promise((resolve) => setImmediate(resolve));
    ({ pending } = (await pipeline?.forceFlush()) ?? { pending: 0 });
  }
}

const taken = (): Answer => ({ headers: { 'content-type': 'application/x-protobuf' } });
const encodings = ({ requests }: Backend) => requests.map(({ headers }) => headers['content-encoding'] ?? 'plain');

test('every signal goes to its path, with the key as api-key', async () => {
  const server = await start(taken);
  await send('traces', spans(1, { startMs }));
  await send('metrics', metrics(1, { startMs }));
  await send('logs', logs(1, { startMs }));
  expect(server.requests.map(({ path }) => path)).toEqual(['/x/v1/traces', '/x/v1/metrics', '/x/v1/logs']);
  for (const { method, headers } of server.requests) {
    expect({ method, key: headers['api-key'], type: headers['content-type'] }).toEqual({
      method: 'POST',
      key: KEY,
      type: 'application/x-protobuf',
    });
  }
  expect(await pipeline?.shutdown()).toMatchObject({ delivered: 3, dropped: 0 });
});

test('the collector of Applications Manager gets spans, and nothing else is sent there', async () => {
  const server = await start(taken, { product: 'applications_manager' });
  await send('traces', spans(2, { startMs }));
  await send('metrics', metrics(2, { startMs }));
  expect(server.requests.map(({ path, headers }) => `${path} ${headers['api-key']}`)).toEqual([`/x/v1/traces ${KEY}`]);
  expect(await pipeline?.shutdown()).toMatchObject({ delivered: 2, dropped: 2 });
});

test('requests hold 4 MB at most', async () => {
  const server = await start(taken, { max_batch_items: 8192, batch_size: 8 });
  await send(
    'logs',
    logs(8, { startMs, variety: 'plain' }).map((record) => ({ ...record, body: 'x'.repeat(900_000) })),
  );
  const sizes = server.requests.map(({ body }) => body.length);
  expect(sizes.length).toBeGreaterThan(1);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4_000_000);
  expect(await pipeline?.shutdown()).toMatchObject({ delivered: 8, dropped: 0 });
});

describe('resources and records', () => {
  const of = (server: Backend): LogRecord[] => decode('logs', server.requests.at(-1)?.body ?? Buffer.alloc(0));

  test('are in the monitor group, unless they name one', async () => {
    const server = await start(taken, { monitor_group: 'TelemetryFlow', tags: { environment: 'production' } });
    await send('logs', logs(1, { startMs }));
    expect(of(server)[0]?.resource.attributes).toMatchObject({
      'monitor.group': 'TelemetryFlow',
      environment: 'production',
      'service.name': 'shop',
    });
    await send('logs', logs(1, { startMs, resource: { attributes: { 'monitor.group': 'own' } } }));
    expect(of(server)[0]?.resource.attributes['monitor.group']).toBe('own');
  });

  test('have the name of their severity where they have none of their own', async () => {
    const server = await start(taken);
    const [first] = logs(1, { startMs }) as [LogRecord];
    await send('logs', [
      { ...first, severityNumber: 17, severityText: '' },
      { ...first, severityNumber: 14, severityText: undefined },
      { ...first, severityNumber: 17, severityText: 'err' },
      { ...first, severityNumber: 0, severityText: '' },
    ]);
    expect(of(server).map(({ severityText: text = '' }) => text)).toEqual(['ERROR', 'WARN2', 'err', '']);
  });
});

describe('compression', () => {
  const many = () => logs(50, { startMs, variety: 'plain' });
  const withoutGzip = ({ headers }: RecordedRequest): Answer =>
    headers['content-encoding'] === undefined ? taken() : { status: 415 };

  test('is given up once, for good, where the server does not unpack', async () => {
    const server = await start(withoutGzip);
    await send('logs', many());
    await send('logs', many());
    expect(encodings(server)).toEqual(['gzip', 'plain', 'plain']);
    expect(await pipeline?.shutdown()).toMatchObject({ delivered: 100, dropped: 0 });
  });

  test('is not the reason where the plain request is refused too', async () => {
    const server = await start(() => ({ status: 400 }));
    await send('logs', many());
    expect(encodings(server)).toEqual(['gzip', 'plain']);
    server.script(taken());
    await send('logs', many());
    expect(encodings(server)).toEqual(['gzip', 'plain', 'gzip']);
    expect(await pipeline?.shutdown()).toMatchObject({ delivered: 50, dropped: 50 });
  });

  test('that was taken once is not given up for a request that is refused', async () => {
    const server = await start(taken);
    await send('logs', many());
    server.script({ status: 400 });
    await send('logs', many());
    expect(await pipeline?.shutdown()).toMatchObject({ delivered: 50, dropped: 50 });
    expect(encodings(server)).toEqual(['gzip', 'gzip']);
  });

  test('is not blamed for the refusal of a small request, which is not compressed', async () => {
    const server = await start(() => ({ status: 400 }));
    await send('logs', logs(1, { startMs, variety: 'plain', resource: { attributes: {} } }));
    expect(encodings(server)).toEqual(['plain']);
  });
});
