import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { enabledSignals } from '@telemetryflow/kernel';
import { resolveText } from '@telemetryflow/testkit';
import cloudwatch, { type CloudwatchConfig } from '../src/index.ts';
import { endpointOf } from '../src/otlp-authorization.ts';
import { configure } from './fixtures.ts';

const SPEC = fileURLToPath(new URL('../../../../test/spec-configs/configs/cloudwatch.yaml', import.meta.url));

describe('the block of the specification', () => {
  test('loads as it is, without one variable', async () => {
    const { config } = await resolveText(cloudwatch, await readFile(SPEC, 'utf8'), {});
    const [block] = config.exporters.values();
    expect(block?.config).toMatchObject({
      region: 'us-west-2',
      namespace: 'TelemetryFlow',
      log_group: '/tfo-agent/logs',
      log_stream: hostname(),
      metrics: true,
      logs: false,
      batch_size: 100,
      flush_interval: 60_000,
      timeout: 30_000,
    });
    expect(enabledSignals(cloudwatch, block?.config)).toEqual(['metrics']);
    expect(block?.config).toMatchObject({ metrics_protocol: 'api', logs_protocol: 'api', traces: false });
  });

  test('takes region and host from the environment', async () => {
    const { config } = await resolveText(cloudwatch, await readFile(SPEC, 'utf8'), {
      AWS_REGION: 'eu-central-1',
      HOSTNAME: 'pod-7',
    });
    expect([...config.exporters.values()][0]?.config).toMatchObject({ region: 'eu-central-1', log_stream: 'pod-7' });
  });
});

test('a region is enough, and the names of the old agent are taken', async () => {
  const config = await configure({ log_group_name: '/a', log_stream_name: 'b', endpoint: 'http://127.0.0.1:1' });
  expect(config).toMatchObject({
    log_group: '/a',
    log_stream: 'b',
    endpoint_override: 'http://127.0.0.1:1',
    namespace: 'TelemetryFlow',
    metric_resolution: 60,
    histogram_mode: 'values',
    create_log_group: true,
    log_format: 'json',
    entity: false,
    dimensions: {
      resource: ['service.name', 'service.namespace', 'deployment.environment.name'],
      scope: false,
      attributes: 'all',
      max: 30,
    },
  } satisfies Partial<CloudwatchConfig>);
  expect(enabledSignals(cloudwatch, config)).toEqual(['metrics', 'logs']);
});

async function refusal(block: Record<string, unknown>): Promise<string> {
  return configure(block).then(
    () => 'taken',
    (error: unknown) => (error as Error).message,
  );
}

test.each([
  [{ region: 'us-west-2.evil.example/#' }, /region.*no AWS region/s],
  [{ namespace: '' }, /namespace.*1 to 255/s],
  [{ namespace: 'AWS/EC2' }, /namespace.*AWS keeps/s],
  [{ log_group: '' }, /log_group.*1 to 512/s],
  [{ log_group: '/a b' }, /log_group.*cannot have/s],
  [{ log_group: 'aws/x' }, /log_group.*AWS keeps/s],
  [{ log_group: `/${'x'.repeat(512)}` }, /log_group.*1 to 512/s],
  [{ log_stream: 'a:b' }, /log_stream.*: or \*/s],
  [{ access_key_id: 'AKIA' }, /secret_access_key.*missing beside access_key_id/s],
  [{ secret_access_key: 'hunter2' }, /access_key_id.*missing beside secret_access_key/s],
  [{ session_token: 'hunter2' }, /session_token.*without access_key_id/s],
  ...['Authorization', 'Host', 'Content-Type', 'content-encoding', 'x-amz-date', 'X-Amz-Target'].map(
    (name): [Record<string, unknown>, RegExp] => [{ headers: { [name]: 'hunter2' } }, /exporter sets the header/],
  ),
  [{ headers: { 'Transfer-Encoding': 'hunter2' } }, /set by the HTTP client/],
  [{ headers: { 'x-a': 'hunter2\r\nx: y' } }, /line break/],
  [{ headers: { 'x a': 'hunter2' } }, /header name/],
  [{ headers: { 'x-a': 'hunter2 é' } }, /beyond ASCII/],
  [{ metric_resolution: 30 }, /metric_resolution.*60 or/s],
  [{ metric_resolution: { 'a.*': 5 } }, /metric_resolution.*a\.\*.*60 or/s],
  [{ retention_days: 10 }, /retention of 10 days.*14/s],
  [{ dimensions: { max: 31 } }, /dimensions\.max/],
  [{ histogram_mode: 'percentiles' }, /histogram_mode/],
  [{ log_groups: 'x' }, /log_groups.*log_group/s],
  [{ endpoint_override: 'localhost' }, /endpoint_override/],
  [{ headers: { 'X-Aws-Log-Group': 'hunter2' } }, /exporter sets the header/],
  [{ role_arn: 'writer' }, /role_arn.*no role of IAM/s],
  [{ external_id: 'shop-7' }, /external_id.*without role_arn/s],
  [{ role_arn: 'arn:aws:iam::123456789012:role/w', external_id: 'a b' }, /external_id.*2 to 1224/s],
  [{ metrics_protocol: 'emf' }, /metrics_protocol/],
  [{ bearer_token: 'hunter2' }, /bearer_token.*no signal goes to an OTLP endpoint/s],
  [{ bearer_token: 'hunter2', traces: true, endpoint_override: 'http://aws.example.com' }, /over https only/],
  [{ logs_protocol: 'otlp', log_stream: 'bücher' }, /log_stream.*beyond ASCII/s],
])('%j is refused before the start', async (block, expected) => {
  const text = await refusal(block);
  expect(text).toMatch(expected);
  expect(text).not.toContain('hunter2');
});

test.each([
  [{ log_group: '/app/{service.name}', log_stream: '{host.name}/{service.instance.id}' }],
  [{ access_key_id: '', secret_access_key: '', session_token: '' }],
  [{ role_arn: 'arn:aws-cn:iam::123456789012:role/path/writer', external_id: 'shop-7' }],
  [{ metric_resolution: { 'system.*': 1 }, retention_days: 3653 }],
  [{ dimensions: { attributes: ['http.route'] }, logs: { batch_size: 500 } }],
])('%j is taken', async (block) => {
  expect(await refusal(block)).toBe('taken');
});

describe('over OTLP', () => {
  async function warnings(block: Record<string, unknown>): Promise<string[]> {
    const problems = cloudwatch.check?.(await configure(block)) ?? [];
    return problems.map(({ path, severity }) => `${severity} ${path.join('.')}`);
  }

  test.each<[Record<string, unknown>, string[]]>([
    [{ metrics_protocol: 'otlp', logs_protocol: 'otlp', traces: true }, []],
    [{ metric_resolution: 1, log_format: 'body', traces: true }, []],
    [
      { metrics_protocol: 'otlp', metric_resolution: 1, histogram_mode: 'statistics', log_format: 'body' },
      ['warning metric_resolution', 'warning histogram_mode'],
    ],
    [
      { metrics_protocol: 'otlp', dimension_rollup_option: 'single', dimensions: { max: 3 } },
      ['warning dimension_rollup_option', 'warning dimensions'],
    ],
    [
      { logs_protocol: 'otlp', log_format: 'body', retention_days: 7, log_group_class: 'DELIVERY' },
      ['warning log_format', 'warning retention_days', 'warning log_group_class'],
    ],
    [{ logs_protocol: 'otlp', logs: false, log_format: 'body' }, []],
    [{ metrics_protocol: 'otlp', entity: true }, []],
    [{ metrics_protocol: 'otlp', logs: false, entity: true }, ['warning entity']],
    [{ traces: true, bearer_token: 'k', endpoint_override: 'http://127.0.0.1:4318' }, []],
    [{ traces: true, logs_protocol: 'otlp', bearer_token: 'k' }, ['warning bearer_token']],
  ])('%j warns of %j', async (block, expected) => {
    expect(await warnings(block)).toEqual(expected);
  });

  test('a demand for FIPS is refused where no host is named for it', async () => {
    const before = process.env['AWS_USE_FIPS_ENDPOINT'];
    process.env['AWS_USE_FIPS_ENDPOINT'] = 'true';
    try {
      expect(await refusal({ traces: true })).toMatch(/endpoint_override.*AWS_USE_FIPS_ENDPOINT/s);
      expect(await refusal({ traces: true, endpoint_override: 'https://xray-fips.example.com' })).toBe('taken');
      expect(await refusal({})).toBe('taken');
    } finally {
      if (before === undefined) delete process.env['AWS_USE_FIPS_ENDPOINT'];
      else process.env['AWS_USE_FIPS_ENDPOINT'] = before;
    }
  });

  test.each([
    ['metrics', 'eu-west-1', {}, 'https://monitoring.eu-west-1.amazonaws.com/v1/metrics'],
    ['logs', 'us-gov-west-1', {}, 'https://logs.us-gov-west-1.amazonaws.com/v1/logs'],
    ['traces', 'cn-north-1', {}, 'https://xray.cn-north-1.amazonaws.com.cn/v1/traces'],
    [
      'traces',
      'eu-west-1',
      { endpoint_override: 'https://vpce-1.example.com/a/' },
      'https://vpce-1.example.com/a/v1/traces',
    ],
  ] as const)('%s of %s with %j go to %#', async (signal, region, block, url) => {
    expect(endpointOf(await configure(block), signal, region)).toBe(url);
  });
});
