/**
 * The official OTLP exporters of OpenTelemetry JS as guests of `otel_js`, before a Collector. What their types lack does
 * not arrive: summaries, exemplars, zero thresholds, metadata, and flags of links and points.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Signal } from '@telemetryflow/otlp';
import { logs, metrics, spans } from '@telemetryflow/testkit';
import { receivedTexts, sendAll, type Telemetry, textsOf } from './otlp-preset.ts';
import { type Collector, startCollector } from './referees/collector.ts';
import { describeWithBinary } from './referees/with-referee.ts';

const KINDS = ['gauge', 'counter', 'updown', 'histogram', 'exponential_histogram'] as const;
const SENT: Telemetry = {
  traces: spans(300, { variety: 'plain' }),
  metrics: metrics(300, { variety: 'plain', kinds: KINDS }),
  logs: logs(300, { variety: 'plain' }),
};
const CLASSES: Readonly<Record<Signal, readonly [signal: string, name: string]>> = {
  traces: ['trace', 'OTLPTraceExporter'],
  metrics: ['metrics', 'OTLPMetricExporter'],
  logs: ['logs', 'OTLPLogExporter'],
};

function blockFor(signal: Signal, protocol: 'http' | 'proto' | 'grpc', collector: Collector) {
  const [name, exported] = CLASSES[signal];
  const url = protocol === 'grpc' ? `http://127.0.0.1:${collector.grpcPort}` : `${collector.url}/v1/${signal}`;
  const module = `@opentelemetry/exporter-${name}-otlp-${protocol}`;
  return { module, export: exported, signal, options: { url }, flush_interval: '50ms' };
}

const LACKING = new Set(['exemplars', 'zeroThreshold', 'metadata', 'flags']);

function asTheSdkHasIt(texts: readonly string[]): string[] {
  return texts.map((text) => JSON.stringify(JSON.parse(text, (key, value) => (LACKING.has(key) ? undefined : value))));
}

describeWithBinary('otelcol-referee', 'the Collector receives what was handed to the exporters of the SDK', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = (await startCollector()) as Collector;
  });
  afterAll(() => collector.stop());
  const sent = textsOf(SENT);
  let before = 0;

  test.each([
    ['HTTP and JSON', 'http'],
    ['HTTP and protobuf', 'proto'],
    ['gRPC', 'grpc'],
  ] as const)('over %s: every span, point and record', async (_name, protocol) => {
    const signals = Object.keys(CLASSES) as Signal[];
    const blocks = signals.map((signal) => [`otel_js/${signal}`, blockFor(signal, protocol, collector)]);
    const report = await sendAll(Object.fromEntries(blocks), SENT);
    expect(report).toMatchObject({ delivered: sent.length, pending: 0, dropped: 0 });
    const received = await receivedTexts(collector, sent.length, before);
    before = collector.received().length;
    expect(asTheSdkHasIt(received).sort()).toEqual(asTheSdkHasIt(sent).sort());
  });
});
