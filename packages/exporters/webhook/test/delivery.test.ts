import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Exporter, Outcome } from '@telemetryflow/kernel';
import { Webhook } from 'standardwebhooks';
import webhook from '../src/index.ts';
import { redactWebhookUrl } from '../src/redact.ts';
import { batchOf, encodeContext, exporterContext, GOLDEN_LOG_JSON, single, split } from './fixtures.ts';

const SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3';

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}
interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function receiver(answers: readonly Answer[]): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      const answer = answers[Math.min(seen.length, answers.length - 1)] ?? { status: 200 };
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

let now = Date.now();

async function exporter(block: Record<string, unknown>): Promise<Exporter> {
  const context = exporterContext('logs');
  const instance = webhook.create(await single(block), { ...context, clock: { ...context.clock, now: () => now } });
  open.push(() => instance.stop?.());
  await instance.start?.();
  return instance;
}

const options = (): { signal: AbortSignal; attempt: number } => ({ signal: AbortSignal.timeout(3000), attempt: 1 });

/** Sends the golden log as often as the receiver has answers. */
async function deliver(
  block: Record<string, unknown>,
  answers: readonly Answer[],
): Promise<{ outcomes: Outcome[]; seen: Seen[] }> {
  const { url, seen } = await receiver(answers);
  const instance = await exporter({ url: `${url}/in?x=1`, ...block });
  const { payloads } = split(instance.encode(batchOf('logs', { json: GOLDEN_LOG_JSON }), encodeContext));
  const outcomes: Outcome[] = [];
  for (const _answer of answers) {
    for (const payload of payloads) outcomes.push(await instance.send(payload, options()));
  }
  return { outcomes, seen };
}

describe('a request', () => {
  test('goes to the URL verbatim, with method, headers and type of the configuration', async () => {
    const block = { method: 'PUT', headers: { 'X-Api-Key': 'k', 'Content-Type': 'text/json' } };
    const { outcomes, seen } = await deliver(block, [{ status: 204 }]);
    expect(outcomes).toEqual([{}]);
    expect(seen[0]).toMatchObject({ method: 'PUT', url: '/in?x=1' });
    expect(seen[0]?.headers).toMatchObject({ 'x-api-key': 'k', 'content-type': 'text/json' });
    expect(seen[0]?.headers['content-encoding']).toBeUndefined();
    expect(seen[0]?.headers['webhook-signature']).toBeUndefined();
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ type: 'logs', count: 1 });
  });

  test('keeps its id over attempts, and renews time and signature, so that a receiver takes the late one', async () => {
    now = Date.now() - 3_600_000;
    const { url, seen } = await receiver([{ status: 503 }, { status: 200 }]);
    const instance = await exporter({ url, secret: SECRET });
    const [payload] = split(instance.encode(batchOf('logs', { json: GOLDEN_LOG_JSON }), encodeContext)).payloads;
    if (payload === undefined) throw new Error('no payload');
    expect(await instance.send(payload, options())).toMatchObject({ retry: { reason: 'unavailable' } });
    now = Date.now();
    expect(await instance.send(payload, options())).toEqual({});
    const [first, second] = seen.map(({ headers }) => headers);
    expect(second?.['webhook-id']).toBe(first?.['webhook-id']);
    expect(second?.['webhook-timestamp']).not.toBe(first?.['webhook-timestamp']);
    const library = new Webhook(SECRET);
    const verify = (index: number): unknown =>
      library.verify(seen[index]?.body ?? '', seen[index]?.headers as Record<string, string>);
    expect(() => verify(0)).toThrow('Message timestamp too old');
    expect(verify(1)).toMatchObject({ type: 'logs' });
  });

  test('is signed before it is compressed', async () => {
    const { url, seen } = await receiver([{ status: 200 }]);
    const instance = await exporter({ url, compression: 'gzip', signing: 'hmac_hex', secret: 's3cret' });
    await instance.send({ body: { body: 'a'.repeat(5000) }, items: [0] }, options());
    expect(seen[0]?.headers['content-encoding']).toBe('gzip');
    const { createHmac } = await import('node:crypto');
    const expected = createHmac('sha256', 's3cret').update('a'.repeat(5000)).digest('hex');
    expect(seen[0]?.headers['x-webhook-signature']).toBe(`sha256=${expected}`);
  });
});

describe('an answer', () => {
  test.each([
    [{ status: 200 }, {}],
    [{ status: 299 }, {}],
    [{ status: 408 }, { retry: { reason: 'timeout' } }],
    [{ status: 425 }, { retry: { reason: 'unavailable' } }],
    [{ status: 429, headers: { 'retry-after': '7' } }, { retry: { reason: 'throttled', afterMs: 7000 } }],
    [{ status: 500 }, { retry: { reason: 'unavailable' } }],
    [{ status: 502 }, { retry: { reason: 'unavailable' } }],
    [{ status: 507 }, { retry: { reason: 'unavailable' } }],
    [{ status: 500, body: '"Permanent error: no' }, { dropped: [{ reason: 'rejected' }] }],
    [{ status: 501 }, { dropped: [{ reason: 'rejected' }] }],
    [{ status: 505 }, { dropped: [{ reason: 'rejected' }] }],
    [{ status: 400 }, { dropped: [{ reason: 'invalid' }] }],
    [{ status: 401 }, { retry: { reason: 'auth' } }],
    [{ status: 403 }, { retry: { reason: 'auth' } }],
    [{ status: 404 }, { dropped: [{ reason: 'invalid' }] }],
    [{ status: 405 }, { dropped: [{ reason: 'invalid' }] }],
    [{ status: 415 }, { dropped: [{ reason: 'invalid' }] }],
    [{ status: 422 }, { dropped: [{ reason: 'invalid' }] }],
    [{ status: 413 }, { split: { reason: 'too_large' } }],
    [{ status: 400, body: 'request body exceeds maximum allowed size: limit' }, { split: { reason: 'too_large' } }],
    [{ status: 400, body: 'Payload Too Large' }, { split: { reason: 'too_large' } }],
  ] satisfies [Answer, object][])('%j means %j', async (answer, expected) => {
    const { outcomes } = await deliver({}, [answer]);
    expect(outcomes).toMatchObject([expected]);
  });

  test('that redirects is a problem that names the target, which is never contacted', async () => {
    const target = await receiver([{ status: 200 }]);
    const { outcomes, seen } = await deliver({}, [{ status: 302, headers: { location: `${target.url}/new` } }]);
    expect(outcomes[0]?.dropped?.[0]).toMatchObject({ reason: 'invalid', detail: expect.stringContaining(target.url) });
    expect([seen.length, target.seen.length]).toEqual([1, 0]);
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

  test.each([
    ['200', 202, { dropped: [{ reason: 'rejected' }] }],
    ['200, 202', 202, {}],
    ['200-299,304', 304, {}],
    ['2xx,4xx', 404, {}],
  ])('is a success by success_codes %s: %i', async (codes, status, expected) => {
    const { outcomes } = await deliver({ success_codes: codes }, [{ status }]);
    expect(outcomes).toMatchObject([expected]);
  });

  test('of an OTLP receiver tells what it rejected', async () => {
    const body = '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}';
    const answer = { status: 200, headers: { 'content-type': 'application/json' }, body };
    const { outcomes } = await deliver({ encoding: 'otlp_json' }, [answer]);
    expect(outcomes).toEqual([{ dropped: [{ items: 1, reason: 'rejected', detail: 'too old' }] }]);
  });

  test('says in its detail where and what, without path secret and query', async () => {
    const { outcomes } = await deliver({}, [{ status: 404, body: 'no_service' }]);
    const detail = outcomes[0]?.dropped?.[0]?.detail ?? '';
    expect(detail).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/in\?… answered 404: no_service \(/);
    expect(detail).not.toContain('x=1');
  });
});

describe('without an answer', () => {
  test('the request is retried', async () => {
    const instance = await exporter({ url: 'http://127.0.0.1:1/' });
    expect(await instance.send({ body: 'x', items: [0] }, options())).toMatchObject({ retry: { reason: 'network' } });
  });

  test('because the name leads to a refused address, nothing is sent and the items are dropped', async () => {
    const { url, seen } = await receiver([{ status: 200 }]);
    const instance = await exporter({ url: url.replace('127.0.0.1', 'localhost'), block_private: true });
    expect(await instance.send({ body: 'x', items: [0] }, options())).toMatchObject({
      dropped: [{ reason: 'invalid', detail: expect.stringContaining('private address') }],
    });
    expect(seen).toHaveLength(0);
  });
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
