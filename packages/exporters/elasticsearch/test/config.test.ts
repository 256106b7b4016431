import { describe, expect, test } from '@jest/globals';
import elasticsearch, { type ElasticsearchConfig } from '@telemetryflow/exporter-elasticsearch';
import { fakeElasticsearch, resolveText } from '@telemetryflow/testkit';
import { authorization, cloudUrl, nodesOf, otlpUrlOf } from '../src/cluster.ts';
import { indexPattern } from '../src/config.ts';
import { dataStreamOf } from '../src/data-stream.ts';
import { IndexNamer } from '../src/index-name.ts';
import { configOf } from './setup.ts';

const NODE = 'http://es:9200';
const MANAGED = 'https://shop-1a2b3c.ingest.eu-west-1.aws.elastic.cloud:443';

async function problemsOf(block: Readonly<Record<string, unknown>>): Promise<string> {
  return configOf({ endpoints: [NODE], ...block }).then(
    () => '',
    (error: Error) => error.message,
  );
}

describe('configuration', () => {
  test('takes the block of the specification as it is', async () => {
    const text = `integrations:
  elasticsearch:
    enabled: true
    endpoints:
      - "https://elasticsearch:9200"
    index: "telemetryflow-%Y.%m.%d"
    # username: "\${ES_USERNAME}"
    # password: "\${ES_PASSWORD}"
    # api_key: "\${ES_API_KEY}"
    batch_size: 100
    flush_interval: 10s
    metrics: true
    logs: true
`;
    const { config, warnings } = await resolveText(elasticsearch, text);
    expect(warnings).toEqual([]);
    expect(config.exporters.get('elasticsearch')?.config).toMatchObject({
      endpoints: ['https://elasticsearch:9200'],
      index: 'telemetryflow-%Y.%m.%d',
      batch_size: 100,
      flush_interval: 10_000,
      flush_bytes: 5_000_000,
      timeout: 30_000,
      max_response_bytes: 16 * 1024 * 1024,
      protocol: 'bulk',
      mapping: 'otel',
      template: 'auto',
      document_id: 'auto',
    });
    expect(config.pipelines.map(({ signal }) => signal).sort()).toEqual(['logs', 'metrics']);
  });

  test('takes one node as text, and the older names of endpoints', async () => {
    for (const key of ['endpoints', 'endpoint', 'addresses']) {
      expect(nodesOf(await configOf({ [key]: 'https://h:9200/prefix/' }))).toEqual(['https://h:9200/prefix']);
    }
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['no node', { endpoints: [] }, /no node is named/],
    ['nodes and a Cloud ID', { cloud_id: 'x:eA==' }, /both endpoints and cloud_id/],
    ['a Cloud ID that is none', { endpoints: [], cloud_id: 'nonsense' }, /no Cloud ID/],
    ['a user without password', { username: 'u' }, /without a password/],
    ['a password without user', { password: 'p' }, /without a username/],
    ['two ways to authenticate', { username: 'u', password: 'p', api_key: 'k' }, /keep one way/],
    ['a reserved header', { headers: { 'Content-Type': 'x' } }, /sets the header Content-Type itself/],
    ['an upper-case index', { index: 'Logs' }, /upper-case/],
    ['an index with a path', { logs_index: '../x' }, /no name for an index/],
    ['an index that begins with a dash', { index: '-x' }, /begins with/],
    ['an unknown part of a date', { index: 'x-%Q' }, /%Q is no part of a date/],
    ['zstd', { compression: 'zstd' }, /takes no zstd/],
    ['requests over the limit of servers', { flush_bytes: '200MiB' }, /100 MB at most/],
    ['requests that hold nothing', { flush_bytes: '10' }, /1 KiB at least/],
    ['a pipeline that is a path', { pipeline: '../_bulk' }, /no name of an ingest pipeline/],
    ['an unknown key', { indx: 'x' }, /index/],
    ['an unknown protocol', { protocol: 'grpc' }, /protocol/],
    ['bulk requests to the managed endpoint', { endpoints: [MANAGED] }, /has no bulk API/],
    [
      'a password for the managed endpoint',
      { endpoints: [MANAGED], protocol: 'otlp', username: 'u', password: 'p' },
      /takes API keys only/,
    ],
  ])('refuses %s', async (_name, block, message) => {
    expect(await problemsOf(block)).toMatch(message);
  });

  test('never prints a secret', async () => {
    const message = await problemsOf({ password: 'geheim', api_key: 'geheim2', bearer_token: 'geheim3' });
    expect(message).not.toBe('');
    expect(message).not.toContain('geheim');
  });
});

describe('over OTLP', () => {
  async function warningsOf(block: string): Promise<readonly string[]> {
    const { warnings } = await resolveText(elasticsearch, `exporters:\n  elasticsearch: ${block}\n`);
    return warnings.map((warning) => (typeof warning === 'string' ? warning : JSON.stringify(warning)));
  }

  test('options that only the bulk API has are a warning, each', async () => {
    const plain = `{ endpoints: ["${NODE}"], protocol: otlp, data_stream: {}, temporality: delta, flush_bytes: 1MiB }`;
    expect(await warningsOf(plain)).toEqual([]);
    const options = {
      index: 'logs-x',
      metrics_index: 'm',
      logs_index: 'l',
      traces_index: 't',
      pipeline: 'p',
      index_date_window: '1h',
      mapping: 'ecs',
      template: 'off',
      document_id: 'none',
    };
    for (const [name, value] of Object.entries(options)) {
      const warnings = await warningsOf(`{ endpoints: ["${NODE}"], protocol: otlp, ${name}: ${value} }`);
      expect([name, warnings]).toEqual([
        name,
        [expect.stringMatching(new RegExp(`${name}\\b.*no effect over OTLP`, 's'))],
      ]);
    }
  });

  test('the managed endpoint is said to drop cumulative histograms', async () => {
    const block = `endpoints: ["${MANAGED}"], protocol: otlp, api_key: k`;
    expect(await warningsOf(`{ ${block} }`)).toEqual([expect.stringContaining('drops cumulative histograms')]);
    expect(await warningsOf(`{ ${block}, temporality: delta }`)).toEqual([]);
    expect(await warningsOf(`{ ${block}, metrics: false }`)).toEqual([]);
  });

  test.each([
    ['http://es:9200', 'http://es:9200/_otlp/v1/logs'],
    ['https://es/prefix', 'https://es/prefix/_otlp/v1/logs'],
    ['https://es:9200/_otlp', 'https://es:9200/_otlp/v1/logs'],
    ['https://es:9200/_otlp/v1/metrics', 'https://es:9200/_otlp/v1/logs'],
    [
      'https://shop-1a2b3c.ingest.eu-west-1.aws.elastic.cloud',
      'https://shop-1a2b3c.ingest.eu-west-1.aws.elastic.cloud/v1/logs',
    ],
    [
      'https://x.ingest.us-central1.gcp.elastic.cloud/v1/traces',
      'https://x.ingest.us-central1.gcp.elastic.cloud/v1/logs',
    ],
    ['https://x.es.eu-west-1.aws.elastic.cloud', 'https://x.es.eu-west-1.aws.elastic.cloud/_otlp/v1/logs'],
    ['https://x.ingest.eu.aws.elastic.cloud.evil.org', 'https://x.ingest.eu.aws.elastic.cloud.evil.org/_otlp/v1/logs'],
  ])('logs for %s go to %s', (node, url) => {
    expect(otlpUrlOf(node, 'logs')).toBe(url);
  });
});

describe('credentials', () => {
  test.each<[Record<string, unknown>, string | undefined]>([
    [{ api_key: 'id1:key1' }, 'ApiKey aWQxOmtleTE='],
    [{ api_key: 'aWQxOmtleTE=' }, 'ApiKey aWQxOmtleTE='],
    [{ username: 'elastic', password: 'changeme' }, 'Basic ZWxhc3RpYzpjaGFuZ2VtZQ=='],
    [{ bearer_token: 't' }, 'Bearer t'],
    [{ endpoints: ['http://elastic:changeme@h:9200'] }, 'Basic ZWxhc3RpYzpjaGFuZ2VtZQ=='],
    [{ endpoints: ['http://elastic:100%@h:9200'] }, `Basic ${Buffer.from('elastic:100%').toString('base64')}`],
    [{}, undefined],
  ])('of %j become %s', async (block, expected) => {
    const config = await configOf({ endpoints: [NODE], ...block });
    expect(authorization(config)['authorization']).toBe(expected);
    expect(nodesOf(config).join()).not.toContain('changeme');
  });

  test('of a Cloud ID are those of the configuration, its host is in it', () => {
    const id = `x:${Buffer.from('eu-1.aws.found.io$abc123$def').toString('base64')}`;
    expect(cloudUrl(id)).toBe('https://abc123.eu-1.aws.found.io:443');
    expect(cloudUrl(`x:${Buffer.from('h.io:9243$abc$').toString('base64')}`)).toBe('https://abc.h.io:9243');
    expect(cloudUrl(`x:${Buffer.from('h.io/../evil$abc$').toString('base64')}`)).toBeUndefined();
  });
});

describe('indices', () => {
  const TIME = 1_700_000_000;

  test.each([
    ['telemetryflow-%Y.%m.%d', TIME, 'telemetryflow-2023.11.14'],
    ['x-%y%m%d%H', TIME, 'x-23111422'],
    ['x-%j', TIME, 'x-318'],
    ['x-%G.%V', TIME, 'x-2023.46'],
    // The first of January 2021 lies in the last week of 2020, the 30th of December 2024 in the first of 2025.
    ['x-%G.%V', Date.UTC(2021, 0, 1) / 1000, 'x-2020.53'],
    ['x-%G.%V', Date.UTC(2024, 11, 30) / 1000, 'x-2025.01'],
    ['100%%', TIME, '100%'],
    ['plain', TIME, 'plain'],
    ['x-%Y.%m.%d', -1, 'x-1970.01.01'],
    ['x-%Y.%m.%d', Number.NaN, 'x-1970.01.01'],
    ['x-%Y.%m.%d', 1e15, 'x-9999.12.31'],
  ])('%s at %d is %s', (pattern, seconds, name) => {
    expect(new IndexNamer(pattern).at(seconds)).toBe(name);
  });

  test('are per signal first, then data streams, then the common one', async () => {
    const config = await configOf({ endpoints: [NODE], logs_index: 'own', data_stream: {} });
    expect(indexPattern(config, 'logs')).toBe('own');
    expect(indexPattern(config, 'metrics')).toBeUndefined();
    expect(indexPattern(await configOf({ endpoints: [NODE] }), 'metrics')).toBe('telemetryflow-%Y.%m.%d');
  });

  test.each<[Partial<ElasticsearchConfig>, string]>([
    [{ data_stream: { dataset: 'generic', namespace: 'default' } }, 'logs-generic.otel-default'],
    [{ data_stream: { dataset: 'My App/x-y', namespace: 'a-b c' } }, 'logs-my_app_x_y.otel-a-b_c'],
    [{ data_stream: { dataset: 'app.otel', namespace: 'd' } }, 'logs-app.otel-d'],
    [{ data_stream: { dataset: '../\r\n', namespace: '*' } }, 'logs-..___.otel-_'],
    [{ data_stream: { dataset: 'ä'.repeat(80), namespace: 'd' } }, `logs-${'ä'.repeat(47)}.otel-d`],
    [{ data_stream: { dataset: 'x', namespace: 'd' }, mapping: 'ecs' }, 'logs-x-d'],
  ])('data stream of %j', (parts, name) => {
    expect(dataStreamOf({ mapping: 'otel', ...parts } as ElasticsearchConfig, 'logs').name).toBe(name);
  });
});

describe('the health check over OTLP', () => {
  const check = async (url: string, block: object = {}) =>
    elasticsearch.healthcheck?.(await configOf({ endpoints: [url], protocol: 'otlp', ...block }), {
      signal: new AbortController().signal,
    });

  test('asks for every signal that is on, and names the version that one needs', async () => {
    const newest = await fakeElasticsearch({ version: '9.5.0' });
    const metricsOnly = await fakeElasticsearch({ version: '9.2.0' });
    const secured = await fakeElasticsearch({ version: '9.5.0', authorization: 'ApiKey aWQxOmtleTE=' });
    try {
      expect(await check(newest.url, { traces: true })).toMatchObject({ ok: true });
      expect(newest.requests.map(({ path }) => path)).toEqual([
        '/_otlp/v1/metrics',
        '/_otlp/v1/logs',
        '/_otlp/v1/traces',
      ]);
      expect(await check(metricsOnly.url, { logs: false })).toMatchObject({ ok: true });
      expect(await check(metricsOnly.url)).toEqual({
        ok: false,
        message: expect.stringMatching(/logs and traces from 9\.5/),
      });
      expect(await check(secured.url)).toEqual({ ok: false, message: expect.stringContaining('401') });
      expect(await check(secured.url, { api_key: 'id1:key1' })).toMatchObject({ ok: true });
    } finally {
      for (const server of [newest, metricsOnly, secured]) await server.close();
    }
    expect(await check(newest.url)).toMatchObject({ ok: false });
  });
});

describe('the health check', () => {
  const check = async (url: string, block: object = {}) =>
    elasticsearch.healthcheck?.(await configOf({ endpoints: [url], ...block }), {
      signal: new AbortController().signal,
    });

  test('names product and version, survives a server without the API, and says when credentials are wrong', async () => {
    const full = await fakeElasticsearch();
    const stripped = await fakeElasticsearch({ info: false });
    const opensearch = await fakeElasticsearch({ product: 'opensearch' });
    const secured = await fakeElasticsearch({ authorization: 'Bearer good' });
    try {
      expect(await check(full.url)).toEqual({ ok: true, message: expect.stringContaining('Elasticsearch 8.19.2') });
      expect(await check(stripped.url)).toMatchObject({ ok: true });
      expect(await check(opensearch.url)).toEqual({ ok: true, message: expect.stringContaining('OpenSearch 2.19.5') });
      expect(await check(secured.url)).toEqual({
        ok: false,
        message: expect.stringMatching(/401.*missing authentication credentials/),
      });
      // A key that may only write documents is a good one.
      full.script({ status: 403, body: { error: { type: 'security_exception' }, status: 403 } });
      expect(await check(full.url)).toMatchObject({ ok: true });
      expect(await check(secured.url, { bearer_token: 'good' })).toMatchObject({ ok: true });
    } finally {
      for (const server of [full, stripped, opensearch, secured]) await server.close();
    }
    expect(await check(full.url)).toMatchObject({ ok: false });
  });
});
