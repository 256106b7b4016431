/** Netdata Cloud is asked about the space, by the health check and by a running exporter; nothing else goes there. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { HealthcheckResult } from '@telemetryflow/kernel';
import { type Backend, fakeClock, fakeNetdataStatsd, startBackend } from '@telemetryflow/testkit';
import netdata from '../src/index.ts';
import { SpaceWatch } from '../src/space-watch.ts';
import { encodeAll, instanceOf, metric, of, payloadsOf, resolved, SEND } from './setup.ts';

const SPACE = 'a0000000-0000-4000-8000-000000000001';
const TOKEN = 'cloud-s3cret';

/** The Cloud behind a proxy, which notes what hosts are wanted. */
let cloud: Backend;
let proxy: Server;
let agent: Awaited<ReturnType<typeof fakeNetdataStatsd>>;
const wanted: (string | undefined)[] = [];
let block: Record<string, unknown>;

beforeEach(async () => {
  cloud = await startBackend({ body: [{ id: SPACE, name: 'shop' }] }, { tls: true });
  agent = await fakeNetdataStatsd();
  proxy = createServer().on('connect', ({ url }, socket) => {
    wanted.push(url);
    const upstream = connect(cloud.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  block = {
    proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    tls_skip_verify: true,
    metrics_endpoint: `statsd://127.0.0.1:${agent.port}`,
  };
});
afterEach(async () => {
  wanted.length = 0;
  proxy.closeAllConnections();
  proxy.close();
  await Promise.all([cloud.close(), agent.close()]);
});

const BOTH = { api_token: TOKEN, space_id: SPACE };

const check = async (parts: object): Promise<HealthcheckResult | undefined> =>
  netdata.healthcheck?.((await resolved({ ...block, ...parts })).config, { signal: AbortSignal.timeout(10_000) });

describe('the health check', () => {
  test('asks the Cloud whether the token opens the space', async () => {
    expect(await check({ ...BOTH, endpoint: 'https://app.netdata.cloud' })).toMatchObject({
      ok: true,
      message: expect.stringContaining(`the space ${SPACE} is there`),
    });
    expect(cloud.requests.map(({ method, path, headers }) => [method, path, headers['authorization']])).toEqual([
      ['GET', '/api/v2/spaces', `Bearer ${TOKEN}`],
    ]);
    expect(wanted).toEqual(['app.netdata.cloud:443']);
  });

  test('goes to the host of today where the old one knows no spaces', async () => {
    cloud.script([{ status: 404 }, { body: [{ id: SPACE }] }]);
    expect(await check(BOTH)).toMatchObject({ ok: true });
    expect(wanted).toEqual(['api.netdata.cloud:443', 'app.netdata.cloud:443']);
  });

  test.each([
    [{ status: 401 }, /answered 401/],
    [{ body: [{ id: 'another' }] }, /does not open the space/],
  ])('is not well where the answer is %j, and tells no token', async (answer, message) => {
    cloud.script(answer);
    const result = await check(BOTH);
    expect(result).toMatchObject({ ok: false, message: expect.stringMatching(message) });
    expect(result?.message).not.toContain(TOKEN);
  });
});

test.each([
  ['neither token nor space', {}],
  ['a token alone', { api_token: TOKEN }],
  ['a space alone', { space_id: SPACE, api_token: '', verify_cloud: true }],
  ['verify_cloud: false', { ...BOTH, verify_cloud: false }],
])('with %s no request goes to the Cloud', async (_name, parts) => {
  expect(await check(parts)).toMatchObject({ ok: true });
  const { exporter } = await instanceOf({ ...block, ...parts });
  await exporter.start?.();
  const [payload] = payloadsOf(encodeAll(exporter, of(metric({}, { value: 1 }))));
  expect(await exporter.send(payload as never, SEND)).toEqual({});
  await exporter.stop?.();
  expect([wanted, cloud.accepted]).toEqual([[], 0]);
});

test('verify_cloud without what it needs is warned about', async () => {
  expect((await resolved({ verify_cloud: true })).warnings).toMatch(/not asked without api_token and space_id/);
});

test('a space that is not there costs no metric: the exporter says it, in the log and in its health', async () => {
  cloud.script({ body: [] });
  const { exporter, log, health, clock } = await instanceOf({ ...block, ...BOTH });
  await exporter.start?.();
  await health.changes(1);
  const [payload] = payloadsOf(encodeAll(exporter, of(metric({}, { value: 1 }))));
  expect(await exporter.send(payload as never, SEND)).toEqual({});
  await agent.received(1);
  expect(health.said.at(-1)).toMatch(/does not confirm the space: the token does not open the space/);
  expect(log.filter((line) => line.includes('does not confirm the space'))).toHaveLength(1);

  cloud.script({ body: [{ id: SPACE }] });
  await clock.advance(600_000);
  await health.changes(3);
  expect(health.said.at(-1)).toBe('ok');
  await exporter.stop?.();
});

describe('what the Cloud says', () => {
  const watch = (...answers: readonly HealthcheckResult[]) => {
    const said: string[] = [];
    const clock = fakeClock();
    const silent = (): void => undefined;
    const left = [...answers];
    const watched = new SpaceWatch(
      {
        clock,
        logger: { error: silent, warn: silent, info: silent, debug: silent },
        signal: new AbortController().signal,
        status: { ok: () => said.push('ok'), recoverable: (text) => said.push(text), permanent: silent },
      },
      1000,
      async () => left.shift() ?? { ok: true, message: '' },
    );
    watched.start();
    return { watched, clock, said };
  };
  const away = { ok: false, message: 'away' };

  test('is said again before every request, since an Agent that takes data makes the health good', async () => {
    const { watched, clock, said } = watch(away);
    await clock.advance(0);
    watched.answered({});
    watched.show();
    expect(said).toEqual([expect.stringContaining('away'), expect.stringContaining('away')]);
    await watched.stop();
  });

  test('does not cover the troubles of the Agent, nor end them', async () => {
    const { watched, clock, said } = watch({ ok: true, message: '' }, away);
    watched.answered({ retry: { items: 'all', reason: 'network' } });
    await clock.advance(600_000);
    watched.show();
    await clock.advance(600_000);
    expect(said).toEqual([]);
    watched.answered({});
    watched.show();
    expect(said).toEqual([]);
    await watched.stop();
  });

  test('is asked no more after the stop', async () => {
    const { watched, clock, said } = watch({ ok: true, message: '' }, away);
    await clock.advance(0);
    await watched.stop();
    await clock.advance(1_200_000);
    expect(said).toEqual([]);
  });
});
