import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { enabledSignals, resolveConfig } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { destinationOf } from '../src/destination.ts';
import manageengine, { type ManageengineConfig } from '../src/index.ts';
import { type Block, configured, problemsOf } from './setup.ts';

const SPEC = new URL('../../../../test/spec-configs/configs/manageengine.yaml', import.meta.url);
const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

async function destinations(block: Block): Promise<Readonly<Record<string, string>>> {
  const { config } = await configured(block);
  return Object.fromEntries(
    SIGNALS.map((signal) => {
      const to = destinationOf(config, signal);
      const where = 'url' in to ? ` ${to.url}` : to.kind === 'syslog' ? ` ${to.host} ${to.port}` : '';
      return [signal, `${to.kind}${where}`];
    }),
  );
}

async function signalsOn(block: Block): Promise<readonly Signal[]> {
  return enabledSignals(manageengine, (await configured(block)).config);
}

test('the block of the specification is taken as it stands', async () => {
  const env = { MANAGEENGINE_API_KEY: 'key', MANAGEENGINE_ACCOUNT_ID: '4711' };
  const plugins = { find: async () => manageengine, known: () => ['manageengine'] };
  const { config, warnings } = await resolveConfig([{ text: readFileSync(SPEC, 'utf8'), name: 'spec.yaml' }], {
    plugins,
    env,
  });
  expect(warnings).toEqual([]);
  const decoded = config.exporters.get('manageengine')?.config as ManageengineConfig;
  expect(decoded).toMatchObject({
    base_url: 'https://opmanager.example.com:8060',
    product: 'opmanager',
    account_id: '4711',
    monitor_group: 'TelemetryFlow',
    tls_skip_verify: false,
    timeout: 30_000,
    batch_size: 500,
    flush_interval: 10_000,
    tags: { environment: 'production' },
  });
  expect(decoded.api_key.reveal()).toBe('key');
  expect(enabledSignals(manageengine, decoded)).toEqual(['metrics', 'logs']);
});

describe('where signals go', () => {
  test.each<[string, Block, Readonly<Record<string, string>>]>([
    [
      'OpManager by default',
      {},
      { traces: 'none', metrics: 'none', logs: 'events https://localhost:8060/api/json/events/addEvent' },
    ],
    [
      'OpManager with a slash',
      { base_url: 'http://op:8060/' },
      { logs: 'events http://op:8060/api/json/events/addEvent' },
    ],
    ['a gateway for events', { alerts_endpoint: 'https://gw/e' }, { logs: 'events https://gw/e' }],
    [
      'thresholds',
      { metric_thresholds: [{ metric: 'm', op: 'gt', value: 1, severity: 2 }] },
      { metrics: 'events https://localhost:8060/api/json/events/addEvent' },
    ],
    [
      'gateways for OpManager',
      { metrics_endpoint: 'https://gw/m', logs_endpoint: 'https://gw/l' },
      { metrics: 'gateway https://gw/m', logs: 'gateway https://gw/l' },
    ],
    ['syslog', { logs_mode: 'syslog', syslog_endpoint: 'udp://[::1]:1514' }, { logs: 'syslog ::1 1514' }],
    ['syslog without a port', { logs_mode: 'syslog', syslog_endpoint: 'syslog://op' }, { logs: 'syslog op 514' }],
    [
      'Site24x7, us',
      { product: 'site24x7' },
      {
        traces: 'otlp https://otel.site24x7rum.com/v1/traces',
        metrics: 'otlp https://otel.site24x7rum.com/v1/metrics',
        logs: 'otlp https://otel.site24x7rum.com/v1/logs',
      },
    ],
    [
      'Site24x7, by the key',
      { product: 'site24x7', api_key: 'in_0123' },
      { metrics: 'otlp https://otel.site24x7rum.in/v1/metrics' },
    ],
    [
      'Site24x7, by name',
      { product: 'site24x7', api_key: 'in_0123', data_center: 'US' },
      { metrics: 'otlp https://otel.site24x7rum.com/v1/metrics' },
    ],
    [
      'Site24x7 from the console',
      { product: 'site24x7', base_url: 'https://www.site24x7.in', data_center: 'in' },
      { logs: 'otlp https://otel.site24x7rum.in/v1/logs' },
    ],
    [
      'an OTLP base',
      { product: 'site24x7', otlp_endpoint: 'https://o.example/x/', base_url: 'https://other' },
      { metrics: 'otlp https://o.example/x/v1/metrics' },
    ],
    [
      'a base that is no console',
      { product: 'site24x7', base_url: 'https://o.example' },
      { metrics: 'otlp https://o.example/v1/metrics' },
    ],
    [
      'full OTLP URLs',
      { product: 'site24x7', metrics_endpoint: 'https://o.example/m?a=b' },
      { metrics: 'otlp https://o.example/m?a=b' },
    ],
    [
      'AppLogs',
      { product: 'site24x7', logs_mode: 'applogs', log_type: 't', api_key: 'eu_1', otlp_endpoint: 'https://o' },
      { logs: 'applogs https://logc.site24x7.eu/upload', metrics: 'otlp https://o/v1/metrics' },
    ],
    [
      'AppLogs elsewhere',
      { product: 'site24x7', logs_mode: 'applogs', log_type: 't', upload_domain: 'logu.example' },
      { logs: 'applogs https://logu.example/upload' },
    ],
    [
      'the receiver',
      {
        product: 'site24x7',
        logs_mode: 'receiver',
        log_token: 't&/',
        data_center: 'au',
        otlp_endpoint: 'https://o',
        monitor_group: '12, 34',
      },
      { logs: 'receiver https://logc.site24x7.net.au/event/receiver?token=t%26%2F&monitorGroupIds=12%2C34' },
    ],
    ['Applications Manager', { product: 'appmanager' }, { traces: 'none', metrics: 'none', logs: 'none' }],
    [
      'its collector',
      { product: 'applications_manager', otlp_endpoint: 'http://c:4318' },
      { traces: 'otlp http://c:4318/v1/traces', metrics: 'none', logs: 'none' },
    ],
    [
      'gateways for it',
      { product: 'applications_manager', logs_endpoint: 'https://gw/l' },
      { logs: 'gateway https://gw/l', metrics: 'none' },
    ],
  ])('%s', async (_name, block, expected) => {
    expect(await destinations(block)).toMatchObject(expected);
  });
});

describe('signals', () => {
  test.each<[string, Block, readonly Signal[]]>([
    ['spans are off', { product: 'site24x7' }, ['metrics', 'logs']],
    ['until asked for', { product: 'site24x7', traces: true }, ['traces', 'metrics', 'logs']],
    [
      'or the collector is named',
      { product: 'applications_manager', otlp_endpoint: 'http://localhost:4318' },
      ['traces', 'metrics', 'logs'],
    ],
    [
      'but not against the switch',
      { product: 'appmanager', otlp_endpoint: 'http://localhost:4318', traces: false },
      ['metrics', 'logs'],
    ],
    ['logs_mode turns logs off', { logs_mode: 'off', metrics: false }, []],
  ])('%s', async (_name, block, expected) => {
    expect(await signalsOn(block)).toEqual(expected);
  });
});

describe('what is refused', () => {
  test.each<[string, Block, RegExp]>([
    ['no key', {}, /api_key/],
    ['an empty key', { api_key: '' }, /api_key/],
    ['an unknown product', { api_key: 'k', product: 'servicedesk' }, /product/],
    ['a mode of another product', { api_key: 'k', logs_mode: 'otlp' }, /opmanager takes no logs as otlp/],
    [
      'events of Site24x7',
      { api_key: 'k', product: 'site24x7', logs_mode: 'events' },
      /site24x7 takes no logs as events/,
    ],
    ['AppLogs without a type', { api_key: 'k', product: 'site24x7', logs_mode: 'applogs' }, /needs log_type/],
    ['a receiver without a token', { api_key: 'k', product: 'site24x7', logs_mode: 'receiver' }, /needs log_token/],
    ['syslog without a port to send to', { api_key: 'k', logs_mode: 'syslog' }, /needs syslog_endpoint/],
    ['syslog over TCP', { api_key: 'k', logs_mode: 'syslog', syslog_endpoint: 'tcp://op:514' }, /no UDP address/],
    [
      'two ways for metrics',
      {
        api_key: 'k',
        metrics_endpoint: 'https://gw',
        metric_thresholds: [{ metric: 'm', op: 'gt', value: 1, severity: 1 }],
      },
      /both to the gateway of metrics_endpoint/,
    ],
    ['two ways for logs', { api_key: 'k', logs_mode: 'events', logs_endpoint: 'https://gw' }, /both to the gateway/],
    [
      'a data center without a known OTLP host',
      { api_key: 'eu_k', product: 'site24x7' },
      /copy the OTLP endpoint from APM > OpenTelemetry/,
    ],
    [
      'a data center without a known log host',
      { api_key: 'uk_k', product: 'site24x7', logs_mode: 'applogs', log_type: 't', metrics: false },
      /upload_domain/,
    ],
    [
      'an unknown data center',
      { api_key: 'k', product: 'site24x7', data_center: 'mars', otlp_endpoint: 'https://o' },
      /no data center mars/,
    ],
    ['headers of the exporter', { api_key: 'k', headers: { apiKey: 'x' } }, /sets the header apiKey itself/],
    [
      'a threshold without a value',
      { api_key: 'k', metric_thresholds: [{ metric: 'm', op: 'gt', severity: 1 }] },
      /value/,
    ],
    [
      'a threshold that clears',
      { api_key: 'k', metric_thresholds: [{ metric: 'm', op: 'gt', value: 1, severity: 5 }] },
      /severity/,
    ],
  ])('%s', async (_name, block, expected) => {
    expect(await problemsOf(block)).toMatch(expected);
  });
});

describe('what is warned of', () => {
  test.each<[string, Block, RegExp]>([
    ['a key in plain text', { base_url: 'http://opmanager:8060' }, /travels unencrypted/],
    ['options of another product', { log_type: 't' }, /opmanager does not read log_type/],
    [
      'thresholds of another product',
      { product: 'site24x7', metric_thresholds: [{ metric: 'm', op: 'gt', value: 1, severity: 1 }] },
      /site24x7 does not read metric_thresholds/,
    ],
    [
      'a base URL with a path',
      { product: 'site24x7', otlp_endpoint: 'https://o/v1/metrics' },
      /the endpoint is a base URL/,
    ],
  ])('%s', async (_name, block, expected) => {
    expect((await configured(block)).warnings.join('\n')).toMatch(expected);
  });

  test('and of nothing else', async () => {
    expect((await configured({ base_url: 'http://localhost:8060' })).warnings).toEqual([]);
  });
});
