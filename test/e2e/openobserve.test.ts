/** `openobserve` before a Collector with the paths and the authentication of OpenObserve. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AttributeMap, DataPointType, type ResourceMetricsRecord } from '@telemetryflow/otlp';
import { logs, metrics, spans } from '@telemetryflow/testkit';
import { receivedTexts, sendAll, type Telemetry, textsOf } from './otlp-preset.ts';
import { type Collector, type CollectorConfig, startCollector } from './referees/collector.ts';
import { describeWithBinary } from './referees/with-referee.ts';

const USER = { username: 'root@example.com', password: 'Complexpass#123' };

/** The headers that arrive become attributes of each item. */
const withPaths: CollectorConfig = (ports, outputFile) => `
extensions:
  health_check: { endpoint: 127.0.0.1:${ports.health} }
  basicauth: { htpasswd: { inline: "${USER.username}:${USER.password}" } }
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${ports.http}
        auth: { authenticator: basicauth }
        include_metadata: true
        traces_url_path: /api/acme/v1/traces
        metrics_url_path: /api/acme/v1/metrics
        logs_url_path: /api/acme/v1/logs
      grpc: { endpoint: 127.0.0.1:${ports.grpc}, auth: { authenticator: basicauth }, include_metadata: true }
processors:
  attributes:
    actions:
      - { key: stream, action: insert, from_context: metadata.stream-name }
      - { key: organization, action: insert, from_context: metadata.organization }
exporters: { file: { path: ${outputFile}, flush_interval: 100ms } }
service:
  extensions: [health_check, basicauth]
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], processors: [attributes], exporters: [file] }
    metrics: { receivers: [otlp], processors: [attributes], exporters: [file] }
    logs: { receivers: [otlp], processors: [attributes], exporters: [file] }
`;

const startMs = Date.now() - 60_000;
const INPUT = {
  traces: spans(300, { startMs }),
  logs: logs(300, { startMs }),
  metrics: metrics(300, { kinds: ['gauge', 'counter', 'updown', 'histogram', 'summary'], variety: 'plain', startMs }),
};

/** The input with what the receiver adds for a stream and an organization, where they are named. */
function expected(organization: AttributeMap): Telemetry {
  const stream = { stream: 'app', ...organization };
  return {
    traces: INPUT.traces.map((span) => ({ ...span, attributes: { ...span.attributes, ...stream } })),
    logs: INPUT.logs.map((record) => ({ ...record, attributes: { ...record.attributes, ...stream } })),
    metrics: withAttributes(INPUT.metrics, organization),
  };
}

function withAttributes(records: readonly ResourceMetricsRecord[], more: AttributeMap): ResourceMetricsRecord[] {
  return records.map((each) => ({
    ...each,
    scopeMetrics: each.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.map((metric) => ({
        ...metric,
        dataPoints: metric.dataPoints.map((point) => ({ ...point, attributes: { ...point.attributes, ...more } })),
      })) as never,
    })),
  }));
}

describeWithBinary('otelcol-referee', 'a Collector with the paths of OpenObserve', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = (await startCollector(withPaths)) as Collector;
  });
  afterAll(() => collector.stop());
  let before = 0;

  const common = { ...USER, organization: 'acme', stream_name: 'app', flush_interval: '50ms', max_batch_items: 100 };

  test.each<[string, () => object, AttributeMap]>([
    ['HTTP, protobuf', () => ({ endpoint: collector.url }), {}],
    ['HTTP, JSON, zstd', () => ({ endpoint: `${collector.url}/api/acme`, encoding: 'json', compression: 'zstd' }), {}],
    [
      'gRPC',
      () => ({ protocol: 'grpc', endpoint: `http://127.0.0.1:${collector.grpcPort}` }),
      { organization: 'acme' },
    ],
  ])('receives every item and the stream it belongs to by %s', async (_name, block, organization) => {
    const want = textsOf(expected(organization));
    const report = await sendAll({ openobserve: { ...common, ...block() } }, INPUT);
    expect(report).toMatchObject({ delivered: want.length, pending: 0, dropped: 0 });
    const received = await receivedTexts(collector, want.length, before);
    before = collector.received().length;
    expect(received).toEqual(want);
  });

  test('receives exponential histograms as explicit ones', async () => {
    const histograms = { metrics: metrics(10, { kinds: ['exponential_histogram'], variety: 'plain', startMs }) };
    const report = await sendAll({ openobserve: { ...common, endpoint: collector.url } }, histograms);
    expect(report).toMatchObject({ delivered: 10, dropped: 0 });
    const texts = await receivedTexts(collector, 10, before);
    before = collector.received().length;
    expect(texts.every((text) => text.includes('"histogram"') && !text.includes('exponential"'))).toBe(true);
    expect(DataPointType.EXPONENTIAL_HISTOGRAM).toBe(histograms.metrics[0]?.scopeMetrics[0]?.metrics[0]?.dataPointType);
  });

  test.each<[string, object]>([
    ['a wrong password', { password: 'wrong' }],
    ['another organization', { organization: 'other' }],
  ])('refuses %s, and nothing is counted as delivered', async (_name, block) => {
    const few = { logs: INPUT.logs.slice(0, 5) };
    const report = await sendAll({ openobserve: { ...common, endpoint: collector.url, ...block } }, few);
    expect(report).toMatchObject({ delivered: 0, dropped: 5 });
    expect(collector.received().length).toBe(before);
  });
});
