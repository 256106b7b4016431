/** Requests as a receiver sees them, and what it answers. */
import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { batchFromRecords, type Exporter, type Outcome, type Payload } from '@telemetryflow/kernel';
import {
  type Answer,
  type Backend,
  exporterFor,
  fakeClock,
  fakeWebhook,
  logs,
  type RecordedRequest,
  startBackend,
} from '@telemetryflow/testkit';
import { Webhook } from 'standardwebhooks';
import webhook from '../src/index.ts';
import { redactWebhookUrl } from '../src/redact.ts';

const SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function receiver(answers: readonly Answer[]): Promise<Backend> {
  const backend = await startBackend(answers);
  open.push(() => backend.close());
  return backend;
}

let now = Date.now();

async function started(block: Record<string, unknown>): Promise<Exporter> {
  const exporter = await exporterFor(webhook, block, 'logs', { clock: { ...fakeClock(), now: () => now } });
  open.push(() => exporter.stop?.());
  await exporter.start?.();
  return exporter;
}

function payloadOf(exporter: Exporter): Payload {
  const batch = batchFromRecords('logs', logs(1, { variety: 'plain' }));
  const [payload] = [...exporter.encode(batch, { now, id: 'b', mode: undefined })];
  if (payload === undefined || 'dropped' in payload) throw new Error('nothing to send');
  return payload;
}

const options = (): { signal: AbortSignal; attempt: number } => ({ signal: AbortSignal.timeout(20_000), attempt: 1 });

/** Sends one log record as often as the receiver has answers. */
async function deliver(
  block: Record<string, unknown>,
  answers: readonly Answer[],
): Promise<{ outcomes: Outcome[]; seen: readonly RecordedRequest[] }> {
  const backend = await receiver(answers);
  const exporter = await started({ url: `${backend.url}/in?x=1`, ...block });
  const payload = payloadOf(exporter);
  const outcomes: Outcome[] = [];
  for (const _answer of answers) outcomes.push(await exporter.send(payload, options()));
  return { outcomes, seen: backend.requests };
}

describe('a request', () => {
  test('goes to the URL verbatim, with method, headers and type of the configuration', async () => {
    const block = { method: 'PUT', headers: { 'X-Api-Key': 'k', 'Content-Type': 'text/json' } };
    const { outcomes, seen } = await deliver(block, [{ status: 204 }]);
    expect(outcomes).toEqual([{}]);
    expect(seen[0]).toMatchObject({ method: 'PUT', path: '/in?x=1' });
    expect(seen[0]?.headers).toMatchObject({ 'x-api-key': 'k', 'content-type': 'text/json' });
    expect(seen[0]?.headers['content-encoding']).toBeUndefined();
    expect(seen[0]?.headers['webhook-signature']).toBeUndefined();
    expect(seen[0]?.json()).toMatchObject({ type: 'logs', count: 1 });
  });

  test('keeps its id over attempts, and renews time and signature, so that a receiver takes the late one', async () => {
    const backend = await receiver([{ status: 503 }, { status: 200 }]);
    const exporter = await started({ url: backend.url, secret: SECRET });
    now = Date.now() - 3_600_000;
    const payload = payloadOf(exporter);
    expect(await exporter.send(payload, options())).toMatchObject({ retry: { reason: 'unavailable' } });
    now = Date.now();
    expect(await exporter.send(payload, options())).toEqual({});
    const [first, second] = backend.requests.map(({ headers }) => headers);
    expect(second?.['webhook-id']).toBe(first?.['webhook-id']);
    expect(second?.['webhook-timestamp']).not.toBe(first?.['webhook-timestamp']);
    const library = new Webhook(SECRET);
    const verify = (index: number): unknown => {
      const request = backend.requests[index];
      return library.verify(request?.text() ?? '', request?.headers as Record<string, string>);
    };
    expect(() => verify(0)).toThrow('Message timestamp too old');
    expect(verify(1)).toMatchObject({ type: 'logs' });
  });

  test('is signed before it is compressed', async () => {
    const backend = await receiver([{ status: 200 }]);
    const exporter = await started({ url: backend.url, compression: 'gzip', signing: 'hmac_hex', secret: 's3cret' });
    await exporter.send({ body: { body: 'a'.repeat(5000) }, items: [0] }, options());
    const headers = backend.requests[0]?.headers;
    const expected = createHmac('sha256', 's3cret').update('a'.repeat(5000)).digest('hex');
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'x-webhook-signature': `sha256=${expected}` });
  });

  test('that comes again under its id is taken once by a receiver that remembers ids', async () => {
    const backend = await fakeWebhook({ encoding: 'json', secret: SECRET, path: '/in' });
    open.push(() => backend.close());
    const exporter = await started({ url: `${backend.url}/in`, secret: SECRET });
    now = Date.now();
    const payload = payloadOf(exporter);
    for (const _attempt of [1, 2]) expect(await exporter.send(payload, options())).toEqual({});
    expect(backend.requests).toHaveLength(2);
    expect(backend.items).toEqual([{ id: 'item-0' }]);
  });
});

describe('an answer', () => {
  test('that redirects names the target, which is never contacted', async () => {
    const target = await receiver([{ status: 200 }]);
    const { outcomes, seen } = await deliver({}, [{ status: 302, headers: { location: `${target.url}/new` } }]);
    expect(outcomes[0]?.dropped?.[0]).toMatchObject({ reason: 'invalid', detail: expect.stringContaining(target.url) });
    expect([seen.length, target.requests.length]).toEqual([1, 0]);
  });

  test('410 disables the endpoint until the next start', async () => {
    const { outcomes, seen } = await deliver({}, [{ status: 410 }, { status: 200 }]);
    expect(seen).toHaveLength(1);
    expect(outcomes).toMatchObject([{ dropped: [{ reason: 'rejected' }] }, { dropped: [{ reason: 'rejected' }] }]);
    expect(outcomes[1]?.dropped?.[0]?.detail).toContain('410 Gone');
  });

  test('410 is a drop like any other without disable_on_gone', async () => {
    const { outcomes, seen } = await deliver({ disable_on_gone: false }, [{ status: 410 }, { status: 200 }]);
    expect(seen).toHaveLength(2);
    expect(outcomes[1]).toEqual({});
  });

  test('is told with where and what, without path secret and query', async () => {
    const { outcomes } = await deliver({}, [{ status: 404, body: 'no_service' }]);
    const detail = outcomes[0]?.dropped?.[0]?.detail ?? '';
    expect(detail).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/in\?… answered 404: no_service \(/);
    expect(detail).not.toContain('x=1');
  });
});

describe('without an answer', () => {
  test('the request is retried', async () => {
    const exporter = await started({ url: 'http://127.0.0.1:1/' });
    expect(await exporter.send({ body: 'x', items: [0] }, options())).toMatchObject({ retry: { reason: 'network' } });
  });

  test('because the name leads to a refused address, nothing is sent and the items are dropped', async () => {
    const backend = await receiver([{ status: 200 }]);
    const exporter = await started({ url: backend.url.replace('127.0.0.1', 'localhost'), block_private: true });
    expect(await exporter.send({ body: 'x', items: [0] }, options())).toMatchObject({
      dropped: [{ reason: 'invalid', detail: expect.stringContaining('private address') }],
    });
    expect(backend.requests).toHaveLength(0);
  });

  test.each([
    [true, 0],
    [false, 1],
  ])(
    'block_private: %p lets a proxy of the environment, which resolves names itself, see %d requests',
    async (block_private, seen) => {
      const proxy = await receiver([{ status: 200 }]);
      const { HTTP_PROXY } = process.env;
      process.env['HTTP_PROXY'] = proxy.url;
      open.push(() => {
        if (HTTP_PROXY === undefined) delete process.env['HTTP_PROXY'];
        else process.env['HTTP_PROXY'] = HTTP_PROXY;
      });
      const exporter = await started({ url: 'http://hooks.invalid/', block_private });
      await exporter.send({ body: 'x', items: [0] }, options());
      expect(proxy.requests).toHaveLength(seen);
    },
  );
});

test('payloads have one key, by which the order of batches is kept', async () => {
  const exporter = await started({ url: 'http://127.0.0.1:1/' });
  const keys = [payloadOf(exporter).key, payloadOf(exporter).key];
  expect(keys).toEqual(['webhook', 'webhook']);
});

describe('the URL in messages', () => {
  test.each([
    ['https://hooks.slack.com/services/T0/B0/XXX', 'https://hooks.slack.com/services/T0/…'],
    ['https://u:p@a.example/in?token=1', 'https://a.example/in?…'],
    ['https://a.example/', 'https://a.example/'],
    ['nonsense', '[invalid url]'],
  ])('%s is %s', (url, expected) => {
    expect(redactWebhookUrl(url)).toBe(expected);
  });
});
