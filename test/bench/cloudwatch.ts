/**
 * CloudWatch Logs and metrics, records to a local sink: ours against the clients of the AWS SDK as their users call
 * them (objects in, the SDK serialises), interleaved in one process. Run: npm run bench, or this file alone.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CloudWatchClient, PutMetricDataCommand, type StandardUnit } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { metrics as meters } from '@opentelemetry/api';
import cloudwatch from '@telemetryflow/exporter-cloudwatch';
import {
  batchFromRecords,
  type Exporter,
  type ExporterContext,
  type Payload,
  resolveConfig,
} from '@telemetryflow/kernel';
import { type LogRecord, type RecordOf, toPlainJson, valueToText } from '@telemetryflow/otlp';
import { logs, metrics } from '@telemetryflow/testkit';

const ITEMS = 512;
const BATCHES = 8;
const ROUNDS = 9;
const ROUND_MS = 250;
const FLOOR = 1.8;
const CREDENTIALS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

const startMs = Date.now() - 60_000;
const options = (n: number) => ({ variety: 'plain', startMs, from: n * ITEMS }) as const;
const logBatches = Array.from({ length: BATCHES }, (_, n) => logs(ITEMS, options(n)));
const metricBatches = Array.from({ length: BATCHES }, (_, n) => metrics(ITEMS, options(n)));

const SINK = `
  const server = require('node:http').createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': request.headers['content-type'], 'content-length': 2 }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
  process.stdin.on('end', () => process.exit()).resume();`;

/** Takes every request. A process of its own, so that only the sender is measured. */
async function startSink(): Promise<{ readonly url: string; close(): void }> {
  const sink = spawn(process.execPath, ['-e', SINK], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = await once(sink.stdout, 'data');
  return { url: `http://127.0.0.1:${String(port).trim()}`, close: () => sink.stdin.end() };
}

/** Our exporter of one signal, without the queue that a peer does not have either. */
async function ours<S extends 'logs' | 'metrics'>(
  signal: S,
  url: string,
): Promise<(records: readonly RecordOf[S][]) => Promise<void>> {
  const block = {
    region: 'us-east-1',
    endpoint_override: url,
    access_key_id: CREDENTIALS.accessKeyId,
    secret_access_key: CREDENTIALS.secretAccessKey,
    log_group: 'g',
    log_stream: 's',
  };
  const plugins = { find: async () => cloudwatch, known: () => ['cloudwatch'] };
  const { config } = await resolveConfig([{ object: { exporters: { cloudwatch: block } } }], { plugins, env: {} });
  const [configured] = config.exporters.values();
  const silent = (): void => undefined;
  const context: ExporterContext = {
    id: 'cloudwatch',
    dataSignal: signal,
    logger: { error: silent, warn: silent, info: silent, debug: silent },
    clock: {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      setTimeout: () => ({ cancel: silent }),
      setInterval: () => ({ cancel: silent }),
    },
    meter: meters.getMeter('bench'),
    status: { ok: silent, recoverable: silent, permanent: silent },
    signal: new AbortController().signal,
    extension: () => undefined,
  };
  const exporter: Exporter = cloudwatch.create(configured?.config, context);
  await exporter.start?.();
  const { signal: abort } = new AbortController();
  return async (records) => {
    const batch = batchFromRecords(signal, records);
    // The delivery chain too encodes a batch to its end before it waits for an answer.
    const encoded = [...exporter.encode(batch, { now: Date.now(), id: 'bench', mode: undefined })];
    for (const payload of encoded) {
      if (payload === undefined) continue;
      if ('dropped' in payload) throw new Error(`dropped: ${payload.detail}`);
      const outcome = await exporter.send(payload as Payload, { signal: abort, attempt: 1 });
      if (outcome.retry !== undefined || outcome.dropped !== undefined) throw new Error(JSON.stringify(outcome));
    }
  };
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

async function measure(run: (round: number) => unknown, ms: number): Promise<number> {
  const start = process.cpuUsage();
  const until = performance.now() + ms;
  let rounds = 0;
  while (performance.now() < until) await run(rounds++);
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / (rounds * ITEMS);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

async function main(): Promise<void> {
  const sink = await startSink();
  const shared = { region: 'us-east-1', endpoint: sink.url, credentials: CREDENTIALS, maxAttempts: 1 };
  const [logsClient, metricsClient] = [new CloudWatchLogsClient(shared), new CloudWatchClient(shared)];
  const [ourLogs, ourMetrics] = [await ours('logs', sink.url), await ours('metrics', sink.url)];
  const contestants: Readonly<Record<string, (round: number) => unknown>> = {
    'logs: @aws-sdk/client-cloudwatch-logs': (n) => peerLogs(logsClient, logBatches[n % BATCHES] ?? []),
    'logs: ours': (n) => ourLogs(logBatches[n % BATCHES] ?? []),
    'metrics: @aws-sdk/client-cloudwatch': (n) => peerMetrics(metricsClient, metricBatches[n % BATCHES] ?? []),
    'metrics: ours': (n) => ourMetrics(metricBatches[n % BATCHES] ?? []),
  };
  const results = new Map<string, number[]>(Object.keys(contestants).map((name) => [name, []]));
  for (const run of Object.values(contestants)) await measure(run, 500);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(contestants)) {
      globalThis.gc?.();
      results.get(name)?.push(await measure(run, ROUND_MS));
    }
  }
  for (const signal of ['logs', 'metrics']) {
    const [peer = Number.NaN, own = Number.NaN] = [...results]
      .filter(([name]) => name.startsWith(signal))
      .map(([, values]) => median(values));
    const ratio = peer / own;
    console.log(
      `${signal.padEnd(8)} SDK ${peer.toFixed(0)} ns/item, ours ${own.toFixed(0)} ns/item: ${ratio.toFixed(2)}x`,
    );
    if (ratio < FLOOR) {
      console.error(`cloudwatch ${signal}: ${ratio.toFixed(2)}x is under the floor of ${FLOOR}x`);
      process.exitCode = 1;
    }
  }
  logsClient.destroy();
  metricsClient.destroy();
  sink.close();
  // Our connections are kept alive, as in a pipeline.
  process.exit();
}

void main();
