/**
 * Datadog logs and metrics, records to a local sink, against the API client of Datadog and against `datadog-metrics`,
 * as their users call them, without compression on either side. Spans for an Agent, records to bytes, against the
 * MessagePack library of most downloads: dd-trace, whose format it is, would bring 100 MB and ten native packages.
 */
import { client as datadogClient, v1, v2 } from '@datadog/datadog-api-client';
import { Encoder } from '@msgpack/msgpack';
import datadog from '@telemetryflow/exporter-datadog';
import { type Batch, batchFromRecords } from '@telemetryflow/kernel';
import {
  asRecords,
  hrTimeToNanoString,
  type LogRecord,
  type RecordOf,
  severityRange,
  valueToText,
} from '@telemetryflow/otlp';
import { logs, metrics } from '@telemetryflow/testkit';
import datadogMetrics from 'datadog-metrics';
import { agentSpans } from './payloads/datadog.ts';
import { spanBatches } from './payloads/sdk-batches.ts';
import { configuredExporter, sendingExporter } from './sending/exporter.ts';
import { startSink } from './sink/http.ts';
import { bench, type Run } from './suite.ts';

const ITEMS = 512;
const BATCHES = 8;
const KEY = '0123456789abcdef0123456789abcdef';

const startMs = Date.now() - 60_000;
const options = (n: number) => ({ variety: 'plain', startMs, from: n * ITEMS }) as const;
const logBatches = () => Array.from({ length: BATCHES }, (_, n) => logs(ITEMS, options(n)));
const metricBatches = () => Array.from({ length: BATCHES }, (_, n) => metrics(ITEMS, options(n)));

const sink = () => startSink({ status: 202, body: '{"errors":[]}' });

const ours = async <S extends 'logs' | 'metrics'>(signal: S, encoding: 'json' | 'protobuf') =>
  sendingExporter(datadog, { api_key: KEY, endpoint: await sink(), compression: 'none', encoding }, signal);

async function configuration(): Promise<datadogClient.Configuration> {
  return datadogClient.createConfiguration({
    authMethods: { apiKeyAuth: KEY },
    baseServer: new datadogClient.BaseServerConfiguration(await sink(), {}),
  });
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

function rotating<T>(batches: readonly (readonly T[])[], run: (batch: readonly T[]) => unknown): Run {
  return (round) => run(batches[round % BATCHES] ?? []);
}

async function apiClient(): Promise<Run> {
  const api = new v2.MetricsApi(await configuration());
  return rotating(metricBatches(), (batch) => api.submitMetrics({ body: { series: flat(batch).map(seriesOf) } }));
}

async function bufferedLogger(): Promise<Run> {
  const api = new v1.MetricsApi(await configuration());
  const buffered = new datadogMetrics.BufferedMetricsLogger({
    flushIntervalSeconds: 0,
    // Its own reporter does this, at a host that cannot be chosen.
    reporter: { report: (series: unknown) => api.submitMetrics({ body: { series: series as v1.Series[] } }) } as never,
  });
  return rotating(metricBatches(), async (batch) => {
    for (const { name, value, tags, second } of flat(batch)) buffered.gauge(name, value, tags, second * 1000);
    await buffered.flush();
  });
}

const ourMetrics = (encoding: 'json' | 'protobuf') => async () =>
  rotating(metricBatches(), await ours('metrics', encoding));

const tracesOf = () => spanBatches(1).map((spans) => asRecords('traces', spans));

/** Spans to the body that an Agent takes; what it costs to send that is the same for all. */
async function ourTraces(): Promise<Run> {
  const traces = { enabled: true, protocol: 'agent_v04' };
  const exporter = await configuredExporter(datadog, { api_key: KEY, traces }, 'traces');
  return rotating(tracesOf(), (batch) => {
    const context = { now: Date.now(), id: 'bench', mode: undefined };
    const encoded = [...exporter.encode(batchFromRecords('traces', batch) as Batch, context)];
    if (encoded.some((each) => each !== undefined && 'dropped' in each)) throw new Error('dropped');
  });
}

await bench([
  {
    name: 'Datadog logs, against @datadog/datadog-api-client',
    items: ITEMS,
    ours: async () => rotating(logBatches(), await ours('logs', 'json')),
    peer: async () => {
      const api = new v2.LogsApi(await configuration());
      return rotating(logBatches(), (batch) => api.submitLog({ body: batch.map(itemOf) }));
    },
    floor: 1.6,
    goal: 2.5,
  },
  {
    name: 'Datadog series in protobuf, against @datadog/datadog-api-client',
    items: ITEMS,
    ours: ourMetrics('protobuf'),
    peer: apiClient,
    floor: 1.6,
    goal: 2.5,
  },
  {
    name: 'Datadog series in JSON, against @datadog/datadog-api-client',
    items: ITEMS,
    ours: ourMetrics('json'),
    peer: apiClient,
    floor: 1.6,
    goal: 2.5,
  },
  {
    name: 'Datadog series in protobuf, against datadog-metrics',
    items: ITEMS,
    ours: ourMetrics('protobuf'),
    peer: bufferedLogger,
    floor: 1.6,
    goal: 2.5,
  },
  {
    name: "Datadog Agent's spans, against @msgpack/msgpack",
    items: ITEMS,
    ours: ourTraces,
    peer: () => {
      const encoder = new Encoder({ useBigInt64: true });
      return rotating(tracesOf(), (batch) => encoder.encode(agentSpans(batch)));
    },
    floor: 1.6,
    goal: 2.5,
  },
]);
