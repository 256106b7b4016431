import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { resolveText } from '@telemetryflow/testkit';
import type { OtelJsConfig } from '../src/config.ts';
import otelJs from '../src/index.ts';

const MODULE = join(import.meta.dirname, 'modules/kept.mjs');

async function configure(yaml: string, env: Readonly<Record<string, string>> = {}) {
  const text = `exporters:\n  otel_js:\n${yaml.trim().replace(/^/gm, '    ')}\n`;
  const { config, warnings } = await resolveText(otelJs, text, env);
  return {
    config: config.exporters.get('otel_js')?.config as OtelJsConfig,
    warnings: warnings.map(({ message }) => message),
  };
}

test('what is not written is as the processors of the SDK have it', async () => {
  const { config, warnings } = await configure(`module: ${MODULE}\nsignal: logs`);
  expect(warnings).toEqual([]);
  expect(config).toMatchObject({
    module: MODULE,
    export: 'default',
    signal: 'logs',
    options: {},
    headers: {},
    temporality: 'as_is',
    batch_size: 512,
    max_batch_items: 2048,
  });
});

test('options are the business of the module: any key, any type, with variables', async () => {
  const { config } = await configure(
    `
module: '@opentelemetry/exporter-trace-otlp-http'
export: OTLPTraceExporter
signal: traces
options: { url: '\${URL}', concurrencyLimit: 4, httpAgentOptions: { keepAlive: false }, list: [1, { a: true }] }
`,
    { URL: 'http://collector:4318/v1/traces' },
  );
  expect(config.options).toEqual({
    url: 'http://collector:4318/v1/traces',
    concurrencyLimit: 4,
    httpAgentOptions: { keepAlive: false },
    list: [1, { a: true }],
  });
});

test('headers are secrets, and within options they are warned about', async () => {
  const { config, warnings } = await configure(
    `module: ${MODULE}\nsignal: logs\nheaders: { authorization: 'Bearer \${TOKEN}' }`,
    { TOKEN: 's3cret' },
  );
  expect(warnings).toEqual([]);
  expect(config.headers['authorization']?.reveal()).toBe('Bearer s3cret');
  expect(JSON.stringify(config)).not.toContain('s3cret');
  const inside = await configure(`module: ${MODULE}\nsignal: logs\noptions: { headers: { authorization: x } }`);
  expect(inside.warnings).toEqual([expect.stringContaining('headers within options are no secrets')]);
});

describe('is refused:', () => {
  test.each([
    ['signal: logs', /module/],
    [`module: ${MODULE}`, /signal/],
    [`module: ${MODULE}\nsignal: profiles`, /profiles.*traces/s],
    [`module: ${MODULE}\nsignal: logs\ntemporality: cumulativ`, /cumulativ.*cumulative/s],
    [`module: ${MODULE}\nsignal: logs\nbatch_size: 0`, /batch_size/],
    [`module: ${MODULE}\nsignal: logs\noption: {}`, /option.*options/s],
    ["module: '@acme/no-such-exporter'\nsignal: logs", /is not installed: @acme\/no-such-exporter.*npm install @acme/s],
    ['module: ./no-such-file.mjs\nsignal: logs', /there is no file \.\/no-such-file\.mjs.*it is looked for from/s],
  ])('%p', async (yaml, message) => {
    await expect(configure(yaml)).rejects.toThrow(message);
  });
});
