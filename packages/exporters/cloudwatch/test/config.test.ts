import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { enabledSignals } from '@telemetryflow/kernel';
import { resolveText } from '@telemetryflow/testkit';
import cloudwatch, { type CloudwatchConfig } from '../src/index.ts';
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
])('%j is refused before the start', async (block, expected) => {
  const text = await refusal(block);
  expect(text).toMatch(expected);
  expect(text).not.toContain('hunter2');
});

test.each([
  [{ log_group: '/app/{service.name}', log_stream: '{host.name}/{service.instance.id}' }],
  [{ access_key_id: '', secret_access_key: '', session_token: '' }],
  [{ metric_resolution: { 'system.*': 1 }, retention_days: 3653 }],
  [{ dimensions: { attributes: ['http.route'] }, logs: { batch_size: 500 } }],
])('%j is taken', async (block) => {
  expect(await refusal(block)).toBe('taken');
});
