import { afterAll, expect, test } from '@jest/globals';
import { fakeOtlp, startBackend } from '@telemetryflow/testkit';
import { folder, telemetryflow } from './command.ts';

const files = folder();
afterAll(() => files.remove());

const config = (endpoint: string): string => `exporters:
  otlp_http: { endpoint: "${endpoint}", headers: { x-token: a-very-secret-token } }
  debug: {}
`;

test('a backend that takes an empty request is ok, and an exporter without a check says so', async () => {
  const backend = await fakeOtlp();
  try {
    const { code, out } = await telemetryflow(
      'validate',
      '--healthcheck',
      '-c',
      files.file('ok.yaml', config(backend.url)),
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^The configuration is valid/);
    expect(out).toMatch(/^ok {3}otlp_http {2}http:\/\/127\.0\.0\.1:\d+\/v1\/traces answered 200$/m);
    expect(out).toMatch(/^- {4}debug {6}its backend has no cheap check/m);
    expect(backend.requests).toHaveLength(1);
    expect(backend.items.traces).toEqual([]);
  } finally {
    await backend.close();
  }
});

test('a backend that refuses the credentials fails with what it said, secrets redacted', async () => {
  const backend = await startBackend({ status: 401, body: 'a-very-secret-token is unknown' });
  try {
    const { code, out } = await telemetryflow(
      'validate',
      '--healthcheck',
      '-c',
      files.file('401.yaml', config(backend.url)),
    );
    expect(code).toBe(1);
    expect(out).toMatch(/^FAIL otlp_http .* answered 401: \[REDACTED\] is unknown/m);
  } finally {
    await backend.close();
  }
});

test('nobody at the port is a failure that names the address', async () => {
  const backend = await startBackend();
  await backend.close();
  const { code, out } = await telemetryflow(
    'validate',
    '--healthcheck',
    '-c',
    files.file('gone.yaml', config(backend.url)),
  );
  expect(code).toBe(1);
  expect(out).toContain(`ECONNREFUSED 127.0.0.1:${backend.port}`);
});

test('a wrong configuration is refused before any backend is asked', async () => {
  const backend = await startBackend();
  try {
    const wrong = files.file('wrong.yaml', `${config(backend.url)}  loki: {}\n`);
    expect((await telemetryflow('validate', '--healthcheck', '-c', wrong)).code).toBe(78);
    expect(backend.requests).toEqual([]);
  } finally {
    await backend.close();
  }
});
