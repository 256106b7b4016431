/**
 * `manageengine` before a Collector in the place of Site24x7 and of the APM Insight collector, which shows the key it
 * got; and its syslog before rsyslog. Changed on the way, and so in what is expected: the monitor group of a resource,
 * and the names of severities. OpManager and AppLogs have no open counterpart: they are strict fakes of the testkit.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type LogRecord,
  type MetricRecord,
  type ResourceMetricsRecord,
  type ResourceRecord,
  type SpanRecord,
  severityText,
} from '@telemetryflow/otlp';
import { logs, metrics, spans } from '@telemetryflow/testkit';
import { receivedTexts, sendAll, type Telemetry, textsOf } from './otlp-preset.ts';
import { type Collector, type CollectorConfig, startCollector } from './referees/collector.ts';
import { type Rsyslog, startRsyslog } from './referees/rsyslog.ts';
import { eventually } from './referees/server.ts';
import { describeWithBinary } from './referees/with-referee.ts';

const KEY = 'in_0123456789abcdef0123456789abcdef';
const GROUP = 'TelemetryFlow';
const COUNT = 300;

const withKeyShown: CollectorConfig = (ports, outputFile) => `
extensions: { health_check: { endpoint: 127.0.0.1:${ports.health} } }
receivers:
  otlp:
    protocols: { http: { endpoint: 127.0.0.1:${ports.http}, include_metadata: true } }
processors: { attributes: { actions: [{ key: key, action: insert, from_context: metadata.api-key }] } }
exporters: { file: { path: ${outputFile}, flush_interval: 100ms } }
service:
  extensions: [health_check]
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], processors: [attributes], exporters: [file] }
    metrics: { receivers: [otlp], processors: [attributes], exporters: [file] }
    logs: { receivers: [otlp], processors: [attributes], exporters: [file] }
`;

const INPUT = {
  traces: spans(COUNT),
  metrics: metrics(COUNT),
  logs: logs(COUNT).map((record, at): LogRecord => (at % 3 === 0 ? { ...record, severityText: undefined } : record)),
};

const grouped = ({ attributes }: ResourceRecord): ResourceRecord => ({
  attributes: { ...attributes, 'monitor.group': GROUP },
});
const keyed = <T extends { readonly attributes: object }>(item: T): T => ({
  ...item,
  attributes: { ...item.attributes, key: KEY },
});

const EXPECTED: Required<Telemetry> = {
  traces: INPUT.traces.map((span): SpanRecord => keyed({ ...span, resource: grouped(span.resource) })),
  metrics: INPUT.metrics.map(
    ({ resource, scopeMetrics }): ResourceMetricsRecord => ({
      resource: grouped(resource),
      scopeMetrics: scopeMetrics.map(({ scope, metrics: all }) => ({
        scope,
        metrics: all.map((metric) => ({
          ...metric,
          dataPoints: metric.dataPoints.map((point) => keyed(point)),
        })) as unknown as MetricRecord[],
      })),
    }),
  ),
  logs: INPUT.logs.map((record): LogRecord => {
    return keyed({ ...record, severityText: severityText(record), resource: grouped(record.resource) });
  }),
};

describeWithBinary('otelcol-referee', 'a Collector in the place of Site24x7', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = (await startCollector(withKeyShown)) as Collector;
  });
  afterAll(() => collector.stop());

  const block = (more: object) => ({
    manageengine: {
      product: 'site24x7',
      otlp_endpoint: collector.url,
      api_key: KEY,
      monitor_group: GROUP,
      traces: true,
      flush_interval: '50ms',
      ...more,
    },
  });

  test.each(['gzip', 'none'])(
    'receives every item with all its fields, and the key, sent with %s',
    async (compression) => {
      const from = collector.received().length;
      const report = await sendAll(block({ compression }), INPUT);
      expect(report).toMatchObject({ delivered: 3 * COUNT, pending: 0, dropped: 0 });
      expect(await receivedTexts(collector, 3 * COUNT, from)).toEqual(textsOf(EXPECTED));
    },
  );

  test('receives spans of Applications Manager, and nothing else', async () => {
    const from = collector.received().length;
    const report = await sendAll(block({ product: 'applications_manager' }), INPUT);
    expect(report).toMatchObject({ delivered: COUNT, pending: 0, dropped: 2 * COUNT });
    expect(await receivedTexts(collector, COUNT, from)).toEqual(textsOf({ traces: EXPECTED.traces }));
  });
});

describe('rsyslog in the place of OpManager', () => {
  let server: Rsyslog;
  beforeAll(async () => {
    server = await startRsyslog();
  });
  afterAll(() => server.stop());

  test('reads priority, time, host, tag and text of every record; attributes do not travel', async () => {
    const PRIORITIES: Readonly<Record<string, number>> = {
      TRACE: 135,
      DEBUG: 135,
      INFO: 134,
      notice: 134,
      WARN: 132,
      ERROR: 131,
      FATAL: 130,
    };
    const startMs = Math.floor(Date.now() / 1000) * 1000 - 10_000;
    const records = logs(100, { variety: 'plain', startMs });
    const manageengine = {
      api_key: KEY,
      metrics: false,
      logs_mode: 'syslog',
      syslog_endpoint: server.url,
      flush_interval: '50ms',
    };
    expect(await sendAll({ manageengine }, { logs: records })).toMatchObject({ delivered: 100, dropped: 0 });
    const received = await eventually(async () => {
      const all = server.received();
      return all.length >= records.length ? all : undefined;
    });
    expect(received).toEqual(
      records.map(({ severityText: level = '', body, spanContext }) => ({
        pri: String(PRIORITIES[level]),
        time: `${new Date(startMs).toISOString().slice(0, 19)}+00:00`,
        host: 'host-1',
        tag: 'shop:',
        message: ` ${body}${spanContext === undefined ? '' : ` [trace_id=${spanContext.traceId}]`}`,
      })),
    );
  });
});
