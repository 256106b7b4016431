import { afterEach, describe, expect, test } from '@jest/globals';
import { batchFromOtlp, batchFromRecords, createPipeline } from '@telemetryflow/kernel';
import { decode, encode, type LogRecord, type Signal, type SpanRecord } from '@telemetryflow/otlp';
import {
  corpus,
  FAKE_EPOCH,
  type FakeOtlp,
  fakeHyperdx,
  type HyperdxRules,
  hrTime,
  itemIds,
  logs,
  spans,
  startBackend,
  throughEncoder,
} from '@telemetryflow/testkit';
import { authorizationOf, endpointsOf, type HyperdxConfig } from '../src/config.ts';
import hyperdx from '../src/index.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function backend(rules: HyperdxRules): Promise<FakeOtlp> {
  const fake = await fakeHyperdx(rules);
  closing.push(() => fake.close());
  return fake;
}

async function send(block: Record<string, unknown>, signal: Signal = 'logs', records: readonly object[] = logs(3)) {
  const pipeline = await createPipeline(
    { exporters: { hyperdx: { flush_interval: '10ms', ...block } } },
    { plugins: [hyperdx] },
  );
  await pipeline.start();
  await pipeline.consume({ signal, records } as never);
  return pipeline.shutdown();
}

describe('the authorization header', () => {
  test('is the bare key (golden 1)', async () => {
    const fake = await backend({ authorization: 'K' });
    expect(await send({ endpoint: fake.url, api_key: 'K' }, 'traces', spans(20))).toMatchObject({ delivered: 20 });
    expect(fake.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/traces',
      headers: { authorization: 'K', 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
    });
  });

  test('is not sent without a key (golden 2)', async () => {
    const fake = await backend({ authorization: '' });
    expect(await send({ endpoint: fake.url, api_key: '' })).toMatchObject({ delivered: 3 });
    expect(fake.requests[0]?.headers['authorization']).toBeUndefined();
  });

  test('has the scheme in front of the key where one is set (golden 3)', async () => {
    const fake = await backend({ authorization: 'Bearer eyJ' });
    const block = { endpoint: fake.url, api_key: 'eyJ', auth_scheme: 'Bearer' };
    expect(await send(block)).toMatchObject({ delivered: 3 });
  });

  test('is that of `headers` where one is given', async () => {
    const fake = await backend({ authorization: 'mine' });
    const block = { endpoint: fake.url, api_key: 'K', headers: { Authorization: 'mine' } };
    expect(await send(block)).toMatchObject({ delivered: 3 });
  });

  test('keeps a key that begins with a scheme as it was written', () => {
    const api_key = { reveal: () => 'Bearer x' };
    expect(authorizationOf({ api_key, auth_scheme: '' } as HyperdxConfig)).toBe('Bearer x');
  });
});

test.each([
  [{ protocol: 'grpc', endpoint: 'https://in-otel.hyperdx.io' }, 'https://in-otel.hyperdx.io:4317'],
  [{ protocol: 'grpc', endpoint: 'http://localhost:4317' }, 'http://localhost:4317'],
  [{ protocol: 'http', endpoint: 'https://in-otel.hyperdx.io' }, 'https://in-otel.hyperdx.io'],
])('%j goes to %s', (config, endpoint) => {
  expect(endpointsOf(config as HyperdxConfig).endpoint).toBe(endpoint);
});

describe('the health check', () => {
  const check = async (block: Record<string, unknown>) => {
    const { configureExporter } = await import('@telemetryflow/testkit');
    const { config } = await configureExporter(hyperdx, block);
    return hyperdx.healthcheck?.(config, { signal: AbortSignal.timeout(5000) });
  };

  test('sends an empty request with the key', async () => {
    const fake = await backend({ authorization: 'right-key' });
    expect(await check({ endpoint: fake.url, api_key: 'right-key' })).toMatchObject({ ok: true });
    expect(await check({ endpoint: fake.url, api_key: 'wrong-key' })).toMatchObject({
      ok: false,
      message: expect.stringMatching(/401: provided authorization does not match/),
    });
  });
});

test('an old image repeats the key in its refusal, and the log does not (golden 4)', async () => {
  const secret = 'a-key-nobody-may-see';
  const old = await startBackend({
    status: 401,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: 16, message: `scheme or token does not match: ${secret}` }),
  });
  closing.push(() => old.close());
  const said: string[] = [];
  const say = (message: string, details?: unknown): void => void said.push(message, JSON.stringify(details ?? ''));
  const pipeline = await createPipeline(
    { exporters: { hyperdx: { endpoint: old.url, api_key: secret, flush_interval: '10ms' } } },
    { plugins: [hyperdx], logger: { error: say, warn: say, info: say, debug: say } },
  );
  await pipeline.start();
  await pipeline.consume({ signal: 'logs', records: logs(1) });
  expect(await pipeline.shutdown({ timeoutMs: 500 })).toMatchObject({ delivered: 0 });
  const log = said.join('\n');
  expect(log).toMatch(/scheme or token does not match/);
  expect(log).toMatch(/ingestion API key/);
  expect(log).not.toContain(secret);
});

describe('everything passes as it is', () => {
  test.each(['traces', 'metrics', 'logs'] as const)('%s of the corpus, every item once', async (signal) => {
    const fake = await backend({ authorization: 'K' });
    const records = corpus()[signal];
    const ids = itemIds(records);
    expect(await send({ endpoint: fake.url, api_key: 'K' }, signal, records)).toMatchObject({
      delivered: ids.length,
      dropped: 0,
    });
    expect([...fake.items[signal]].sort()).toEqual([...ids].sort());
  });

  test('bytes that hold nothing to change are the bytes sent', async () => {
    for (const [signal, records] of [
      ['logs', logs(5)],
      ['traces', spans(5)],
    ] as const) {
      const batch = batchFromOtlp(signal, encode(signal, records as never));
      const { payloads } = await throughEncoder(hyperdx, { api_key: 'K' }, batch);
      expect(payloads.map(({ body }) => body)).toEqual([batch.otlp()]);
    }
  });
});

describe('what HyperDX would misread is put right', () => {
  const logOf = async (parts: Partial<LogRecord>): Promise<LogRecord | undefined> => {
    const records = logs(1).map((record) => ({ ...record, ...parts }));
    const { payloads } = await throughEncoder(hyperdx, { api_key: 'K' }, batchFromRecords('logs', records));
    return decode('logs', payloads[0]?.body as Uint8Array)[0];
  };

  test('a log without time gets the time it was observed', async () => {
    const hrTimeObserved = hrTime(FAKE_EPOCH - 5000);
    expect(await logOf({ hrTime: [0, 0], hrTimeObserved })).toMatchObject({ hrTime: hrTimeObserved, hrTimeObserved });
  });

  test('a log without any time gets that of sending', async () => {
    expect(await logOf({ hrTime: [0, 0], hrTimeObserved: [0, 0] })).toMatchObject({ hrTime: hrTime(FAKE_EPOCH) });
  });

  test('a log without severity is left without (golden 5)', async () => {
    const record = await logOf({ severityNumber: 0, severityText: '', body: 'db error' });
    expect(record?.severityNumber ?? 0).toBe(0);
    expect(record?.severityText ?? '').toBe('');
  });

  test('a span that ends before it starts ends when it starts', async () => {
    const [first, second] = spans(2) as [SpanRecord, SpanRecord];
    const wrong = { ...first, endTime: hrTime(FAKE_EPOCH - 1000) };
    const { payloads } = await throughEncoder(hyperdx, { api_key: 'K' }, batchFromRecords('traces', [wrong, second]));
    const read = decode('traces', payloads[0]?.body as Uint8Array);
    expect(read[0]?.endTime).toEqual(first.startTime);
    expect(read[1]?.endTime).toEqual(second.endTime);
  });
});
