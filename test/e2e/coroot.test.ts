/** `coroot`: traces and logs before a Collector that shows the API key, metrics before Prometheus and VictoriaMetrics. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { logs, metrics, spans } from '@telemetryflow/testkit';
import { receivedTexts, sendAll, type Telemetry, textsOf } from './otlp-preset.ts';
import { expectedSamples } from './prometheus-expected.ts';
import { storedSeries } from './prometheus-read.ts';
import { flat, texts } from './prometheus-texts.ts';
import { type Collector, type CollectorConfig, startCollector } from './referees/collector.ts';
import { startPrometheus2, startPrometheus3 } from './referees/prometheus.ts';
import { eventually, type Referee } from './referees/server.ts';
import { exportedSeries, startVictoriaMetrics } from './referees/victoria-metrics.ts';
import { describeWithBinary } from './referees/with-referee.ts';

const KEY = 'a-project-key';

const withKeyShown: CollectorConfig = (ports, outputFile) => `
extensions: { health_check: { endpoint: 127.0.0.1:${ports.health} } }
receivers:
  otlp:
    protocols:
      http: { endpoint: 127.0.0.1:${ports.http}, include_metadata: true }
      grpc: { endpoint: 127.0.0.1:${ports.grpc}, include_metadata: true }
processors: { attributes: { actions: [{ key: key, action: insert, from_context: metadata.x-api-key }] } }
exporters: { file: { path: ${outputFile}, flush_interval: 100ms } }
service:
  extensions: [health_check]
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], processors: [attributes], exporters: [file] }
    logs: { receivers: [otlp], processors: [attributes], exporters: [file] }
`;

/** What Coroot takes unchanged: bodies of text, and severities that are not the last of their range. */
const INPUT = { traces: spans(200, { variety: 'plain' }), logs: logs(200, { variety: 'plain' }) };
const key = { key: KEY };
const EXPECTED: Telemetry = {
  traces: INPUT.traces.map((span) => ({ ...span, attributes: { ...span.attributes, ...key } })),
  logs: INPUT.logs.map((record) => {
    const event = record.eventName === undefined ? {} : { 'event.name': record.eventName };
    return { ...record, attributes: { ...record.attributes, ...event, ...key } };
  }),
};

describeWithBinary('otelcol-referee', 'a Collector in the place of Coroot', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = (await startCollector(withKeyShown)) as Collector;
  });
  afterAll(() => collector.stop());
  const want = textsOf(EXPECTED);
  let before = 0;

  test.each<[string, () => object]>([
    ['HTTP, gzip', () => ({ endpoint: collector.url })],
    ['HTTP, zstd', () => ({ endpoint: collector.url, compression: 'zstd' })],
    ['gRPC', () => ({ protocol: 'grpc', endpoint: `http://127.0.0.1:${collector.grpcPort}` })],
  ])('receives every span and record with the key by %s', async (_name, block) => {
    const report = await sendAll({ coroot: { api_key: KEY, flush_interval: '50ms', ...block() } }, INPUT);
    expect(report).toMatchObject({ delivered: want.length, pending: 0, dropped: 0 });
    const received = await receivedTexts(collector, want.length, before);
    before = collector.received().length;
    expect(received).toEqual(want);
  });
});

const kinds = ['gauge', 'counter', 'updown', 'histogram', 'summary'] as const;
const made = metrics(250, { kinds, startMs: Date.now() - 120_000 });
const SHARED = { job: 'testkit/shop', instance: '627cc493-f310-47de-96bd-71410b7dec09' };

function storesEverySample(start: () => Promise<Referee | undefined>): void {
  let server: Referee;
  beforeAll(async () => {
    server = (await start()) as Referee;
  });
  afterAll(() => server.stop());

  test('stores every sample of every point, and nothing else', async () => {
    const endpoint = `${server.url}/api/v1/write`;
    const report = await sendAll({ coroot: { metrics_endpoint: endpoint, flush_interval: '50ms' } }, { metrics: made });
    expect(report).toMatchObject({ pending: 0, dropped: 0 });
    const stored = await storedSeries(server.url, '{otel_scope_name="testkit"}');
    expect(texts(flat(stored))).toEqual(texts(expectedSamples(made, SHARED)));
  });
}

describe('Prometheus 2.42, to which Coroot hands metrics on', () => {
  storesEverySample(startPrometheus2);
});

describeWithBinary('prometheus3', 'Prometheus 3.14, to which Coroot hands metrics on', () => {
  storesEverySample(startPrometheus3);
});

describe('VictoriaMetrics, to which Coroot hands metrics on', () => {
  let server: Referee;
  beforeAll(async () => {
    server = await startVictoriaMetrics();
  });
  afterAll(() => server.stop());

  test('stores every sample of every finite point', async () => {
    const finite = metrics(100, { kinds, variety: 'plain', startMs: Date.now() - 120_000 });
    const endpoint = `${server.url}/api/v1/write`;
    const report = await sendAll(
      { coroot: { metrics_endpoint: endpoint, flush_interval: '50ms' } },
      { metrics: finite },
    );
    expect(report).toMatchObject({ pending: 0, dropped: 0 });
    const expected = texts(expectedSamples(finite, SHARED));
    const stored = await eventually(async () => {
      const series = texts(flat(await exportedSeries(server.url, '{otel_scope_name="testkit"}')));
      return series.length >= expected.length ? series : undefined;
    });
    expect(stored).toEqual(expected);
  });
});
