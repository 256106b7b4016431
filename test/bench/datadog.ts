/**
 * Datadog logs and metrics, records to a local sink, against the API client of Datadog and against `datadog-metrics`,
 * as their users call them, without compression on either side.
 */
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

/** Our exporter of one signal, without the queue that a peer does not have either. */
async function ours<S extends 'logs' | 'metrics'>(
  signal: S,
  encoding: 'json' | 'protobuf',
): Promise<(records: readonly RecordOf[S][]) => Promise<void>> {
  const block = { api_key: KEY, endpoint: await sink(), compression: 'none', encoding };
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
]);
