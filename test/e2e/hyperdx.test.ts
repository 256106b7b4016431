/** `hyperdx` before a Collector that checks the authorization header as the one of ClickStack does. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ALL_SIGNALS, receivedTexts, sendAll, textsOf } from './otlp-preset.ts';
import { type Collector, type CollectorConfig, startCollector } from './referees/collector.ts';
import { describeWithBinary } from './referees/with-referee.ts';

const KEY = 'an-ingestion-key';

const withBareKey: CollectorConfig = (ports, outputFile) => `
extensions:
  health_check: { endpoint: 127.0.0.1:${ports.health} }
  bearertokenauth: { scheme: "", tokens: [${KEY}] }
receivers:
  otlp:
    protocols:
      http: { endpoint: 127.0.0.1:${ports.http}, auth: { authenticator: bearertokenauth } }
      grpc: { endpoint: 127.0.0.1:${ports.grpc}, auth: { authenticator: bearertokenauth } }
exporters: { file: { path: ${outputFile}, flush_interval: 100ms } }
service:
  extensions: [health_check, bearertokenauth]
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [file] }
    metrics: { receivers: [otlp], exporters: [file] }
    logs: { receivers: [otlp], exporters: [file] }
`;

describeWithBinary('otelcol-referee', 'a Collector that demands the bare key', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = (await startCollector(withBareKey)) as Collector;
  });
  afterAll(() => collector.stop());
  const sent = textsOf(ALL_SIGNALS);
  let before = 0;

  test.each([
    ['HTTP, protobuf', {}],
    ['HTTP, JSON', { encoding: 'json' }],
    ['gRPC', { protocol: 'grpc' }],
  ])('receives every item with all its fields by %s', async (_name, block) => {
    const endpoint = 'protocol' in block ? `http://127.0.0.1:${collector.grpcPort}` : collector.url;
    const report = await sendAll({ hyperdx: { endpoint, api_key: KEY, flush_interval: '50ms', ...block } });
    expect(report).toMatchObject({ delivered: sent.length, pending: 0, dropped: 0 });
    const received = await receivedTexts(collector, sent.length, before);
    before = collector.received().length;
    expect(received).toEqual(sent);
  });

  test.each([
    ['the scheme Bearer', { api_key: KEY, auth_scheme: 'Bearer' }],
    ['no key', {}],
  ])('refuses %s over both protocols, and nothing is counted as delivered', async (_name, block) => {
    const { logs = [] } = ALL_SIGNALS;
    for (const protocol of ['http', 'grpc']) {
      const endpoint = protocol === 'grpc' ? `http://127.0.0.1:${collector.grpcPort}` : collector.url;
      const report = await sendAll(
        { hyperdx: { endpoint, protocol, flush_interval: '50ms', ...block } },
        { logs: logs.slice(0, 5) },
      );
      expect(report).toMatchObject({ delivered: 0, dropped: 5 });
    }
    expect(collector.received().length).toBe(before);
  });
});
