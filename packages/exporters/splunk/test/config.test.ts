import { describe, expect, test } from '@jest/globals';
import splunk from '@telemetryflow/exporter-splunk';
import { enabledSignals } from '@telemetryflow/kernel';
import { configureExporter, resolveText } from '@telemetryflow/testkit';
import { indexOf, sendsRealMetrics, urlsOf } from '../src/config.ts';
import { configOf } from './setup.ts';

async function problemsOf(block: Readonly<Record<string, unknown>>): Promise<string> {
  return configOf(block).then(
    () => '',
    (error: Error) => error.message,
  );
}

describe('configuration', () => {
  test('takes the block of the specification as it is', async () => {
    const text = `integrations:
  splunk:
    enabled: true
    endpoint: "https://splunk:8088/services/collector"
    token: "\${SPLUNK_HEC_TOKEN}"
    index: "main"
    source: "tfo-agent"
    source_type: "tfo-agent"
    batch_size: 100
    timeout: 30s
    tls_skip_verify: false
    metrics: true
    logs: true
`;
    const { config, warnings } = await resolveText(splunk, text, { SPLUNK_HEC_TOKEN: 't' });
    const decoded = config.exporters.get('splunk')?.config as Awaited<ReturnType<typeof configOf>>;
    expect(decoded).toMatchObject({
      endpoint: 'https://splunk:8088/services/collector',
      index: 'main',
      batch_size: 100,
      flush_interval: 10_000,
      timeout: 30_000,
      max_content_length: 1_000_000,
      metrics_format: 'auto',
      ack: { mode: 'auto', poll_interval: 10_000, timeout: 300_000, max_pending: 64 },
    });
    expect(decoded.token.reveal()).toBe('t');
    expect(enabledSignals(splunk, decoded)).toEqual(['metrics', 'logs']);
    expect(JSON.stringify(warnings)).toMatch(/metrics share the index main.*metrics_index/);
  });

  test.each([
    ['http://h:8088', 'http://h:8088/services/collector'],
    ['http://h:8088/', 'http://h:8088/services/collector'],
    ['https://h:8088/services/collector', 'https://h:8088/services/collector'],
    ['https://h/services/collector/', 'https://h/services/collector'],
    ['https://h/services/collector/event', 'https://h/services/collector'],
    ['https://h/services/collector/event/1.0?x=1', 'https://h/services/collector'],
    ['https://h/proxy/splunk', 'https://h/proxy/splunk'],
  ])('finds the URLs of %s', (endpoint, base) => {
    expect(urlsOf(endpoint)).toEqual({
      event: `${base}/event`,
      ack: `${base}/ack`,
      health: `${base}/health`,
      raw: false,
    });
  });

  test.each([
    [{ index: 'main' }, false],
    [{ index: 'main', metrics_index: 'm' }, true],
    [{ index: 'main', logs: false }, true],
    [{}, true],
    [{ metrics_format: 'event' }, false],
    [{ index: 'main', metrics_format: 'metric' }, true],
  ])('with %j metrics are real ones: %s', async (block, real) => {
    const config = await configOf(block);
    expect(sendsRealMetrics(config, (block as { logs?: boolean }).logs === false)).toBe(real);
  });

  test('an index of a signal wins over the shared one, and none is the one of the token', async () => {
    const config = await configOf({ index: 'main', metrics_index: 'm', traces_index: 't' });
    expect([indexOf(config, 'metrics'), indexOf(config, 'logs'), indexOf(config, 'traces')]).toEqual([
      'm',
      'main',
      't',
    ]);
    expect(indexOf(await configOf({}), 'logs')).toBe('');
  });

  test('knows the keys of the first agent and of the Collector', async () => {
    const config = await configOf({ sourcetype: 'st', endpoint: undefined, hec_endpoint: 'http://h:1' });
    expect(config).toMatchObject({ source_type: 'st', endpoint: 'http://h:1' });
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['no token', { token: undefined }, /token/],
    ['an empty token', { token: '' }, /token/],
    ['no endpoint', { endpoint: undefined }, /endpoint/],
    ['the raw API', { endpoint: 'http://h/services/collector/raw' }, /raw API keeps neither/],
    ['a reserved header', { headers: { 'X-Splunk-Request-Channel': 'x' } }, /sets the header X-Splunk/],
    ['zstd', { compression: 'zstd' }, /no zstd/],
    ['tiny requests', { max_content_length: '100' }, /1 KiB at least/],
    ['an unknown key', { souce: 'x' }, /source/],
    ['an unknown ack mode', { ack: { mode: 'yes' } }, /mode/],
  ])('refuses %s', async (_name, block, message) => {
    expect(await problemsOf(block)).toMatch(message);
  });

  test.each([
    [{ index: 'x', metrics_index: 'x' }, true],
    [{ logs_index: 'x', metrics_index: 'x' }, true],
    [{ index: 'x', metrics_format: 'metric' }, true],
    [{ index: 'x', metrics_index: 'm' }, false],
    [{ index: 'x', metrics_index: 'x', logs: false }, false],
    [{ index: 'x', metrics_index: 'x', metrics_format: 'event' }, false],
    [{}, false],
  ])('with %j warns that an index has one datatype: %s', async (block, warned) => {
    const { warnings } = await configureExporter(splunk, { endpoint: 'https://h:1', token: 't', ...block });
    expect(warnings.filter((text) => text.includes('one datatype'))).toHaveLength(warned ? 1 : 0);
  });

  test('never prints the token', async () => {
    const message = await problemsOf({ token: 'geheim', compression: 'zstd' });
    expect(message).not.toBe('');
    expect(message).not.toContain('geheim');
  });
});
