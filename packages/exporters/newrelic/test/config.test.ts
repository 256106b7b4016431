import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Signal } from '@telemetryflow/otlp';
import { resolveText, startBackend } from '@telemetryflow/testkit';
import newrelic, { type NewrelicConfig } from '../src/index.ts';
import { regionOfKey } from '../src/region.ts';
import { targetOf } from '../src/target.ts';
import { configOf, KEY, resolved } from './setup.ts';

const SPEC = new URL('../../../../test/spec-configs/configs/newrelic.yaml', import.meta.url);

async function problemsOf(block: Readonly<Record<string, unknown>>): Promise<string> {
  return resolved(block).then(
    () => '',
    (error: Error) => error.message,
  );
}

async function urlsOf(block: Readonly<Record<string, unknown>>): Promise<Record<Signal, string>> {
  const config = await configOf(block);
  return {
    traces: targetOf(config, 'traces').url,
    metrics: targetOf(config, 'metrics').url,
    logs: targetOf(config, 'logs').url,
  };
}

describe('configuration', () => {
  test('takes the block of the specification as it is', async () => {
    const { config } = await resolveText(newrelic, readFileSync(SPEC, 'utf8'), {
      NEWRELIC_LICENSE_KEY: KEY,
      NEWRELIC_ACCOUNT_ID: '1234567',
    });
    expect(config.exporters.get('newrelic')?.config).toMatchObject({
      region: 'US',
      account_id: 1_234_567,
      metrics: true,
      logs: true,
      traces: true,
      batch_size: 1000,
      flush_interval: 10_000,
      timeout: 30_000,
      compression: true,
      environment: 'production',
      max_request_bytes: 5_000_000,
    });
  });

  test('answers to the name of the old agent, too', () => {
    expect(newrelic.aliases).toEqual(['new_relic']);
  });

  test.each([
    [{}, 'https://otlp.nr-data.net'],
    [{ region: 'us' }, 'https://otlp.nr-data.net'],
    [{ region: 'EU' }, 'https://otlp.eu01.nr-data.net'],
    [{ region: 'eu01' }, 'https://otlp.eu01.nr-data.net'],
    [{ region: 'GOV' }, 'https://gov-otlp.nr-data.net'],
    [{ region: 'FedRAMP' }, 'https://gov-otlp.nr-data.net'],
    [{ region: 'JP' }, 'https://otlp.jp.nr-data.net'],
    [{ endpoint: 'https://gateway:8443/nr/' }, 'https://gateway:8443/nr'],
  ])('%j sends OTLP to %s', async (block, base) => {
    expect(await urlsOf(block)).toEqual({
      traces: `${base}/v1/traces`,
      metrics: `${base}/v1/metrics`,
      logs: `${base}/v1/logs`,
    });
  });

  test.each([
    ['US', 'metric-api.newrelic.com', 'log-api.newrelic.com', 'trace-api.newrelic.com'],
    ['EU', 'metric-api.eu.newrelic.com', 'log-api.eu.newrelic.com', 'trace-api.eu.newrelic.com'],
    ['GOV', 'gov-metric-api.newrelic.com', 'gov-log-api.newrelic.com', 'gov-trace-api.newrelic.com'],
  ])('the APIs of %s are %s, %s and %s', async (region, metrics, logs, traces) => {
    expect(await urlsOf({ region, protocol: 'api' })).toEqual({
      traces: `https://${traces}/trace/v1`,
      metrics: `https://${metrics}/metric/v1`,
      logs: `https://${logs}/log/v1`,
    });
  });

  test('Japan has APIs for metrics and logs; traces need an endpoint of their own', async () => {
    const japan = { license_key: KEY, region: 'JP', protocol: 'api' };
    expect(await problemsOf(japan)).toMatch(/JP has no known API for traces/);
    expect(await problemsOf({ ...japan, traces: false })).toBe('');
    expect(await urlsOf({ ...japan, traces_protocol: 'otlp' })).toEqual({
      traces: 'https://otlp.jp.nr-data.net/v1/traces',
      metrics: 'https://metric-api.jp.nr-data.net/metric/v1',
      logs: 'https://log-api.jp.nr-data.net/log/v1',
    });
  });

  test('the path of an endpoint chooses the protocol of its signal', async () => {
    const config = await configOf({ traces_endpoint: 'https://trace-api.newrelic.com/trace/v1' });
    expect(targetOf(config, 'traces')).toEqual({ protocol: 'api', url: 'https://trace-api.newrelic.com/trace/v1' });
    expect(targetOf(config, 'metrics').protocol).toBe('otlp');
    expect(targetOf(config, 'logs').protocol).toBe('otlp');
  });

  test.each([
    ['eu01xx6789012345678901234567890123456789', 'EU'],
    ['jp01xx6789012345678901234567890123456789', 'JP'],
    [KEY, undefined],
    ['europa0000000000000000000000000000000000', undefined],
  ])('the key %s belongs to %s', (key, region) => {
    expect(regionOfKey(key)).toBe(region);
  });

  test('a key names its region where the configuration names none, and is doubted where it names another', async () => {
    const key = 'eu01xx6789012345678901234567890123456789';
    expect((await urlsOf({ license_key: key })).logs).toBe('https://otlp.eu01.nr-data.net/v1/logs');
    const { warnings } = await resolved({ license_key: key, region: 'US' });
    expect(warnings).toMatch(/belongs to the region EU: US will answer 403/);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['an old insert key', { insights_insert_key: 'NRII-0123' }, /only an old insert key/],
    ['a short key', { api_key: 'short' }, /the key has 5 characters/],
    ['plain http', { license_key: KEY, endpoint: 'http://gateway' }, /travels unencrypted/],
    ['zstd for the APIs', { license_key: KEY, protocol: 'api', compression: 'zstd' }, /they get gzip/],
  ])('warns about %s', async (_name, block, message) => {
    expect((await resolved(block)).warnings).toMatch(message);
  });

  test('an old insert key alone goes to the APIs', async () => {
    const { config } = await resolved({ insights_insert_key: 'NRII-0123' });
    expect(targetOf(config as NewrelicConfig, 'metrics').protocol).toBe('api');
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['no key', {}, /nothing without a license key/],
    ['an empty key', { license_key: '' }, /nothing without a license key/],
    ['an unknown region', { license_key: KEY, region: 'APAC' }, /there is no region APAC/],
    ['another key header', { license_key: KEY, headers: { 'Api-Key': 'x' } }, /sets the header Api-Key itself/],
    [
      'a protocol against the path',
      { license_key: KEY, logs_endpoint: 'https://h/log/v1', logs_protocol: 'otlp' },
      /belongs to the protocol api/,
    ],
    ['tiny requests', { license_key: KEY, max_request_bytes: '1KiB' }, /100 kB/],
    ['an unknown key', { license_key: KEY, regoin: 'US' }, /region/],
  ])('refuses %s', async (_name, block, message) => {
    expect(await problemsOf(block)).toMatch(message);
  });

  test('never prints a secret', async () => {
    const message = await problemsOf({ license_key: 'geheim', api_key: 'geheim2', region: 'APAC' });
    expect(message).not.toBe('');
    expect(message).not.toContain('geheim');
  });
});

describe('the health check', () => {
  test.each([
    [{ status: 200 }, true],
    [{ status: 403 }, false],
  ])('an empty request answered with %j is %s', async (answer, ok) => {
    const backend = await startBackend(answer);
    try {
      const config = await configOf({ endpoint: backend.url, headers: { 'X-Gateway': 'g' } });
      const result = await newrelic.healthcheck?.(config, { signal: AbortSignal.timeout(5000) });
      expect(result?.ok).toBe(ok);
      const [request] = backend.requests;
      const headers = { 'api-key': KEY, 'x-gateway': 'g' };
      expect(request).toMatchObject({ method: 'POST', path: '/v1/metrics', headers });
      expect(request?.body).toHaveLength(0);
    } finally {
      await backend.close();
    }
  });

  test('says what is wrong where nobody listens', async () => {
    const config = await configOf({ endpoint: 'http://127.0.0.1:9' });
    const result = await newrelic.healthcheck?.(config, { signal: AbortSignal.timeout(5000) });
    expect(result).toMatchObject({ ok: false, message: expect.stringContaining('127.0.0.1:9') });
  });
});
