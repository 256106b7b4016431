import { expect, test } from '@jest/globals';
import prometheus from '@telemetryflow/exporter-prometheus';
import { fakePrometheus, readWriteRequest, startBackend } from '@telemetryflow/testkit';
import { configOf } from './setup.ts';

async function check(answer: { readonly status: number }): Promise<{ result: unknown; series: number; auth: unknown }> {
  const backend = await startBackend(answer);
  try {
    const config = await configOf({ endpoint: backend.url, username: 'writer', password: 'top-secret-password' });
    const result = await prometheus.healthcheck?.(config, { signal: AbortSignal.timeout(20_000) });
    const [request] = backend.requests;
    const series = readWriteRequest(request?.raw ?? Buffer.alloc(0)).series.length;
    return { result, series, auth: request?.headers.authorization };
  } finally {
    await backend.close();
  }
}

test('an empty write with the credentials asks whether the receiver is there, and stores nothing', async () => {
  expect(await check({ status: 204 })).toEqual({
    result: { ok: true, message: expect.stringMatching(/\/api\/v1\/write answered 204$/) },
    series: 0,
    auth: `Basic ${Buffer.from('writer:top-secret-password').toString('base64')}`,
  });
});

test.each([
  [401, 'credentials'],
  [404, '--web.enable-remote-write-receiver'],
  [503, 'answered 503'],
])('%i is unhealthy, and says what to do: %s', async (status, text) => {
  const { result } = await check({ status });
  expect(result).toEqual({ ok: false, message: expect.stringContaining(text) });
});

test('over OTLP an empty request asks, and a receiver that is off is named with its flag', async () => {
  const server = await fakePrometheus();
  const off = await fakePrometheus({ otlp: false });
  try {
    const ask = async (endpoint: string) => {
      const config = await configOf({ endpoint, protocol: 'otlp' });
      return prometheus.healthcheck?.(config, { signal: AbortSignal.timeout(20_000) });
    };
    expect(await ask(server.url)).toEqual({ ok: true, message: expect.stringMatching(/v1\/metrics answered 200$/) });
    expect(await ask(off.url)).toEqual({ ok: false, message: expect.stringContaining('--web.enable-otlp-receiver') });
    expect(server.head.samples).toEqual([]);
  } finally {
    await server.close();
    await off.close();
  }
});
