/**
 * Datadog logs and metrics, records to a local sink: ours against the API client of Datadog and against
 * `datadog-metrics`, as their users call them, interleaved in one process and without compression on either side.
 * Run: npm run bench, or this file alone.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { client as datadogClient, v1, v2 } from '@datadog/datadog-api-client';
import { metrics as meters } from '@opentelemetry/api';
import datadog from '@telemetryflow/exporter-datadog';
import {
  batchFromRecords,
  type Exporter,
  type ExporterContext,
  type Payload,
  resolveConfig,
} from '@telemetryflow/kernel';
import { hrTimeToNanoString, type LogRecord, type RecordOf, severityRange, valueToText } from '@telemetryflow/otlp';
import { logs, metrics } from '@telemetryflow/testkit';
import datadogMetrics from 'datadog-metrics';

const ITEMS = 512;
const BATCHES = 8;
const ROUNDS = 9;
const ROUND_MS = 250;
const FLOOR = 1.6;
const KEY = '0123456789abcdef0123456789abcdef';

const startMs = Date.now() - 60_000;
const options = (n: number) => ({ variety: 'plain', startMs, from: n * ITEMS }) as const;
const logBatches = Array.from({ length: BATCHES }, (_, n) => logs(ITEMS, options(n)));
const metricBatches = Array.from({ length: BATCHES }, (_, n) => metrics(ITEMS, options(n)));

const SINK = `
  const server = require('node:http').createServer((request, response) => {
    request.resume().on('end', () => {
      const body = request.url.endsWith('/logs') ? '{}' : '{"errors":[]}';
      response.writeHead(202, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
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
  encoding: 'json' | 'protobuf',
): Promise<(records: readonly RecordOf[S][]) => Promise<void>> {
  const block = { api_key: KEY, endpoint: url, compression: 'none', encoding };
  const plugins = { find: async () => datadog, known: () => ['datadog'] };
  const { config } = await resolveConfig([{ object: { exporters: { datadog: block } } }], { plugins, env: {} });
  const [configured] = config.exporters.values();
  const silent = (): void => undefined;
  const context: ExporterContext = {
    id: 'datadog',
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
  const exporter: Exporter = datadog.create(configured?.config, context);
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

function configuration(url: string): datadogClient.Configuration {
  const { host, protocol } = new URL(url);
  const made = datadogClient.createConfiguration({
    authMethods: { apiKeyAuth: KEY },
    baseServer: new datadogClient.BaseServerConfiguration(`${protocol}//${host}`, {}),
  });
  return made;
}

/** The same entry as ours. */
function itemOf(record: LogRecord): v2.HTTPLogItem {
  const { resource, spanContext, attributes } = record;
  const additional: Record<string, unknown> = {
    status: severityRange(record.severityNumber)?.toLowerCase(),
    '@timestamp': new Date(record.hrTime[0] * 1000 + record.hrTime[1] / 1e6).toISOString(),
    'otel.timestamp': hrTimeToNanoString(record.hrTime),
    'otel.severity_number': String(record.severityNumber),
    'otel.severity_text': record.severityText,
    ...(spanContext && {
      'dd.trace_id': BigInt(`0x${spanContext.traceId.slice(-16)}`).toString(),
      'otel.trace_id': spanContext.traceId,
      'dd.span_id': BigInt(`0x${spanContext.spanId}`).toString(),
      'otel.span_id': spanContext.spanId,
    }),
    ...attributes,
    ...resource.attributes,
  };
  return {
    message: valueToText(record.body),
    ddsource: 'opentelemetry',
    service: valueToText(resource.attributes['service.name']),
    hostname: valueToText(resource.attributes['host.name']),
    ddtags: `env:${valueToText(resource.attributes['deployment.environment.name'])}`,
    additionalProperties: additional as Record<string, string>,
  };
}

interface FlatPoint {
  readonly name: string;
  readonly second: number;
  readonly value: number;
  readonly host: string;
  readonly tags: string[];
}

function flat(records: readonly RecordOf['metrics'][]): FlatPoint[] {
  return records.flatMap(({ resource: { attributes }, scopeMetrics }) => {
    const own = [
      `service:${valueToText(attributes['service.name'])}`,
      `env:${valueToText(attributes['deployment.environment.name'])}`,
      `version:${valueToText(attributes['service.version'])}`,
    ];
    return scopeMetrics.flatMap(({ metrics: all }) =>
      all.flatMap((metric) =>
        metric.dataPoints.map((point) => ({
          name: metric.descriptor.name,
          second: point.endTime[0],
          value: Number(point.value),
          host: valueToText(attributes['host.name']),
          tags: [...own, ...Object.entries(point.attributes).map(([key, value]) => `${key}:${valueToText(value)}`)],
        })),
      ),
    );
  });
}

function seriesOf({ name, second, value, host, tags }: FlatPoint): v2.MetricSeries {
  return {
    metric: name,
    type: 3,
    points: [{ timestamp: second, value }],
    resources: [{ type: 'host', name: host }],
    tags,
  };
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
  const logsApi = new v2.LogsApi(configuration(sink.url));
  const metricsApi = new v2.MetricsApi(configuration(sink.url));
  const legacy = new v1.MetricsApi(configuration(sink.url));
  const buffered = new datadogMetrics.BufferedMetricsLogger({
    flushIntervalSeconds: 0,
    // Its own reporter does this, at a host that cannot be chosen.
    reporter: {
      report: (series: unknown) => legacy.submitMetrics({ body: { series: series as v1.Series[] } }),
    } as never,
  });
  const [ourLogs, ourJson, ourProto] = [
    await ours('logs', sink.url, 'json'),
    await ours('metrics', sink.url, 'json'),
    await ours('metrics', sink.url, 'protobuf'),
  ];
  const contestants: Readonly<Record<string, (round: number) => unknown>> = {
    'logs, @datadog/datadog-api-client': (n) =>
      logsApi.submitLog({ body: (logBatches[n % BATCHES] ?? []).map(itemOf) }),
    'logs, ours': (n) => ourLogs(logBatches[n % BATCHES] ?? []),
    'metrics, @datadog/datadog-api-client': (n) =>
      metricsApi.submitMetrics({ body: { series: flat(metricBatches[n % BATCHES] ?? []).map(seriesOf) } }),
    'metrics, datadog-metrics': async (n) => {
      for (const { name, value, tags, second } of flat(metricBatches[n % BATCHES] ?? [])) {
        buffered.gauge(name, value, tags, second * 1000);
      }
      await buffered.flush();
    },
    'metrics, ours in JSON': (n) => ourJson(metricBatches[n % BATCHES] ?? []),
    'metrics, ours in protobuf': (n) => ourProto(metricBatches[n % BATCHES] ?? []),
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
    const all = [...results]
      .filter(([name]) => name.startsWith(signal))
      .map(([name, ns]) => [name, median(ns)] as const);
    const peer = Math.min(...all.filter(([name]) => !name.includes('ours')).map(([, ns]) => ns));
    for (const [name, ns] of all) {
      const ratio = peer / ns;
      console.log(`${name.padEnd(40)} ${ns.toFixed(0).padStart(6)} ns/item  ${ratio.toFixed(2)}x`);
      if (!name.includes('ours') || ratio >= FLOOR) continue;
      console.error(`datadog ${name}: ${ratio.toFixed(2)}x is under the floor of ${FLOOR}x`);
      process.exitCode = 1;
    }
  }
  sink.close();
  // Our connections are kept alive, as in a pipeline.
  process.exit();
}

void main();
