/** `signoz` before a Collector that checks the ingestion key as the gateway of SigNoz Cloud does. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { logs, metrics, spans } from '@telemetryflow/testkit';
import { receivedTexts, sendAll, type Telemetry, textsOf } from './otlp-preset.ts';
import { type Collector, type CollectorConfig, startCollector } from './referees/collector.ts';
import { describeWithBinary } from './referees/with-referee.ts';

const KEY = 'an-ingestion-key';

const withIngestionKey: CollectorConfig = (ports, outputFile) => `
extensions:
  health_check: { endpoint: 127.0.0.1:${ports.health} }
  bearertokenauth: { header: signoz-ingestion-key, scheme: "", tokens: [${KEY}] }
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

/** SigNoz stores no points that are NaN: those are dropped, which the unit tests show. */
const SENT: Telemetry = { traces: spans(300), metrics: metrics(300, { variety: 'types' }), logs: logs(300) };
/** It has no column for the name of an event, so an attribute repeats it. */
const EXPECTED: Telemetry = {
  ...SENT,
  logs: logs(300).map((log) =>
    log.eventName === undefined ? log : { ...log, attributes: { ...log.attributes, 'event.name': log.eventName } },
  ),
};

describeWithBinary('otelcol-referee', 'a Collector that demands the ingestion key', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = (await startCollector(withIngestionKey)) as Collector;
  });
  afterAll(() => collector.stop());
  const expected = textsOf(EXPECTED);
  let before = 0;

  test.each([
    ['HTTP, protobuf', {}],
    ['HTTP, JSON', { encoding: 'json' }],
    ['gRPC', { protocol: 'grpc' }],
  ])('receives every item with all its fields by %s', async (_name, block) => {
    const endpoint = 'protocol' in block ? `http://127.0.0.1:${collector.grpcPort}` : collector.url;
    const all = { endpoint, access_token: KEY, max_age: '0s', flush_interval: '50ms', ...block };
    expect(await sendAll({ signoz: all }, SENT)).toMatchObject({ delivered: expected.length, pending: 0, dropped: 0 });
    const received = await receivedTexts(collector, expected.length, before);
    before = collector.received().length;
    expect(received).toEqual(expected);
  });

  test.each([
    ['a wrong key', { access_token: 'another-key' }],
    ['the key under the old header', { access_token: KEY, auth_header: 'signoz-access-token' }],
    ['no key', {}],
  ])('refuses %s over both protocols, and nothing is counted as delivered', async (_name, block) => {
    const some = { logs: logs(5) };
    for (const protocol of ['http', 'grpc']) {
      const endpoint = protocol === 'grpc' ? `http://127.0.0.1:${collector.grpcPort}` : collector.url;
      const all = { endpoint, protocol, max_age: '0s', flush_interval: '50ms', ...block };
      expect(await sendAll({ signoz: all }, some)).toMatchObject({ delivered: 0, dropped: 5 });
    }
    expect(collector.received().length).toBe(before);
  });
});
