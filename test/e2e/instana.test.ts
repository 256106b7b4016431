/**
 * `instana` before a Collector in the place of the OTLP acceptor, which shows the headers it got. Changed on the way,
 * and so in what is expected: the origin of a resource, levels and times of logs, exponential histograms. The
 * acceptor of spans in Instana's own format has no open counterpart: it is the strict fake of the testkit.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exponentialToExplicit } from '@telemetryflow/metrics';
import {
  DataPointType,
  type ExponentialHistogramRecord,
  type HistogramRecord,
  hrTimeToNanoString,
  type LogRecord,
  type MetricRecord,
  type ResourceMetricsRecord,
  type ResourceRecord,
  type SpanRecord,
} from '@telemetryflow/otlp';
import { type FakeInstana, fakeInstana, logs, METRIC_KINDS, metrics, spans } from '@telemetryflow/testkit';
import { receivedTexts, sendAll, type Telemetry, textsOf } from './otlp-preset.ts';
import { type Collector, type CollectorConfig, startCollector } from './referees/collector.ts';
import { describeWithBinary } from './referees/with-referee.ts';

const KEY = 'an-agent-key';
const HOST = 'web-1';
const ZONE = 'us-west-2';
const COUNT = 300;
const startMs = Date.now() - 10_000;

const withKeyShown: CollectorConfig = (ports, outputFile) => `
extensions: { health_check: { endpoint: 127.0.0.1:${ports.health} } }
receivers:
  otlp:
    protocols: { http: { endpoint: 127.0.0.1:${ports.http}, include_metadata: true } }
processors: { attributes: { actions: [{ key: key, action: insert, from_context: metadata.x-instana-key }] } }
exporters: { file: { path: ${outputFile}, flush_interval: 100ms } }
service:
  extensions: [health_check]
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], processors: [attributes], exporters: [file] }
    metrics: { receivers: [otlp], processors: [attributes], exporters: [file] }
    logs: { receivers: [otlp], processors: [attributes], exporters: [file] }
`;

const kinds = METRIC_KINDS.filter((kind) => kind !== 'summary');
const INPUT = {
  traces: spans(COUNT, { startMs }),
  metrics: metrics(COUNT, { startMs, variety: 'types', kinds }),
  logs: logs(COUNT, { startMs }),
};

const placed = ({ attributes }: ResourceRecord): ResourceRecord => ({
  attributes: { ...attributes, 'host.id': HOST, 'instana.zone': ZONE },
});
const keyed = <T extends { readonly attributes: object }>(item: T): T => ({
  ...item,
  attributes: { ...item.attributes, key: KEY },
});

function explicit(metric: MetricRecord): MetricRecord {
  if (metric.dataPointType !== DataPointType.EXPONENTIAL_HISTOGRAM) return metric;
  const dataPoints = (metric as ExponentialHistogramRecord).dataPoints.map((point) => ({
    ...point,
    value: exponentialToExplicit(point.value, { maxBoundaries: 160 }),
  }));
  return { ...metric, dataPointType: DataPointType.HISTOGRAM, dataPoints } as HistogramRecord;
}

const EXPECTED: Telemetry = {
  traces: INPUT.traces.map((span): SpanRecord => keyed({ ...span, resource: placed(span.resource) })),
  metrics: INPUT.metrics.map(
    ({ resource, scopeMetrics }): ResourceMetricsRecord => ({
      resource: placed(resource),
      scopeMetrics: scopeMetrics.map(({ scope, metrics: all }) => ({
        scope,
        metrics: all.map(explicit).map((metric) => ({
          ...metric,
          dataPoints: metric.dataPoints.map((point) => keyed(point)),
        })) as unknown as MetricRecord[],
      })),
    }),
  ),
  logs: INPUT.logs.map((record): LogRecord => {
    const attributes = { ...record.attributes, 'log.time_unix_nano': hrTimeToNanoString(record.hrTime) };
    return keyed({ ...record, attributes, resource: placed(record.resource) });
  }),
};

describeWithBinary('otelcol-referee', 'a Collector in the place of the OTLP acceptor', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = (await startCollector(withKeyShown)) as Collector;
  });
  afterAll(() => collector.stop());

  test.each(['gzip', 'none'])('receives every item with the agent key, sent with %s', async (compression) => {
    const block = { otlp_endpoint: collector.url, agent_key: KEY, host_id: HOST, zone: ZONE, compression };
    const from = collector.received().length;
    const report = await sendAll({ instana: { ...block, flush_interval: '50ms' } }, INPUT);
    expect(report).toMatchObject({ delivered: 3 * COUNT, pending: 0, dropped: 0 });
    expect(await receivedTexts(collector, 3 * COUNT, from)).toEqual(textsOf(EXPECTED));
  });

  test('has nothing of the summaries, which are dropped', async () => {
    const summaries = metrics(10, { startMs, variety: 'plain', kinds: ['summary'] });
    const block = { otlp_endpoint: collector.url, agent_key: KEY };
    const from = collector.received().length;
    expect(await sendAll({ instana: block }, { metrics: summaries })).toMatchObject({ delivered: 0, dropped: 10 });
    expect(collector.received()).toHaveLength(from);
  });
});

describe('the acceptor of spans', () => {
  let service: FakeInstana;
  beforeAll(async () => {
    service = await fakeInstana({ key: KEY });
  });
  afterAll(() => service.close());

  test('receives every span with its ids, times and names', async () => {
    const block = { endpoint_url: service.url, agent_key: KEY, host_id: HOST, protocol: 'native' };
    expect(await sendAll({ instana: block }, { traces: INPUT.traces })).toMatchObject({ delivered: COUNT, dropped: 0 });
    const read = service.spans.map(({ span }) => [span.lt, span.s, span.p, span.ts, span.d, span.data.operation]);
    const sent = INPUT.traces.map((span) => {
      const { traceId, spanId } = span.spanContext();
      const ts = span.startTime[0] * 1000 + Math.floor(span.startTime[1] / 1e6);
      const d = span.duration[0] * 1000 + span.duration[1] / 1e6;
      return [traceId, spanId, span.parentSpanContext?.spanId, ts, d, span.name];
    });
    expect(read).toEqual(sent);
  });
});
