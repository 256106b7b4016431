/** The official exporters of OpenTelemetry JS as senders: each signal, over each protocol and encoding. */
import { afterEach, describe, expect, test } from '@jest/globals';

import { OTLPLogExporter as LogsAsJson } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as LogsAsProtobuf } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as MetricsAsJson } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as MetricsAsProtobuf } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as TracesOverGrpc } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as TracesAsJson } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as TracesAsProtobuf } from '@opentelemetry/exporter-trace-otlp-proto';
import type { Batch } from '@telemetryflow/kernel';
import { logs, metrics, spans } from '@telemetryflow/testkit';
import { Cleanups, type Started } from './receiver.ts';

const cleanups = new Cleanups();
afterEach(() => cleanups.run());

interface Sender<R> {
  export(records: R, done: (result: { readonly code: number; readonly error?: Error }) => void): void;
  shutdown(): Promise<void>;
}

/** Sends records of ours, which are valid SDK records but in types of a decoded form. */
async function send(sender: Sender<never>, records: unknown): Promise<void> {
  const { code, error } = await new Promise<{ readonly code: number; readonly error?: Error }>((resolve) => {
    sender.export(records as never, resolve);
  });
  await sender.shutdown();
  expect([code, error]).toEqual([0, undefined]);
}

const records = (batches: readonly Batch[]): unknown[] => batches.flatMap((batch): unknown[] => [...batch.records()]);

/** The official JSON encoder writes what OTLP forbids for NaN, 1e300 and the like: no server takes those. */
const PLAIN = { variety: 'plain' } as const;

type Make = (receiver: Started) => Sender<never>;

describe('traces', () => {
  test.each<[string, Make]>([
    ['JSON', ({ url }) => new TracesAsJson({ url: `${url}/v1/traces` })],
    ['protobuf', ({ url }) => new TracesAsProtobuf({ url: `${url}/v1/traces` })],
    [
      'protobuf with gzip',
      ({ url }) => new TracesAsProtobuf({ url: `${url}/v1/traces`, compression: 'gzip' as never }),
    ],
    ['gRPC', ({ grpcPort }) => new TracesOverGrpc({ url: `http://127.0.0.1:${grpcPort}` })],
    [
      'gRPC with gzip',
      ({ grpcPort }) => new TracesOverGrpc({ url: `http://127.0.0.1:${grpcPort}`, compression: 'gzip' as never }),
    ],
  ])('as %s', async (_name, make) => {
    const receiver = await cleanups.receiver();
    const sent = spans(30, PLAIN);
    await send(make(receiver), sent);
    const received = records(receiver.batches) as typeof sent;
    const essence = (list: typeof sent): unknown[] =>
      list.map((span) => [
        span.name,
        span.kind,
        span.spanContext(),
        span.startTime,
        span.endTime,
        span.attributes['item.id'],
      ]);
    expect(JSON.stringify(essence(received))).toBe(JSON.stringify(essence(sent)));
    expect(received.every((span) => /^[0-9a-f]{32}$/.test(span.spanContext().traceId))).toBe(true);
  });
});

test.each<[string, Make]>([
  ['JSON', ({ url }) => new LogsAsJson({ url: `${url}/v1/logs` })],
  ['protobuf', ({ url }) => new LogsAsProtobuf({ url: `${url}/v1/logs` })],
])('logs as %s', async (_name, make) => {
  const receiver = await cleanups.receiver();
  const sent = logs(30, PLAIN);
  await send(make(receiver), sent);
  const essence = (list: typeof sent): unknown[] =>
    list.map(({ body, severityNumber, hrTime, attributes }) => [body, severityNumber, hrTime, attributes['item.id']]);
  expect(JSON.stringify(essence(records(receiver.batches) as typeof sent))).toBe(JSON.stringify(essence(sent)));
});

test.each<[string, Make]>([
  ['JSON', ({ url }) => new MetricsAsJson({ url: `${url}/v1/metrics` })],
  ['protobuf', ({ url }) => new MetricsAsProtobuf({ url: `${url}/v1/metrics` })],
])('metrics as %s', async (_name, make) => {
  const receiver = await cleanups.receiver();
  const [sent] = metrics(30, PLAIN);
  await send(make(receiver), sent);
  const names = (list: unknown): string[] =>
    (list as ReturnType<typeof metrics>).flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap((scope) => scope.metrics.map(({ descriptor }) => descriptor.name)),
    );
  expect(names(records(receiver.batches))).toEqual(names([sent]));
});
