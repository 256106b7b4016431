/**
 * The JSON APIs of New Relic, records to the bytes of a request: ours against `@newrelic/telemetry-sdk` as its users
 * call it (its objects, stringified as its clients do), interleaved in one process. Before anything is measured the
 * two requests must hold the same values. Run: npm run bench, or this file alone.
 */
import assert from 'node:assert/strict';
import telemetry from '@newrelic/telemetry-sdk';
import { metrics as meters } from '@opentelemetry/api';
import newrelic from '@telemetryflow/exporter-newrelic';
import { batchFromRecords, type Exporter, type ExporterContext, resolveConfig } from '@telemetryflow/kernel';
import {
  type AttributeMap,
  DataPointType,
  hrTimeToMillis,
  type LogRecord,
  type RecordOf,
  type ResourceMetricsRecord,
  type ResourceRecord,
  type ScopeRecord,
  type Signal,
  type SpanRecord,
} from '@telemetryflow/otlp';
import { logs, metrics, spans } from '@telemetryflow/testkit';

const ITEMS = 512;
const BATCHES = 8;
const ROUNDS = 9;
const ROUND_MS = 250;
const FLOOR = 1.6;
const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

const { Span, SpanBatch } = telemetry.telemetry.spans;
const { CountMetric, GaugeMetric, MetricBatch } = telemetry.telemetry.metrics;

const startMs = Date.now() - 60_000;
const data = (n: number) => ({ variety: 'plain', startMs, from: n * ITEMS }) as const;
const batches: { readonly [S in Signal]: readonly RecordOf[S][][] } = {
  traces: Array.from({ length: BATCHES }, (_, n) => spans(ITEMS, data(n))),
  metrics: Array.from({ length: BATCHES }, (_, n) =>
    metrics(ITEMS, { ...data(n), temporality: 'delta', kinds: ['gauge', 'counter'] }),
  ),
  logs: Array.from({ length: BATCHES }, (_, n) => logs(ITEMS, data(n))),
};

/** Our encoder of one signal. */
async function ours(signal: Signal): Promise<(records: readonly RecordOf[Signal][]) => Uint8Array> {
  const block = { license_key: '0123456789abcdef0123456789abcdef0123NRAL', protocol: 'api' };
  const plugins = { find: async () => newrelic, known: () => ['newrelic'] };
  const { config } = await resolveConfig([{ object: { exporters: { newrelic: block } } }], { plugins, env: {} });
  const silent = (): void => undefined;
  const context: ExporterContext = {
    id: 'newrelic',
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
  const exporter: Exporter = newrelic.create(config.exporters.get('newrelic')?.config, context);
  return (records) => {
    const batch = batchFromRecords(signal, records);
    let body: Uint8Array | undefined;
    for (const encoded of exporter.encode(batch, { now: Date.now(), id: 'bench', mode: undefined })) {
      if (encoded === undefined) continue;
      if ('dropped' in encoded) throw new Error(`dropped: ${encoded.detail}`);
      ({ body } = encoded.body as { body: Uint8Array });
    }
    if (body === undefined) throw new Error('nothing was encoded');
    return body;
  };
}

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];
const STATUS = ['UNSET', 'OK', 'ERROR'];

function common(resource: ResourceRecord, scope: ScopeRecord): Record<string, unknown> {
  return {
    ...resource.attributes,
    'otel.library.name': scope.name,
    'otel.library.version': scope.version,
    'instrumentation.provider': 'opentelemetry',
  };
}

const millis = (time: SpanRecord['startTime']): number => Math.floor(hrTimeToMillis(time));

/** What the clients of the SDK do with a batch before they compress it. */
const bytesOf = (batch: object): Buffer => Buffer.from(`[${JSON.stringify(batch)}]`);

function peerSpans(records: readonly SpanRecord[]): Uint8Array {
  const [first] = records as [SpanRecord];
  const all = records.map((span) => {
    const { traceId, spanId, traceState } = span.spanContext();
    const error = span.status.code === 2;
    const exception = error ? span.events.findLast(({ name }) => name === 'exception')?.attributes : undefined;
    return new Span(
      spanId,
      traceId,
      millis(span.startTime),
      span.name,
      span.parentSpanContext?.spanId as string,
      undefined as never,
      (span.duration[0] * 1e9 + span.duration[1]) / 1e6,
      {
        ...span.attributes,
        'span.kind': KINDS[span.kind],
        'otel.status_code': STATUS[span.status.code],
        'otel.status_description': span.status.message || undefined,
        'w3c.tracestate': traceState?.serialize() || undefined,
        'otel.dropped_attributes_count': span.droppedAttributesCount || undefined,
        'otel.dropped_events_count': span.droppedEventsCount || undefined,
        'otel.dropped_links_count': span.droppedLinksCount || undefined,
        'error.message': error ? span.status.message || exception?.['exception.message'] || 'error' : undefined,
        'error.class': exception?.['exception.type'],
        'error.stack': exception?.['exception.stacktrace'],
      } as never,
    );
  });
  return bytesOf(new SpanBatch(common(first.resource, first.instrumentationScope) as never, all));
}

function peerMetrics(records: readonly ResourceMetricsRecord[]): Uint8Array {
  const batch = new MetricBatch(
    common(records[0]?.resource as ResourceRecord, records[0]?.scopeMetrics[0]?.scope as ScopeRecord) as never,
  );
  for (const metric of records.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: all }) => all))) {
    const { name, unit, description } = metric.descriptor;
    for (const { attributes, value, startTime, endTime } of metric.dataPoints) {
      const own = { ...attributes, unit, description } as never;
      const [start, end] = [millis(startTime), millis(endTime)];
      batch.addMetric(
        metric.dataPointType === DataPointType.SUM
          ? new CountMetric(name, value as number, own, start, end - start)
          : new GaugeMetric(name, value as number, own, end),
      );
    }
  }
  return bytesOf(batch);
}

function peerLogs(records: readonly LogRecord[]): Uint8Array {
  const [first] = records as [LogRecord];
  const all = records.map((record) => ({
    timestamp: millis(record.hrTime),
    message: record.body as string,
    attributes: {
      ...record.attributes,
      level: record.severityText?.toLowerCase(),
      'severity.number': record.severityNumber,
      'severity.text': record.severityText,
      'trace.id': record.spanContext?.traceId,
      'span.id': record.spanContext?.spanId,
      'event.name': record.eventName,
      'w3c.flags': record.spanContext?.traceFlags || undefined,
      'otel.dropped_attributes_count': record.droppedAttributesCount || undefined,
    } as AttributeMap,
  }));
  // A LogBatch of the SDK is a plain object, too.
  return bytesOf({ common: { attributes: common(first.resource, first.instrumentationScope) }, logs: all });
}

function measure(run: (round: number) => unknown, ms: number): number {
  const start = process.cpuUsage();
  const until = performance.now() + ms;
  let rounds = 0;
  while (performance.now() < until) run(rounds++);
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / (rounds * ITEMS);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

async function main(): Promise<void> {
  const peers: { readonly [S in Signal]: (records: never) => Uint8Array } = {
    traces: peerSpans,
    metrics: peerMetrics,
    logs: peerLogs,
  };
  for (const signal of SIGNALS) {
    const encode = await ours(signal);
    const all = batches[signal] as readonly RecordOf[Signal][][];
    const contestants = [
      (n: number) => peers[signal](all[n % BATCHES] as never),
      (n: number) => encode(all[n % BATCHES] ?? []),
    ] as const;
    const [theirs, own] = contestants.map((run) => JSON.parse(Buffer.from(run(0)).toString()));
    assert.deepEqual(own, theirs);
    const results: [number[], number[]] = [[], []];
    for (const run of contestants) measure(run, 500);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [at, run] of contestants.entries()) {
        globalThis.gc?.();
        results[at as 0 | 1].push(measure(run, ROUND_MS));
      }
    }
    const [peer, mine] = [median(results[0]), median(results[1])];
    const ratio = peer / mine;
    console.log(
      `${signal.padEnd(8)} SDK ${peer.toFixed(0)} ns/item, ours ${mine.toFixed(0)} ns/item: ${ratio.toFixed(2)}x`,
    );
    if (ratio < FLOOR) {
      console.error(`newrelic ${signal}: ${ratio.toFixed(2)}x is under the floor of ${FLOOR}x`);
      process.exitCode = 1;
    }
  }
}

void main();
