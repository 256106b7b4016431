/** The exporter in a pipeline, before receivers that remember, refuse and lose their patience. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Pipeline } from '@telemetryflow/kernel';
import type { AttributeValue } from '@telemetryflow/otlp';
import {
  type Backend,
  corpus,
  type FakeWebhook,
  fakeWebhook,
  itemIds,
  logs,
  plantedRecords,
  resolveText,
  startBackend,
  startPipeline,
  throughPipeline,
  type WebhookRules,
} from '@telemetryflow/testkit';
import webhook, { type WebhookConfig } from '../src/index.ts';

const SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function fake(rules: WebhookRules): Promise<FakeWebhook> {
  const made = await fakeWebhook(rules);
  closing.push(() => made.close());
  return made;
}

/** Answers the statuses one after the other, then 200. */
async function hook(...statuses: number[]): Promise<Backend> {
  const made = await startBackend([...statuses, 200].map((status) => ({ status })));
  closing.push(() => made.close());
  return made;
}

function books(pipeline: Pipeline, id: string): { delivered: number; dropped: object } {
  const { delivered, dropped } = pipeline.ledger().exporters[id]?.logs ?? { delivered: 0, dropped: {} };
  return { delivered, dropped };
}

describe.each(['traces', 'metrics', 'logs'] as const)('%s with every pair of properties arrive', (signal) => {
  test.each(['json', 'otlp_json', 'otlp_proto', 'ndjson', 'json_array', 'cloudevents'] as const)(
    'in %s, signed, every item once',
    async (encoding) => {
      const receiver = await fake({ encoding, signal, secret: SECRET });
      const records = corpus()[signal];
      const block = { url: receiver.url, encoding, secret: SECRET, traces: true, max_request_bytes: '20KiB' };
      const ids = itemIds(records);
      expect(await throughPipeline(webhook, block, signal, [...records])).toMatchObject({
        delivered: ids.length,
        dropped: 0,
      });
      expect(receiver.items.map(({ id }) => id).sort()).toEqual([...ids].sort());
      expect(receiver.requests.length).toBeGreaterThan(1);
    },
  );
});

test('flat records hold the values, as far as JSON has them', async () => {
  const receiver = await fake({ encoding: 'ndjson' });
  const records = corpus().logs;
  await throughPipeline(webhook, { url: receiver.url, encoding: 'ndjson' }, 'logs', [...records]);
  const byId = new Map(receiver.items.map(({ id, record }) => [id, record]));
  for (const { attributes, body } of records) {
    if (!isPlain(body)) continue;
    const value = typeof body === 'string' ? body.toWellFormed() : body;
    expect(byId.get(String(attributes['item.id']))).toMatchObject({ body: value, attributes: { value } });
  }
});

/** What JSON carries as it is. */
function isPlain(value: AttributeValue): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || (Number.isFinite(value) && !Object.is(value, -0));
}

test('what telemetry says stays inside of its JSON, and its events have sources that are URIs', async () => {
  for (const encoding of ['json_array', 'cloudevents'] as const) {
    const receiver = await fake({ encoding });
    const planted = plantedRecords('logs');
    const report = await throughPipeline(webhook, { url: receiver.url, encoding }, 'logs', planted);
    expect(report).toMatchObject({ delivered: planted.length });
    for (const [i, { record }] of receiver.items.entries()) {
      const text = planted[i]?.body;
      expect(record).toMatchObject({ body: text, event_name: text, resource: { 'service.name': text } });
    }
  }
});

test('a chat gets one message of escaped lines', async () => {
  const receiver = await fake({ encoding: 'slack' });
  const block = { url: receiver.url, encoding: 'slack', min_severity: 'trace' };
  const records = logs(60);
  expect(await throughPipeline(webhook, block, 'logs', records)).toMatchObject({ delivered: 60, dropped: 0 });
  expect(receiver.requests).toHaveLength(1);
  expect(receiver.items.at(-1)?.record).toMatchObject({ line: expect.stringMatching(/^\.\.\. and \d+ more$/) });
});

test('each endpoint has a delivery of its own: a failing one does not hold up the others', async () => {
  const good = await hook();
  const bad = await hook(400);
  const endpoints = [
    { name: 'good', url: good.url },
    { name: 'bad', url: bad.url, encoding: 'ndjson' },
  ];
  const { pipeline, consume } = await startPipeline(webhook, { endpoints });
  await consume('logs', logs(2));
  await pipeline.shutdown();
  expect(books(pipeline, 'webhook/good')).toEqual({ delivered: 2, dropped: {} });
  expect(books(pipeline, 'webhook/bad')).toEqual({ delivered: 0, dropped: { invalid: 2 } });
});

test('a request is repeated under its own id, and given up after retry_attempts', async () => {
  const receiver = await hook(503, 503, 503);
  const block = { url: receiver.url, retry_attempts: 2, retry_delay: '10ms', retry: { jitter: 0 } };
  const { pipeline, consume } = await startPipeline(webhook, block);
  await consume('logs', logs(1));
  await receiver.received(3);
  await pipeline.shutdown();
  expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(receiver.requests).toHaveLength(3);
  expect(books(pipeline, 'webhook')).toEqual({ delivered: 0, dropped: { unavailable: 1 } });
});

test('a request too large for the receiver is cut, and every part has an id of its own', async () => {
  const receiver = await hook(413);
  expect(await throughPipeline(webhook, { url: receiver.url }, 'logs', logs(2))).toMatchObject({ delivered: 2 });
  const counts = receiver.requests.map((request) => (request.json() as { count: number }).count);
  expect(counts).toEqual([2, 1, 1]);
  expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(3);
});

describe('the block of the specification', () => {
  const text = `
integrations:
  webhook:
    enabled: true
    endpoints:
      - name: "custom-webhook"
        url: "https://example.com/webhook"
        method: POST
        headers:
          Authorization: "Bearer \${WEBHOOK_TOKEN}"
        encoding: json
        batch_size: 100
        timeout: 30s
        retry_attempts: 3
        metrics: true
        logs: true
        traces: false
`;
  const resolve = (env: Record<string, string>) => resolveText(webhook, text, env);

  test('is taken verbatim', async () => {
    const { config, warnings } = await resolve({ WEBHOOK_TOKEN: 't0ken' });
    expect(warnings).toEqual([]);
    const endpoint = config.exporters.get('webhook/custom-webhook')?.config as WebhookConfig;
    expect(endpoint).toMatchObject({ url: 'https://example.com/webhook', batch_size: 100, timeout: 30_000 });
    expect(endpoint.headers?.['Authorization']?.reveal()).toBe('Bearer t0ken');
    expect(endpoint.retry.max_attempts).toBe(4);
    expect(config.pipelines.map(({ signal }) => signal).sort()).toEqual(['logs', 'metrics']);
  });

  test('names file, line and variable when the token is not set, and the header when it is empty', async () => {
    await expect(resolve({})).rejects.toThrow(/telemetry\.yaml:10:\d+.*WEBHOOK_TOKEN/);
    await expect(resolve({ WEBHOOK_TOKEN: '' })).rejects.toThrow(/telemetry\.yaml:10:\d+.*Authorization/);
  });
});
