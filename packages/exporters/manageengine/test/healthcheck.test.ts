import { afterEach, expect, test } from '@jest/globals';
import { type Answer, type Backend, startBackend } from '@telemetryflow/testkit';
import manageengine from '../src/index.ts';
import { type Block, configured } from './setup.ts';

let backend: Backend | undefined;
afterEach(() => backend?.close());

async function health(answer: Answer, block: Block): Promise<unknown> {
  backend = await startBackend(answer);
  const { config } = await configured({ base_url: backend.url, api_key: 's3cret key', ...block });
  return manageengine.healthcheck?.(config, { signal: AbortSignal.timeout(5000) });
}

const asked = () =>
  backend?.requests.map(({ method, path, headers }) => [method, path, headers['apikey'] ?? headers['api-key']]);
const ok = (body: object): Answer => ({ status: 200, body });

test('OpManager is asked for its alarms, with the key as a header', async () => {
  expect(await health(ok({ data: [] }), {})).toMatchObject({ ok: true });
  expect(asked()).toEqual([['GET', '/api/json/alarm/listAlarms', 's3cret key']]);
});

test('OpManager that does not take the key is no healthy one, unless the key belongs into bodies', async () => {
  const refusal = ok({ error: { message: 'Invalid API Key', code: 1008 } });
  expect(await health(refusal, {})).toMatchObject({ ok: false, message: expect.stringContaining('Invalid API Key') });
  await backend?.close();
  expect(await health(refusal, { api_key_in: 'body' })).toMatchObject({ ok: true });
});

test('Site24x7 is sent an empty request', async () => {
  expect(await health({}, { product: 'site24x7' })).toMatchObject({ ok: true });
  expect(asked()).toEqual([['POST', '/v1/metrics', 's3cret key']]);
});

test('so is the collector of Applications Manager', async () => {
  backend = await startBackend({ status: 401 });
  const { config } = await configured({ product: 'appmanager', otlp_endpoint: backend.url });
  const result = await manageengine.healthcheck?.(config, { signal: AbortSignal.timeout(5000) });
  expect(result).toMatchObject({ ok: false, message: expect.stringContaining('api_key') });
  expect(asked()).toEqual([['POST', '/v1/traces', 'K']]);
});

test('Applications Manager itself says in the body how it is, and the key stays out of the message', async () => {
  const answer = (code: string): Answer =>
    ok({ response: { result: [{ message: 'x' }], uri: '/AppManager' }, 'response-code': code });
  expect(await health(answer('4000'), { product: 'appmanager' })).toMatchObject({ ok: true });
  expect(asked()).toEqual([['GET', '/AppManager/json/ListServer?apikey=s3cret+key', undefined]]);
  await backend?.close();
  const refused = await health(answer('4004'), { product: 'appmanager' });
  expect(refused).toMatchObject({ ok: false });
  expect(JSON.stringify(refused)).not.toContain('s3cret');
});

test('nobody there is said as it is', async () => {
  const { config } = await configured({ base_url: 'http://127.0.0.1:9' });
  const result = await manageengine.healthcheck?.(config, { signal: AbortSignal.timeout(5000) });
  expect(result).toMatchObject({ ok: false, message: expect.stringContaining('127.0.0.1:9') });
});

test('without an address there is nothing to ask', async () => {
  const { config } = await configured({ product: 'appmanager' });
  expect(await manageengine.healthcheck?.(config, { signal: AbortSignal.timeout(5000) })).toMatchObject({ ok: false });
});
