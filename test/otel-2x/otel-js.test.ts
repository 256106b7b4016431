/** The official OTLP/HTTP exporters of the 2.x line in a pipeline, with telemetry of any origin. */
import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import otelJs from '@telemetryflow/exporter-otel-js';
import { createPipeline, type PipelineInput } from '@telemetryflow/kernel';
import { fakeOtlp, recordsOf } from '@telemetryflow/testkit';

const KINDS = { kinds: ['gauge', 'counter', 'updown', 'histogram', 'exponential_histogram'] } as const;
const { resolve } = createRequire(import.meta.url);

test.each([
  ['traces', '@opentelemetry/exporter-trace-otlp-http', 'OTLPTraceExporter'],
  ['metrics', '@opentelemetry/exporter-metrics-otlp-http', 'OTLPMetricExporter'],
  ['logs', '@opentelemetry/exporter-logs-otlp-http', 'OTLPLogExporter'],
] as const)('%s of every kind are taken by a strict backend', async (signal, name, exported) => {
  const backend = await fakeOtlp();
  const options = { url: `${backend.url}/v1/${signal}` };
  const block = { module: resolve(name), export: exported, signal, options };
  const pipeline = await createPipeline({ exporters: { otel_js: block } }, { plugins: [otelJs] });
  await pipeline.start();
  await pipeline.consume({ signal, records: recordsOf(signal, 100, KINDS) } as PipelineInput);
  expect(await pipeline.shutdown()).toMatchObject({ delivered: 100, pending: 0, dropped: 0 });
  expect(new Set(backend.items[signal]).size).toBe(100);
  await backend.close();
});
