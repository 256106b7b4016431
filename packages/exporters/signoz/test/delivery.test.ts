/** The exporter in a pipeline, before a strict SigNoz. */
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  configureExporter,
  corpus,
  type FakeSignoz,
  fakeSignoz,
  itemIds,
  logs,
  metrics,
  type SignozRules,
  spans,
  throughPipeline,
} from '@telemetryflow/testkit';
import signoz from '../src/index.ts';

let server: FakeSignoz | undefined;
afterEach(() => server?.close());

async function start(rules: SignozRules = {}): Promise<FakeSignoz> {
  server = await fakeSignoz(rules);
  return server;
}

describe.each(['traces', 'metrics', 'logs'] as const)('%s with every pair of properties', (signal) => {
  test.each(['proto', 'json'])(
    'arrive or are counted as dropped, and none is skipped in silence, as %s',
    async (encoding) => {
      const at = await start({ key: 'K' });
      const records = corpus()[signal];
      const block = { endpoint: at.url, access_token: 'K', encoding, exponential_histograms: 'convert', max_age: '0s' };
      const report = await throughPipeline(signoz, block, signal, [...records]);
      const ids = itemIds(records);
      expect(report.delivered + report.dropped).toBe(ids.length);
      expect(report.reasons.unsupported ?? 0).toBe(report.dropped);
      expect(at.items[signal]).toHaveLength(report.delivered);
      expect(new Set(at.items[signal]).size).toBe(report.delivered);
      expect(at.skipped).toEqual([]);
      expect(report.dropped).toBeLessThan(10);
    },
  );
});

describe('a request', () => {
  test('carries the key as signoz-ingestion-key, protobuf and gzip (golden 1)', async () => {
    const at = await start({ key: 'K' });
    const block = { endpoint: at.url, access_token: 'K', max_age: '0s' };
    expect(await throughPipeline(signoz, block, 'logs', logs(50))).toMatchObject({ delivered: 50 });
    const [request] = at.requests;
    expect(request).toMatchObject({
      path: '/v1/logs',
      headers: {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'gzip',
        'signoz-ingestion-key': 'K',
      },
    });
    expect(request?.headers['signoz-access-token']).toBeUndefined();
  });

  test('goes to the endpoint of its signal as it stands, without key where there is none (golden 2 and 3)', async () => {
    const at = await start();
    const block = { endpoint: `${at.url}/`, traces_endpoint: `${at.url}/x`, access_token: '', max_age: '0s' };
    await throughPipeline(signoz, block, 'metrics', metrics(5));
    await throughPipeline(signoz, block, 'traces', spans(5));
    expect(at.requests.map(({ path }) => path)).toEqual(['/v1/metrics', '/x']);
    expect(at.requests[0]?.headers).not.toHaveProperty('signoz-ingestion-key');
  });

  test('carries the key under another header where the gateway wants it', async () => {
    const header = 'signoz-access-token';
    const at = await start({ key: 'K', header });
    const block = { endpoint: at.url, access_token: 'K', auth_header: header, max_age: '0s' };
    expect(await throughPipeline(signoz, block, 'logs', logs(3))).toMatchObject({ delivered: 3 });
  });
});

test('the health check sends an empty request with the key', async () => {
  const at = await start({ key: 'right-key' });
  const check = async (access_token: string) => {
    const { config } = await configureExporter(signoz, { endpoint: at.url, access_token });
    return signoz.healthcheck?.(config, { signal: AbortSignal.timeout(20_000) });
  };
  expect(await check('right-key')).toMatchObject({ ok: true });
  expect(await check('wrong-key')).toMatchObject({ ok: false, message: expect.stringContaining('401') });
  expect(at.items).toEqual({ traces: [], metrics: [], logs: [] });
});
