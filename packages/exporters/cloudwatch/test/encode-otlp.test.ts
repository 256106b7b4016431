/** Requests to the OTLP endpoints, before a service that refuses a whole request for one item too many. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { batchFromOtlp, createPipeline, type DeliveryReport, type Pipeline } from '@telemetryflow/kernel';
import {
  encode,
  type LogRecord,
  type RecordOf,
  type ResourceMetricsRecord,
  type Signal,
  type SpanRecord,
} from '@telemetryflow/otlp';
import {
  awsSignature,
  corpus,
  type FakeCloudwatchOtlp,
  type FakeCloudwatchOtlpOptions,
  fakeCloudwatchOtlp,
  logs,
  metrics,
  plantedRecords,
  spans,
  throughEncoder,
} from '@telemetryflow/testkit';
import type { OtlpMessage } from '../src/encode-otlp.ts';
import cloudwatch from '../src/index.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const KEYS = { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: SECRET };
const startMs = Date.now() - 60_000;

let service: FakeCloudwatchOtlp;
let pipeline: Pipeline | undefined;
afterEach(async () => {
  await pipeline?.shutdown({ timeoutMs: 0 });
  await service.close();
});

const silent = (): void => undefined;
const logger = { error: silent, warn: silent, info: silent, debug: silent };

async function deliver<S extends Signal>(
  signal: S,
  records: readonly RecordOf[S][],
  block: Record<string, unknown> = {},
  options: Partial<FakeCloudwatchOtlpOptions> = {},
): Promise<DeliveryReport> {
  service = await fakeCloudwatchOtlp({ now: Date.now, ...options });
  const { at: path = '', ...more } = block;
  const config = {
    region: 'eu-west-1',
    endpoint_override: `${service.url}${path}`,
    ...KEYS,
    log_group: '/shop/logs',
    log_stream: 'web-1',
    metrics_protocol: 'otlp',
    logs_protocol: 'otlp',
    traces: true,
    flush_interval: '10ms',
    retry: { initial: '10ms', max: '50ms' },
    ...more,
  };
  pipeline = await createPipeline({ exporters: { cloudwatch: config } }, { plugins: [cloudwatch], logger });
  await pipeline.start();
  await pipeline.consume({ signal, records } as never);
  return pipeline.shutdown();
}

/** With another time, in milliseconds. */
function at<R extends SpanRecord | LogRecord>(record: R, ms: number): R {
  const time = [Math.floor(ms / 1000), 0];
  if (!('startTime' in record)) return { ...record, hrTime: time } as unknown as R;
  return { ...record, spanContext: record.spanContext.bind(record), startTime: time, endTime: time } as unknown as R;
}

function withAttributes(record: ResourceMetricsRecord, more: object): ResourceMetricsRecord {
  return {
    ...record,
    scopeMetrics: record.scopeMetrics.map(({ scope, metrics: all }) => ({
      scope,
      metrics: all.map((metric) => ({
        ...metric,
        dataPoints: metric.dataPoints.map((point) => ({ ...point, attributes: { ...point.attributes, ...more } })),
      })),
    })),
  } as ResourceMetricsRecord;
}

const oneSpan = (): SpanRecord => spans(1, { variety: 'plain', startMs })[0] as SpanRecord;
const oneLog = (): LogRecord => logs(1, { variety: 'plain', startMs })[0] as LogRecord;
const onePoint = (): ResourceMetricsRecord => metrics(1, { variety: 'plain', startMs })[0] as ResourceMetricsRecord;
const many = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));

describe('a request', () => {
  test.each([
    ['traces', 'xray', spans(40, { startMs })],
    ['metrics', 'monitoring', metrics(40, { startMs, kinds: ['gauge'] })],
    ['logs', 'logs', logs(40, { startMs })],
  ] as const)(
    'with %s is signed for %s, over its bytes as sent and over what says where they go',
    async (signal, name, records) => {
      const block = { session_token: 'FwoGZXIvYXdzEXAMPLE', headers: { 'X-Team': 'a b' } };
      const report = await deliver(signal, records as never, block);
      expect(report).toMatchObject({ delivered: 40, dropped: 0 });
      const [request] = service.requests;
      if (request === undefined) throw new Error('no request');
      expect(request.headers['content-encoding']).toBe('gzip');
      const { region, service: of, signed } = awsSignature(request, () => SECRET);
      expect([request.path, of, region]).toEqual([`/v1/${signal}`, name, 'eu-west-1']);
      const wanted = ['content-encoding', 'content-type', 'host', 'x-amz-content-sha256', 'x-amz-date'];
      expect(signed).toEqual(expect.arrayContaining([...wanted, 'x-amz-security-token', 'x-team']));
      if (signal === 'logs') expect(signed).toEqual(expect.arrayContaining(['x-aws-log-group', 'x-aws-log-stream']));
    },
  );

  test('carries an API key instead, where there is one', async () => {
    const block = { bearer_token: 'ACWL-4711', access_key_id: '', secret_access_key: '' };
    expect(await deliver('logs', [oneLog()], block, { token: 'ACWL-4711' })).toMatchObject({ delivered: 1 });
    expect(service.requests[0]?.headers).not.toHaveProperty('x-amz-date');
  });

  test('keeps the path of a gateway before that of the signal, and is signed with it', async () => {
    expect(await deliver('traces', [oneSpan()], { at: '/aws/eu (1)/' })).toMatchObject({ delivered: 1 });
    expect(service.requests.map(({ path }) => path)).toEqual(['/aws/eu%20(1)/v1/traces']);
  });

  test.each([
    ['another secret', { secret_access_key: 'guessed' }],
    ['an unknown key', { access_key_id: 'AKIAOTHER' }],
    ['an unknown API key', { bearer_token: 'guessed' }],
  ])('with %s waits until the credentials are good', async (_name, block) => {
    const report = await deliver('traces', [oneSpan()], { ...block, retry: { max_elapsed: '200ms' } });
    expect(report).toMatchObject({ delivered: 0 });
    expect(Object.keys(report.reasons)).not.toContain('rejected');
    expect(service.taken.traces).toEqual([]);
  });

  test('of telemetry that is bytes already holds these bytes', async () => {
    const bytes = encode('traces', spans(20, { startMs }));
    const block = { region: 'eu-west-1', traces: true, ...KEYS };
    const context = { now: Date.now() };
    const { payloads, drops } = await throughEncoder(cloudwatch, block, batchFromOtlp('traces', bytes), context);
    expect(drops).toEqual([]);
    const bodies = payloads.map(({ body }) => Buffer.from((body as OtlpMessage).body));
    expect(bodies).toEqual([Buffer.from(bytes)]);
    service = await fakeCloudwatchOtlp({ now: Date.now });
  });
});

describe('spans', () => {
  test('that X-Ray would refuse are dropped, each with its reason, and the others arrive', async () => {
    const span = oneSpan();
    const blob = (bytes: number) => ({
      ...span,
      spanContext: () => span.spanContext(),
      attributes: { ...span.attributes, blob: 'x'.repeat(bytes) },
    });
    const resource = { attributes: { blob: 'x'.repeat(17_000) } };
    const now = Date.now();
    const records = [
      span,
      blob(199_000),
      blob(210_000),
      { ...span, spanContext: () => span.spanContext(), resource },
      at(span, now - 14 * DAY),
      at(span, now + 2 * HOUR + 60_000),
      at(span, now + HOUR),
    ];
    const report = await deliver('traces', records as SpanRecord[]);
    expect(report).toMatchObject({ delivered: 3, dropped: 4, reasons: { too_large: 2, too_old: 1, invalid: 1 } });
    expect(service.taken.traces).toHaveLength(3);
  });

  test('more than 24 hours apart go in requests of their own', async () => {
    const now = Date.now();
    const records = [0, 30, 2, 26, 70].map((hours) => at(oneSpan(), now - hours * HOUR));
    expect(await deliver('traces', records)).toMatchObject({ delivered: 5, dropped: 0 });
    const ages = service.taken.traces.map(({ startTime }) => Math.round((now / 1000 - startTime[0]) / 3600));
    expect(service.requests).toHaveLength(3);
    expect(ages).toEqual([70, 30, 26, 0, 2]);
  });

  test('of more than 5 MB go in several requests', async () => {
    const records = spans(40, { variety: 'plain', startMs }).map((span) => ({
      ...span,
      spanContext: () => span.spanContext(),
      attributes: { ...span.attributes, blob: 'x'.repeat(150_000) },
    }));
    expect(await deliver('traces', records)).toMatchObject({ delivered: 40, dropped: 0 });
    expect(service.requests).toHaveLength(2);
  });
});

describe('log records', () => {
  test('go to the group and stream that their resource names, harmless, and to no other', async () => {
    const records = ['a', 'b', 'a'].map((name) => ({
      ...oneLog(),
      resource: { attributes: { 'service.name': name } },
    }));
    const block = { log_group: '/app/{service.name}', log_stream: '{host.name}' };
    expect(await deliver('logs', records, block)).toMatchObject({ delivered: 3, dropped: 0 });
    expect(service.places).toEqual(['/app/a:unknown', '/app/b:unknown']);
  });

  test('with hostile names become no header of their own, and no path', async () => {
    const block = { log_group: '/app/{service.name}', log_stream: '{host.name}' };
    const records = plantedRecords('logs', ['service.name', 'host.name']);
    expect(await deliver('logs', records, block)).toMatchObject({ delivered: records.length, dropped: 0 });
    for (const place of service.places) expect(place).toMatch(/^\/app\/[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+$/);
    for (const { headers } of service.requests) expect(headers).not.toHaveProperty('x-planted');
  });

  test('that are too old or too far ahead are dropped, and those without a time have that of their observation', async () => {
    const log = oneLog();
    const now = Date.now();
    const seen: LogRecord = { ...log, hrTime: [0, 0], hrTimeObserved: [Math.floor(now / 1000), 0] };
    const records = [log, at(log, now - 15 * DAY), at(log, now + 3 * HOUR), seen];
    expect(await deliver('logs', records)).toMatchObject({ delivered: 2, reasons: { too_old: 1, invalid: 1 } });
    expect(service.taken.logs[1]?.hrTime).toEqual([Math.floor(now / 1000), 0]);
  });

  test('wait for their stream', async () => {
    const report = await deliver('logs', [oneLog()], { retry: { max_elapsed: '1s' } }, { streams: [] });
    expect(report.delivered).toBe(0);
    expect(service.requests.length).toBeGreaterThan(0);
    expect(service.taken.logs).toEqual([]);
  });
});

describe('data points', () => {
  test('with more than 150 labels are dropped, and the others arrive', async () => {
    const point = onePoint();
    const few = { ...point, resource: { attributes: {} } };
    const report = await deliver('metrics', [point, withAttributes(few, many(140)), withAttributes(point, many(151))]);
    expect(report).toMatchObject({ delivered: 2, dropped: 1, reasons: { invalid: 1 } });
  });

  test('go 200 at a time, as they came: cumulative ones stay so', async () => {
    const records = metrics(450, {
      kinds: ['counter', 'histogram', 'summary', 'exponential_histogram'],
      startMs,
      variety: 'plain',
    });
    const report = await deliver('metrics', records, { batch_size: 1000 });
    expect(report).toMatchObject({ delivered: 450, dropped: 0 });
    expect(service.requests.length).toBeGreaterThanOrEqual(3);
    expect(service.taken.metrics.flatMap(shapes)).toEqual(records.flatMap(shapes));
  });
});

function shapes({ scopeMetrics }: ResourceMetricsRecord): unknown[] {
  return scopeMetrics.flatMap(({ metrics: all }) =>
    all.flatMap(({ descriptor, aggregationTemporality, dataPoints }) =>
      dataPoints.map(({ value }) => [descriptor.name, aggregationTemporality, value]),
    ),
  );
}

describe('every pair of properties arrives', () => {
  const data = corpus({ startMs });
  test('of spans', async () => {
    expect(await deliver('traces', data.traces)).toMatchObject({ delivered: data.traces.length, dropped: 0 });
    expect(service.taken.traces.map(({ name }) => name)).toEqual(data.traces.map(({ name }) => name.toWellFormed()));
  });

  test('of log records', async () => {
    expect(await deliver('logs', data.logs)).toMatchObject({ delivered: data.logs.length, dropped: 0 });
    expect(service.taken.logs.map(({ severityText }) => severityText ?? '')).toEqual(
      data.logs.map(({ severityText }) => severityText ?? ''),
    );
  });

  test('of data points', async () => {
    expect(await deliver('metrics', data.metrics)).toMatchObject({ delivered: data.metrics.length, dropped: 0 });
  });
});
