/**
 * moto as CloudWatch and CloudWatch Logs, read back through the AWS SDK. What CloudWatch cannot carry and is not
 * compared: exemplars, descriptions, links, times below a millisecond, which bucket of a histogram held a value.
 */
import { CloudWatchClient, GetMetricStatisticsCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  GetLogEventsCommand,
  type OutputLogEvent,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPipeline } from '@telemetryflow/kernel';
import { type LogRecord, type ResourceMetricsRecord, toPlainJson } from '@telemetryflow/otlp';
import { logs, metrics, spans } from '@telemetryflow/testkit';
import { receivedTexts, sendAll, textsOf } from './otlp-preset.ts';
import { type Collector, startCollector } from './referees/collector.ts';
import { startMoto } from './referees/moto.ts';
import type { Referee } from './referees/server.ts';
import { describeWithBinary } from './referees/with-referee.ts';

const CREDENTIALS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 120_000;

let moto: Referee;
beforeAll(async () => {
  moto = await startMoto();
}, 120_000);
afterAll(() => moto?.stop());

function block(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    region: 'us-east-1',
    endpoint_override: moto.url,
    access_key_id: CREDENTIALS.accessKeyId,
    secret_access_key: CREDENTIALS.secretAccessKey,
    flush_interval: '50ms',
    ...more,
  };
}

async function send(
  signal: 'metrics' | 'logs',
  records: readonly unknown[],
  more: Record<string, unknown> = {},
): Promise<unknown> {
  const pipeline = await createPipeline({ exporters: { cloudwatch: block(more) } });
  await pipeline.start();
  await pipeline.consume({ signal, records } as never);
  return pipeline.shutdown();
}

const client = <C>(make: new (options: object) => C): C =>
  new make({ region: 'us-east-1', endpoint: moto.url, credentials: CREDENTIALS });

describe('logs', () => {
  async function events(group: string, stream: string): Promise<OutputLogEvent[]> {
    const reader = client(CloudWatchLogsClient);
    const found: OutputLogEvent[] = [];
    let nextToken: string | undefined;
    for (;;) {
      const page = await reader.send(
        new GetLogEventsCommand({
          logGroupName: group,
          logStreamName: stream,
          startFromHead: true,
          limit: 1000,
          nextToken,
        }),
      );
      found.push(...(page.events ?? []));
      if (page.nextForwardToken === nextToken || (page.events ?? []).length === 0) break;
      nextToken = page.nextForwardToken;
    }
    reader.destroy();
    return found;
  }

  /** What an event must hold, from the record alone. */
  function expected({ hrTime, ...record }: LogRecord): object {
    const { severityNumber, severityText, eventName, spanContext, droppedAttributesCount } = record;
    return {
      timestamp: hrTime[0] * 1000 + Math.floor(hrTime[1] / 1e6),
      message: {
        ...(record.body !== null && record.body !== undefined && { body: toPlainJson(record.body) }),
        severity_number: severityNumber,
        severity_text: severityText,
        ...(eventName !== undefined && { event_name: eventName }),
        ...(spanContext !== undefined && {
          trace_id: spanContext.traceId,
          span_id: spanContext.spanId,
          flags: spanContext.traceFlags,
        }),
        ...(droppedAttributesCount > 0 && { dropped_attributes_count: droppedAttributesCount }),
        attributes: toPlainJson(record.attributes),
        resource: toPlainJson(record.resource.attributes),
        scope: { name: record.instrumentationScope.name, version: record.instrumentationScope.version },
      },
    };
  }

  test('of every kind arrive complete and in order, in a group that did not exist', async () => {
    const records = logs(300, { startMs });
    const more = { log_group: '/e2e/{service.name}', log_stream: 'all', retention_days: 7 };
    expect(await send('logs', records.toReversed(), more)).toMatchObject({ delivered: 300, pending: 0, dropped: 0 });
    const found = await events('/e2e/shop', 'all');
    const read = found.map(({ timestamp, message }) => ({ timestamp, message: JSON.parse(message ?? '') }));
    expect(read).toEqual(JSON.parse(JSON.stringify(records.map(expected))));
    const reader = client(CloudWatchLogsClient);
    const { logGroups } = await reader.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/e2e/shop' }));
    expect(logGroups?.[0]?.retentionInDays).toBe(7);
    reader.destroy();
  });
});

describe('metrics', () => {
  interface Expected {
    readonly Sum: number;
    readonly SampleCount: number;
    readonly Minimum: number;
    readonly Maximum: number;
  }

  /** The statistics of a point, from the record alone. */
  function statistics(value: unknown): Expected {
    if (typeof value === 'number') return { Sum: value, SampleCount: 1, Minimum: value, Maximum: value };
    const { count, sum, min, max } = value as { count: number; sum: number; min: number; max: number };
    return { Sum: sum, SampleCount: count, Minimum: min, Maximum: max };
  }

  test.each(['values', 'statistics'])(
    'as %s: count, sum, minimum and maximum of every series are right',
    async (mode) => {
      const kinds = ['gauge', 'counter', 'histogram'] as const;
      const records: ResourceMetricsRecord[] = metrics(30, { variety: 'plain', kinds, temporality: 'delta', startMs });
      const namespace = `e2e-${mode}`;
      const more = { namespace, histogram_mode: mode, dimensions: { attributes: ['item.id'] } };
      expect(await send('metrics', records, more)).toMatchObject({ delivered: 30, pending: 0, dropped: 0 });
      const reader = client(CloudWatchClient);
      const { Metrics = [] } = await reader.send(new ListMetricsCommand({ Namespace: namespace }));
      const points = records.flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap(({ metrics: all }) =>
          all.flatMap(({ descriptor, dataPoints }) =>
            dataPoints.map((point) => ({ name: descriptor.name, unit: descriptor.unit, point })),
          ),
        ),
      );
      // moto lists a series once per value it holds.
      expect(new Set(Metrics.map((metric) => JSON.stringify(metric))).size).toBe(points.length);
      for (const { name, point, unit } of points) {
        const id = String(point.attributes['item.id']);
        const Dimensions = [
          { Name: 'service.name', Value: 'shop' },
          { Name: 'service.namespace', Value: 'testkit' },
          { Name: 'deployment.environment.name', Value: 'test' },
          { Name: 'item.id', Value: id },
        ];
        const { Datapoints = [] } = await reader.send(
          new GetMetricStatisticsCommand({
            Namespace: namespace,
            MetricName: name,
            Dimensions,
            StartTime: new Date(startMs - 60_000),
            EndTime: new Date(startMs + 120_000),
            Period: 60,
            Statistics: ['Sum', 'SampleCount', 'Minimum', 'Maximum'],
          }),
        );
        const want = statistics(point.value);
        expect(Datapoints).toHaveLength(1);
        const [got] = Datapoints;
        for (const key of ['Sum', 'SampleCount', 'Minimum', 'Maximum'] as const)
          expect(got?.[key]).toBeCloseTo(want[key], 6);
        expect(got?.Unit).toBe({ '1': 'None', By: 'Bytes', s: 'Seconds' }[unit]);
      }
      reader.destroy();
    },
  );
});

test('a role of moto is taken on, and its credentials are good', async () => {
  process.env['AWS_ENDPOINT_URL_STS'] = moto.url;
  try {
    const role = { role_arn: 'arn:aws:iam::123456789012:role/writer', external_id: 'shop-7' };
    const more = { ...role, log_group: '/by/role', log_stream: 's' };
    expect(await send('logs', logs(3, { startMs }), more)).toMatchObject({ delivered: 3, dropped: 0 });
  } finally {
    delete process.env['AWS_ENDPOINT_URL_STS'];
  }
});

/** Neither AWS nor moto can be asked for their OTLP endpoints here; a Collector reads the requests, not the signatures. */
describeWithBinary('otelcol-referee', 'a Collector in place of the OTLP endpoints', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = (await startCollector()) as Collector;
  });
  afterAll(() => collector.stop());

  test('reads every span, point and log record as it was', async () => {
    const telemetry = {
      traces: spans(300, { startMs }),
      metrics: metrics(300, { startMs }),
      logs: logs(300, { startMs }),
    };
    const want = textsOf(telemetry);
    const cloudwatch = {
      ...block({ endpoint_override: collector.url }),
      traces: true,
      metrics_protocol: 'otlp',
      logs_protocol: 'otlp',
    };
    const report = await sendAll({ cloudwatch }, telemetry);
    expect(report).toMatchObject({ delivered: want.length, pending: 0, dropped: 0 });
    expect(await receivedTexts(collector, want.length)).toEqual(want);
  });
});
