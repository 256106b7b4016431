import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createPipeline, type Logger, type Pipeline, type PluginLookup, resolveConfig } from '@telemetryflow/kernel';
import webhook, { type WebhookConfig } from '../src/index.ts';
import { log } from './fixtures.ts';

const silent = (): void => {};
const quiet: Logger = { error: silent, warn: silent, info: silent, debug: silent };
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Hook {
  readonly url: string;
  readonly bodies: string[];
  readonly ids: unknown[];
}

/** Answers the statuses one after the other, then 200. */
async function hook(...statuses: number[]): Promise<Hook> {
  const bodies: string[] = [];
  const ids: unknown[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      ids.push(request.headers['webhook-id']);
      bodies.push(body);
      response.writeHead(statuses[bodies.length - 1] ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`, bodies, ids };
}

async function start(block: object): Promise<Pipeline> {
  const pipeline = await createPipeline({ exporters: { webhook: block } }, { plugins: [webhook], logger: quiet });
  closing.push(() => pipeline.shutdown({ timeoutMs: 1000 }));
  await pipeline.start();
  return pipeline;
}

function books(pipeline: Pipeline, id: string): { delivered: number; dropped: object; sum: number; entered: number } {
  const ledger = pipeline.ledger().exporters[id]?.logs;
  if (ledger === undefined) throw new Error(`no ledger of ${id}`);
  const { entered, queued, inFlight, delivered, dropped } = ledger;
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  return { delivered, dropped, entered, sum: queued + inFlight + delivered + lost };
}

describe('a pipeline with a webhook', () => {
  test('delivers an OpenTelemetry JS log record', async () => {
    const { url, bodies } = await hook();
    const pipeline = await start({ url, flush_interval: '100ms' });
    await pipeline.consume({ signal: 'logs', records: [log({ body: 'needle' })] });
    const report = await pipeline.forceFlush();
    expect(report).toMatchObject({ delivered: 1, pending: 0, dropped: 0 });
    expect(bodies).toHaveLength(1);
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
      type: 'logs',
      count: 1,
      data: { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'needle' } }] }] }] },
    });
  });

  test('gives each endpoint its own delivery: a failing one does not hold up the others', async () => {
    const good = await hook();
    const bad = await hook(400);
    const pipeline = await start({
      endpoints: [
        { name: 'good', url: good.url },
        { name: 'bad', url: bad.url, encoding: 'ndjson' },
      ],
    });
    await pipeline.consume({ signal: 'logs', records: [log(), log()] });
    await pipeline.forceFlush();
    expect(books(pipeline, 'webhook/good')).toEqual({ delivered: 2, dropped: {}, entered: 2, sum: 2 });
    expect(books(pipeline, 'webhook/bad')).toEqual({ delivered: 0, dropped: { invalid: 2 }, entered: 2, sum: 2 });
  });

  test('repeats a request under its own id, and gives up after retry_attempts', async () => {
    const { url, bodies, ids } = await hook(503, 503, 503);
    const pipeline = await start({ url, retry_attempts: 2, retry_delay: '10ms', retry: { jitter: 0 } });
    await pipeline.consume({ signal: 'logs', records: [log()] });
    await pipeline.forceFlush();
    await new Promise<void>((resolve) => {
      const wait = (): unknown => (bodies.length < 3 ? setTimeout(wait, 5) : resolve());
      wait();
    });
    await pipeline.shutdown();
    expect(new Set(ids).size).toBe(1);
    expect(bodies).toHaveLength(3);
    expect(books(pipeline, 'webhook')).toEqual({ delivered: 0, dropped: { unavailable: 1 }, entered: 1, sum: 1 });
  });

  test('cuts a request that is too large for the receiver, and every part has an id of its own', async () => {
    const { url, bodies, ids } = await hook(413);
    const pipeline = await start({ url });
    await pipeline.consume({ signal: 'logs', records: [log({ body: 'a' }), log({ body: 'b' })] });
    await pipeline.forceFlush();
    await pipeline.shutdown();
    expect(bodies.map((body) => (JSON.parse(body) as { count: number }).count)).toEqual([2, 1, 1]);
    expect(new Set(ids).size).toBe(3);
    expect(books(pipeline, 'webhook')).toEqual({ delivered: 2, dropped: {}, entered: 2, sum: 2 });
  });
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
  const plugins: PluginLookup = { find: async () => webhook, known: () => ['webhook'] };
  const resolve = (env: Record<string, string>) => resolveConfig([{ name: 'spec.yaml', text }], { plugins, env });

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
    await expect(resolve({})).rejects.toThrow(/spec\.yaml:10:\d+.*WEBHOOK_TOKEN/);
    await expect(resolve({ WEBHOOK_TOKEN: '' })).rejects.toThrow(/spec\.yaml:10:\d+.*Authorization/);
  });
});
