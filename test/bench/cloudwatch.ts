/**
 * CloudWatch Logs and metrics, records to a local sink, against the clients of the AWS SDK as their users call them
 * (objects in, the SDK serialises).
 */
import { CloudWatchClient, PutMetricDataCommand, type StandardUnit } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import cloudwatch from '@telemetryflow/exporter-cloudwatch';
import { type LogRecord, type RecordOf, toPlainJson, valueToText } from '@telemetryflow/otlp';
import { logs, metrics } from '@telemetryflow/testkit';
import { sendingExporter } from './sending/exporter.ts';
import { startSink } from './sink/http.ts';
import { bench, type Run } from './suite.ts';

const ITEMS = 512;
const BATCHES = 8;
const CREDENTIALS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

const startMs = Date.now() - 60_000;
const options = (n: number) => ({ variety: 'plain', startMs, from: n * ITEMS }) as const;
const logBatches = () => Array.from({ length: BATCHES }, (_, n) => logs(ITEMS, options(n)));
const metricBatches = () => Array.from({ length: BATCHES }, (_, n) => metrics(ITEMS, options(n)));

const sink = () => startSink({ type: 'application/x-amz-json-1.1', body: '{}' });

/** Our exporter of one signal. */
async function ours<S extends 'logs' | 'metrics'>(
  signal: S,
): Promise<(records: readonly RecordOf[S][]) => Promise<void>> {
  const block = {
    region: 'us-east-1',
    endpoint_override: await sink(),
    access_key_id: CREDENTIALS.accessKeyId,
    secret_access_key: CREDENTIALS.secretAccessKey,
    log_group: 'g',
    log_stream: 's',
  };
  return sendingExporter(cloudwatch, block, signal);
}

/** The same document as ours, made as an object and stringified. */
function messageOf(record: LogRecord): string {
  const { spanContext } = record;
  return JSON.stringify({
    body: toPlainJson(record.body),
    severity_number: record.severityNumber,
    severity_text: record.severityText,
    event_name: record.eventName,
    trace_id: spanContext?.traceId,
    span_id: spanContext?.spanId,
    flags: spanContext?.traceFlags,
    attributes: toPlainJson(record.attributes),
    resource: toPlainJson(record.resource.attributes),
    scope: record.instrumentationScope,
  });
}

async function peerLogs(client: CloudWatchLogsClient, records: readonly LogRecord[]): Promise<void> {
  const logEvents = records.map((record) => ({
    timestamp: Math.floor(record.hrTime[0] * 1000 + record.hrTime[1] / 1e6),
    message: messageOf(record),
  }));
  await client.send(new PutLogEventsCommand({ logGroupName: 'g', logStreamName: 's', logEvents }));
}

async function peerMetrics(client: CloudWatchClient, records: readonly RecordOf['metrics'][]): Promise<void> {
  const MetricData = records.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics: all }) =>
      all.flatMap((metric) =>
        metric.dataPoints.map((point) => ({
          MetricName: metric.descriptor.name,
          Dimensions: [
            ...['service.name', 'service.namespace', 'deployment.environment.name'].map((Name) => ({
              Name,
              Value: valueToText(resource.attributes[Name]),
            })),
            ...Object.entries(point.attributes).map(([Name, value]) => ({ Name, Value: valueToText(value) })),
          ],
          Timestamp: new Date(point.endTime[0] * 1000 + point.endTime[1] / 1e6),
          Value: Number(point.value),
          Unit: 'None' as StandardUnit,
        })),
      ),
    ),
  );
  await client.send(new PutMetricDataCommand({ Namespace: 'TelemetryFlow', MetricData }));
}

function rotating<T>(batches: readonly (readonly T[])[], run: (batch: readonly T[]) => unknown): Run {
  return (round) => run(batches[round % BATCHES] ?? []);
}

const client = async () => ({
  region: 'us-east-1',
  endpoint: await sink(),
  credentials: CREDENTIALS,
  maxAttempts: 1,
});

await bench([
  {
    name: 'CloudWatch Logs, against the AWS SDK',
    items: ITEMS,
    ours: async () => rotating(logBatches(), await ours('logs')),
    peer: async () => {
      const logsClient = new CloudWatchLogsClient(await client());
      return rotating(logBatches(), (batch) => peerLogs(logsClient, batch));
    },
    floor: 1.8,
    goal: 2.3,
  },
  {
    name: 'CloudWatch metrics, against the AWS SDK',
    items: ITEMS,
    ours: async () => rotating(metricBatches(), await ours('metrics')),
    peer: async () => {
      const metricsClient = new CloudWatchClient(await client());
      return rotating(metricBatches(), (batch) => peerMetrics(metricsClient, batch));
    },
    floor: 1.8,
    goal: 2.3,
  },
]);
