/** The exporter in a pipeline, before a strict Loki. */
import { afterEach, describe, expect, test } from '@jest/globals';
import loki from '@telemetryflow/exporter-loki';
import type { LogRecord } from '@telemetryflow/otlp';
import {
  configureExporter,
  corpus,
  type FakeLoki,
  fakeClock,
  fakeLoki,
  fakeOtlp,
  hrTime,
  itemIds,
  type LokiRules,
  logs,
  plantedRecords,
  throughPipeline,
} from '@telemetryflow/testkit';

let server: FakeLoki | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(rules: LokiRules = {}): Promise<FakeLoki> {
  server = await fakeLoki(rules);
  return server;
}

const send = (block: Readonly<Record<string, unknown>>, records: Parameters<typeof throughPipeline<'logs'>>[3]) =>
  throughPipeline(loki, block, 'logs', records, { clock: fakeClock() });

describe('every pair of properties arrives with its line and its value', () => {
  test.each(['protobuf', 'json'])('in %s', async (encoding) => {
    const at = await start();
    const { logs: records } = corpus();
    const report = await send({ endpoint: at.url, encoding, labels: { job: 'x' } }, [...records]);
    expect(report).toMatchObject({ delivered: records.length, dropped: 0, pending: 0 });
    const byId = new Map(at.stored.map((entry) => [Object.fromEntries(entry.metadata)['item_id'], entry]));
    expect(byId.size).toBe(records.length);
    for (const { attributes, body, hrTime } of records) {
      const entry = byId.get(String(attributes['item.id']));
      expect(entry).toMatchObject({ labels: { job: 'x', service_name: 'shop' } });
      expect(entry?.time).toBe(BigInt(hrTime[0]) * 1_000_000_000n + BigInt(hrTime[1]));
      if (typeof body === 'string' && body !== '') expect(entry?.line).toBe(body.toWellFormed());
      if (typeof body === 'boolean') expect(entry?.line).toBe(String(body));
    }
  });

  test('as OTLP, every item once', async () => {
    const otlp = await fakeOtlp();
    const { logs: records } = corpus();
    expect(await send({ endpoint: `${otlp.url}/otlp` }, [...records])).toMatchObject({ delivered: records.length });
    expect([...otlp.items.logs].sort()).toEqual(itemIds(records).sort());
    await otlp.close();
  });
});

test('what telemetry says is data: labels and lines hold it as it is', async () => {
  const at = await start();
  const planted = plantedRecords('logs');
  const report = await send({ endpoint: at.url, label_attributes: ['host.name', 'service.name'] }, planted);
  expect(report).toMatchObject({ delivered: planted.length, dropped: 0 });
  const lines = planted.map(({ body }) => body);
  expect(at.stored.map(({ line }) => line).sort()).toEqual([...lines].sort());
  for (const { labels, line } of at.stored) expect(labels).toMatchObject({ host_name: line, service_name: line });
});

test.each<[string, Record<string, unknown>, string | undefined]>([
  ['of user and password', { username: '4711', password: 'p' }, `Basic ${Buffer.from('4711:p').toString('base64')}`],
  ['of the bearer token', { bearer_token: 't' }, 'Bearer t'],
  ['of nobody', {}, undefined],
])('the credentials are those %s', async (_name, block, authorization) => {
  const at = await start();
  for (const protocol of ['push', 'otlp']) {
    at.script({ status: 204 });
    await send({ endpoint: at.url, protocol, ...block }, logs(1, { variety: 'plain' }));
    expect(at.requests.at(-1)?.headers.authorization).toBe(authorization);
  }
});

test.each<[string, Record<string, unknown>, string | undefined]>([
  ['of the option', { tenant_id: 'shop' }, 'shop'],
  ['of nobody, where the option is empty', { tenant_id: '' }, undefined],
  ['of a configured header, which wins', { tenant_id: 'shop', headers: { 'X-Scope-OrgID': 'mine' } }, 'mine'],
])('the tenant is that %s', async (_name, block, tenant) => {
  const at = await start();
  await send({ endpoint: at.url, ...block }, logs(1, { variety: 'plain' }));
  expect(at.requests[0]?.headers['x-scope-orgid']).toBe(tenant);
});

test.each<[string, string, string, string | undefined]>([
  ['protobuf', 'application/x-protobuf', 'push', undefined],
  ['json', 'application/json', 'push', 'gzip'],
  ['protobuf', 'application/x-protobuf', 'otlp', 'gzip'],
  ['json', 'application/json', 'otlp', 'gzip'],
])(
  'bodies in %s are %s, exactly, to the %s API, and compressed as it takes them',
  async (encoding, type, protocol, compressed) => {
    const at = await start();
    at.script({ status: 204 });
    await send({ endpoint: at.url, encoding, protocol }, logs(20, { variety: 'plain' }));
    expect(at.requests[0]?.headers).toMatchObject({ 'content-type': type });
    expect(at.requests[0]?.headers['content-encoding']).toBe(compressed);
  },
);

test('a time that no 64 bits hold costs its own entry, not the push', async () => {
  const at = await start();
  const records = logs(20, { variety: 'plain' });
  const odd = { ...(records[7] as LogRecord), hrTime: [18_446_744_073, 0] as const };
  const report = await send({ endpoint: at.url, encoding: 'json' }, records.with(7, odd));
  expect(report).toMatchObject({ delivered: 19, dropped: 1, reasons: { invalid: 1 } });
  expect(at.stored.length).toBeGreaterThanOrEqual(19);
});

test('an entry from before the first period of the server costs itself alone', async () => {
  const at = await start({ rejectOldSamples: false });
  const records = logs(20, { variety: 'plain' });
  const old = { ...(records[7] as LogRecord), hrTime: hrTime(Date.UTC(2017, 6, 14)) };
  const report = await send({ endpoint: at.url, max_age: '0s' }, records.with(7, old));
  expect(report).toMatchObject({ delivered: 19, dropped: 1, reasons: { too_old: 1 } });
});

test('a server without structured metadata gets it in the line, and loses nothing', async () => {
  const at = await start({ structuredMetadata: false });
  const records = logs(10, { variety: 'plain' });
  expect(await send({ endpoint: at.url }, records)).toMatchObject({ delivered: 10, dropped: 0 });
  expect(at.stored.every(({ line }) => /item_id="?item-\d+"?/.test(line))).toBe(true);
});

test('an entry that is too old for the server costs itself, not those around it', async () => {
  const at = await start({ now: () => fakeClock().now() + 8 * 24 * 3_600_000 });
  const records = logs(10, { variety: 'plain' });
  expect(await send({ endpoint: at.url, max_age: '0s' }, records)).toMatchObject({
    delivered: 0,
    reasons: { too_old: 10 },
  });
});

test('the health check asks whether Loki is ready, with the credentials', async () => {
  const at = await start();
  const { config } = await configureExporter(loki, { endpoint: at.url, username: 'u', password: 'p' });
  const check = () => loki.healthcheck?.(config, { signal: AbortSignal.timeout(20_000) });
  at.script({ status: 200, body: 'ready' });
  expect(await check()).toMatchObject({ ok: true });
  const authorization = `Basic ${Buffer.from('u:p').toString('base64')}`;
  expect(at.requests.at(-1)).toMatchObject({ method: 'GET', path: '/ready', headers: { authorization } });
  at.script({ status: 503, body: 'Ingester not ready: waiting for 15s after being ready' });
  expect(await check()).toMatchObject({ ok: false, message: expect.stringContaining('Ingester not ready') });
});
