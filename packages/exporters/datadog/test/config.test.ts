import { describe, expect, test } from '@jest/globals';
import datadog from '@telemetryflow/exporter-datadog';
import { enabledSignals } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { resolveText } from '@telemetryflow/testkit';
import { checkConfig } from '../src/check.ts';
import { destinationOf, sketchesUrl, validateUrl } from '../src/destination.ts';
import { siteDomain } from '../src/sites.ts';
import { configOf, KEY } from './setup.ts';

const VERBATIM = `integrations:
  datadog:
    enabled: true
    api_key: "\${DATADOG_API_KEY}"
    site: us1  # us1, us3, us5, eu1, ap1
    tags:
      - "env:production"
      - "service:tfo-agent"
    metrics:
      enabled: true
      batch_size: 100
    logs:
      enabled: true
    apm:
      enabled: false
`;

async function verbatim(text: string) {
  return resolveText(datadog, text, { DATADOG_API_KEY: KEY });
}

describe('configuration', () => {
  test('takes the block of the specification as it is, traces off', async () => {
    const { config } = await verbatim(VERBATIM);
    const decoded = config.exporters.get('datadog')?.config;
    expect(decoded).toMatchObject({
      site: 'us1',
      tags: { env: 'production', service: 'tfo-agent' },
      batch_size: 100,
      flush_interval: 5000,
      metrics: { enabled: true, batch_size: 100, flush_interval: 10_000, histograms: 'distributions' },
      logs: { enabled: true, source: 'opentelemetry' },
      traces: { enabled: false },
    });
    expect(enabledSignals(datadog, decoded)).toEqual(['metrics', 'logs']);
  });

  test('sends traces when apm is on', async () => {
    const { config } = await verbatim(VERBATIM.replace('apm:\n      enabled: false', 'apm:\n      enabled: true'));
    expect(enabledSignals(datadog, config.exporters.get('datadog')?.config)).toEqual(['traces', 'metrics', 'logs']);
  });

  test('leaves traces off where nothing says', async () => {
    expect(enabledSignals(datadog, await configOf())).toEqual(['metrics', 'logs']);
    expect(enabledSignals(datadog, await configOf({ metrics: false, traces: true }))).toEqual(['traces', 'logs']);
  });

  test('wants a key', async () => {
    await expect(configOf({ api_key: undefined })).rejects.toThrow(/api_key/);
    await expect(resolveText(datadog, VERBATIM)).rejects.toThrow(/DATADOG_API_KEY/);
  });

  test.each([
    ['us1', 'datadoghq.com'],
    ['US', 'datadoghq.com'],
    ['us3', 'us3.datadoghq.com'],
    ['us5', 'us5.datadoghq.com'],
    ['eu1', 'datadoghq.eu'],
    ['eu', 'datadoghq.eu'],
    ['ap1', 'ap1.datadoghq.com'],
    ['ap2', 'ap2.datadoghq.com'],
    ['uk1', 'uk1.datadoghq.com'],
    ['us1_fed', 'ddog-gov.com'],
    ['gov', 'ddog-gov.com'],
    ['us2-fed', 'us2.ddog-gov.com'],
    ['https://app.datadoghq.eu/', 'datadoghq.eu'],
    ['mydog.example.com', 'mydog.example.com'],
    ['us9', undefined],
    ['constructor', undefined],
    ['evil.com/../x', undefined],
    ['a.com\r\nHost: b', undefined],
    ['user@a.com', undefined],
    ['a%2f.com', undefined],
  ])('the domain of the site %j is %s', (site, domain) => {
    expect(siteDomain(site)).toBe(domain);
  });

  test.each<[Record<string, unknown>, Signal, string, string]>([
    [{ site: 'eu1' }, 'metrics', 'api', 'https://api.datadoghq.eu/api/v2/series'],
    [{ site: 'eu1' }, 'logs', 'api', 'https://http-intake.logs.datadoghq.eu/api/v2/logs'],
    [{ site: 'eu1' }, 'traces', 'otlp', 'https://otlp.datadoghq.eu/v1/traces'],
    [{ site: 'us1_fed' }, 'traces', 'otlp', 'https://otlp.ddog-gov.com/v1/traces'],
    [{ protocol: 'otlp' }, 'metrics', 'otlp', 'https://otlp.datadoghq.com/v1/metrics'],
    [{ protocol: 'api' }, 'traces', 'otlp', 'https://otlp.datadoghq.com/v1/traces'],
    [{ logs: { protocol: 'otlp' } }, 'logs', 'otlp', 'https://otlp.datadoghq.com/v1/logs'],
    [{ apm: { enabled: true, protocol: 'agent' } }, 'traces', 'agent', 'http://localhost:4318/v1/traces'],
    [
      { apm: { protocol: 'agent' }, traces_endpoint: 'http://dd:4318/v1/traces' },
      'traces',
      'agent',
      'http://dd:4318/v1/traces',
    ],
    [{ apm: { protocol: 'agent_v04' } }, 'traces', 'agent_v04', 'http://localhost:8126/v0.4/traces'],
    [{ traces_endpoint: 'http://dd:8126/v0.4/traces' }, 'traces', 'agent_v04', 'http://dd:8126/v0.4/traces'],
    [{ endpoint: 'https://proxy/dd/' }, 'logs', 'api', 'https://proxy/dd/api/v2/logs'],
    [{ metrics_endpoint: 'https://h/v1/metrics' }, 'metrics', 'otlp', 'https://h/v1/metrics'],
    [{ metrics_endpoint: 'https://h/datadog/api/v1/series' }, 'metrics', 'api', 'https://h/datadog/api/v1/series'],
  ])('with %j, %s go by %s to %s', async (block, signal, protocol, url) => {
    expect(destinationOf(await configOf(block), signal)).toEqual({ protocol, url });
  });

  test('distributions go beside the series, and keys are checked at the API', async () => {
    expect(sketchesUrl(await configOf({ metrics_endpoint: 'https://h/dd/api/v2/series' }))).toBe(
      'https://h/dd/api/beta/sketches',
    );
    expect(sketchesUrl(await configOf({ sketches_endpoint: 'https://s/x' }))).toBe('https://s/x');
    expect(validateUrl(await configOf({ site: 'ap2' }))).toBe('https://api.ap2.datadoghq.com/api/v1/validate');
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['an unknown site', { site: 'us9' }, /no site of Datadog.*us1, us3/s],
    ['an empty key', { api_key: '' }, /API key is empty|api_key/],
    ['a key with a line break', { api_key: 'abc\n' }, /trailing newline/],
    [
      'the intake of the Agent',
      { traces_endpoint: 'https://trace.agent.datadoghq.com/api/v0.2/traces' },
      /Agent alone/,
    ],
    ['a path that is no intake', { logs_endpoint: 'https://h/logs' }, /no intake for logs/],
    [
      'a path of another protocol',
      { metrics_endpoint: 'https://h/v1/metrics', metrics: { protocol: 'api' } },
      /protocol api/,
    ],
    [
      "OTLP for a path of the Agent's own intake",
      { traces_endpoint: 'http://dd:8126/v0.4/traces', traces: { protocol: 'agent' } },
      /does not speak the protocol agent/,
    ],
    ["an Agent's intake for traces as that of logs", { logs: { protocol: 'agent_v04' } }, /agent_v04/],
    ['an API for traces', { apm: { protocol: 'api' } }, /no public API for traces/],
    ['another key in the headers', { headers: { 'DD-API-KEY': 'x' } }, /set api_key instead/],
    ['an unknown key', { api_kay: 'x' }, /api_key/],
  ])('refuses %s', async (_name, block, message) => {
    await expect(configOf(block)).rejects.toThrow(message);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['a key of another shape', { api_key: 'short' }, /does not look like/],
    ['plain http to another machine', { endpoint: 'http://proxy.example' }, /unencrypted/],
    ['profiles', { profiling: { enabled: true } }, /profiles are not supported/],
  ])('warns of %s', async (_name, block, message) => {
    const problems = checkConfig(await configOf(block));
    expect(problems).toMatchObject([{ severity: 'warning' }]);
    expect(problems[0]?.message).toMatch(message);
  });

  test('never prints the key', async () => {
    const error = await configOf({ site: 'us9' }).catch((cause: Error) => cause.message);
    expect(error).not.toContain(KEY);
  });
});
