/** `fromEnv` from variable to wire, against a strict OTLP backend. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import otlpHttp from '@telemetryflow/exporter-otlp-http';
import { fromEnv } from '../src/index.ts';
import { providers } from './host.ts';
import { recordingLogger } from './memory-exporter.ts';
import { type Collector, startCollector } from './processes.ts';

const environment = { ...process.env };
let collector: Collector;
let folder: string;
beforeEach(async () => {
  collector = await startCollector();
  folder = mkdtempSync(join(tmpdir(), 'telemetryflow-sdk-'));
});
afterEach(async () => {
  process.env = { ...environment };
  rmSync(folder, { recursive: true, force: true });
  await collector.close();
});

async function send() {
  const { said, logger } = recordingLogger();
  const telemetry = fromEnv({ plugins: [otlpHttp], logger });
  const { tracers, loggers } = providers(telemetry);
  tracers.getTracer('app').startSpan('checkout').end();
  loggers.getLogger('app').emit({ body: 'order taken' });
  await telemetry.pipeline.catch(() => undefined);
  return { said, telemetry, report: await telemetry.shutdown() };
}

test('endpoint, headers and the exporters of each signal come from the variables', async () => {
  Object.assign(process.env, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=one',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
  });
  const { said } = await send();
  expect(said).toEqual([]);
  expect(collector.arrived()).toEqual(['span checkout']);
  expect(collector.requests[0]?.headers['x-tenant']).toBe('one');
});

test('a declarative file wins over the variables, and what it asks in vain is said once', async () => {
  const file = join(folder, 'otel.yaml');
  const endpoint = `{ endpoint: "\${COLLECTOR}/v1/logs", compression: none }`;
  writeFileSync(
    file,
    `file_format: "1.0"
logger_provider: { processors: [{ batch: { exporter: { otlp_http: ${endpoint} } } }] }
propagator: { composite: [{ tracecontext: }] }
`,
  );
  Object.assign(process.env, { OTEL_CONFIG_FILE: file, COLLECTOR: collector.url });
  const { said } = await send();
  expect(collector.arrived()).toEqual(['log order taken']);
  expect(said.map(({ level, message }) => [level, message])).toEqual([
    [
      'warn',
      expect.stringMatching(/^Not everything .*: propagator \(it is the SDK that does this; set it up there\)$/),
    ],
  ]);
});

test.each([
  ['is not there', '/nowhere/otel.yaml', undefined, /OTEL_CONFIG_FILE \/nowhere\/otel\.yaml: ENOENT/],
  ['is no YAML', undefined, 'a: [', /OTEL_CONFIG_FILE .*: .*\[/s],
  ['is of another format', undefined, 'file_format: "0.4"', /only the stable format is converted/],
])('a file that %s is said once, and the host goes on', async (_, path, text, message) => {
  const file = path ?? join(folder, 'otel.yaml');
  if (text !== undefined) writeFileSync(file, text);
  process.env['OTEL_CONFIG_FILE'] = file;
  const { said, telemetry, report } = await send();
  expect(said[0]).toMatchObject({ level: 'error', message: expect.stringMatching(message) });
  expect(telemetry.status().state).toBe('permanent');
  expect(report).toMatchObject({ dropped: 2, reasons: { unavailable: 2 } });
});

test.each([
  ['by the variable', { OTEL_SDK_DISABLED: 'true' }, 'a: ['],
  ['by the file', {}, 'file_format: "1.0"\ndisabled: true'],
])('switched off %s nothing is sent', async (_, variables, text) => {
  const file = join(folder, 'otel.yaml');
  writeFileSync(file, text);
  Object.assign(process.env, { OTEL_CONFIG_FILE: file, ...variables });
  const { said, report } = await send();
  expect(said).toEqual([]);
  expect(report).toMatchObject({ delivered: 0, dropped: 0 });
});
