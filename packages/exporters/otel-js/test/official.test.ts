/** The official OTLP/HTTP exporters in a pipeline, against a strict OTLP backend. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import otelJs from '@telemetryflow/exporter-otel-js';
import { createPipeline, type PipelineInput } from '@telemetryflow/kernel';
import { encode, type RecordOf, type Signal } from '@telemetryflow/otlp';
import { type FakeOtlp, fakeOtlp, otlpBody, otlpFailure, recordsOf, startBackend } from '@telemetryflow/testkit';
import { meaning } from '../../../otlp/test/meaning.ts';

const OFFICIAL = {
  traces: ['@opentelemetry/exporter-trace-otlp-http', 'OTLPTraceExporter'],
  metrics: ['@opentelemetry/exporter-metrics-otlp-http', 'OTLPMetricExporter'],
  logs: ['@opentelemetry/exporter-logs-otlp-http', 'OTLPLogExporter'],
} as const;
const SIGNALS = ['traces', 'metrics', 'logs'] as const;
/** The SDK has no summaries; see `encode.test.ts`. */
const KINDS = { kinds: ['gauge', 'counter', 'updown', 'histogram', 'exponential_histogram'] } as const;

let backend: FakeOtlp;
beforeEach(async () => {
  backend = await fakeOtlp();
});
afterEach(() => backend.close());

async function started(signal: Signal, url: string, more: Record<string, unknown> = {}) {
  const [module, name] = OFFICIAL[signal];
  const said: string[] = [];
  const note = (message: string): void => void said.push(message);
  const block = { module, export: name, signal, options: { url: `${url}/v1/${signal}`, timeoutMillis: 1000 }, ...more };
  const pipeline = await createPipeline(
    { exporters: { [`otel_js/${signal}`]: block } },
    { plugins: [otelJs], logger: { error: note, warn: note, info: () => {}, debug: () => {} } },
  );
  await pipeline.start();
  const send = (records: readonly RecordOf[Signal][]) => pipeline.consume({ signal, records } as PipelineInput);
  return { pipeline, send, said };
}

describe.each(SIGNALS)('%s', (signal) => {
  test('arrive as they were handed over', async () => {
    const records = recordsOf(signal, 40, { ...KINDS, variety: 'plain' });
    const { pipeline, send, said } = await started(signal, backend.url);
    await send(records);
    const report = await pipeline.shutdown();
    expect(said).toEqual([]);
    expect(report).toMatchObject({ delivered: 40, pending: 0, dropped: 0 });
    const bodies = backend.requests.map((request) => meaning(signal, otlpBody(request)));
    expect(asTheSdkHasIt(bodies.flat())).toEqual(asTheSdkHasIt(meaning(signal, encode(signal, records as never))));
  });

  test('of every kind are taken by a strict backend', async () => {
    const { pipeline, send } = await started(signal, backend.url);
    await send(recordsOf(signal, 400, KINDS));
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 400, pending: 0, dropped: 0 });
    expect(new Set(backend.items[signal]).size).toBe(400);
  });

  test('refused for good are dropped with what the backend said', async () => {
    const strict = await startBackend((request) => otlpFailure(request, 400, 'no such tenant'));
    const { pipeline, send, said } = await started(signal, strict.url);
    await send(recordsOf(signal, 3, KINDS));
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 0, dropped: 3, reasons: { rejected: 3 } });
    expect(said.join('\n')).toContain('no such tenant');
    await strict.close();
  });

  test('whose credentials are refused wait as with any exporter', async () => {
    const closed = await startBackend((request) => otlpFailure(request, 401, 'who are you'));
    const { pipeline, send } = await started(signal, closed.url);
    await send(recordsOf(signal, 3, KINDS));
    expect(await pipeline.forceFlush()).toMatchObject({ delivered: 0, pending: 3 });
    expect(pipeline.status().components[`exporter:otel_js/${signal}`]?.message).toMatch(/auth/);
    await pipeline.shutdown({ timeoutMs: 100 });
    await closed.close();
  });
});

test('credentials go into the headers of the exporter, and not into its options', async () => {
  const headers = { authorization: 'Bearer s3cret' };
  const { pipeline, send } = await started('traces', backend.url, { headers });
  await send(recordsOf('traces', 1));
  await pipeline.shutdown();
  expect(backend.requests[0]?.headers['authorization']).toBe('Bearer s3cret');
});

const NOT_IN_THE_SDK = ['flags', 'exemplars', 'zeroThreshold', 'metadata'];

/** Without what the types of the SDK lack, see docs/reference/records.md. */
function asTheSdkHasIt(items: unknown): unknown {
  return JSON.parse(JSON.stringify(items, (key, value) => (NOT_IN_THE_SDK.includes(key) ? undefined : value)));
}
