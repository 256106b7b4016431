/** The exporter in a pipeline, with the real AWS SDK, before a strict CloudWatch that refuses what the service refuses. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createPipeline, type DeliveryReport, type Pipeline } from '@telemetryflow/kernel';
import type { LogRecord, ResourceMetricsRecord } from '@telemetryflow/otlp';
import {
  type Answer,
  type Backend,
  cloudwatchError,
  cloudwatchOperation,
  corpus,
  type FakeCloudwatch,
  fakeCloudwatch,
  logs,
  metrics,
  type RecordedRequest,
  startBackend,
} from '@telemetryflow/testkit';
import cloudwatch from '../src/index.ts';

let backend: Backend | undefined;
let pipeline: Pipeline | undefined;
afterEach(async () => {
  await pipeline?.shutdown({ timeoutMs: 0 });
  await backend?.close();
});

const silent = (): void => undefined;
const logger = { error: silent, warn: silent, info: silent, debug: silent };
const startMs = Date.now() - 60_000;

async function start(url: string, block: Record<string, unknown> = {}): Promise<Pipeline> {
  const config = {
    region: 'eu-west-1',
    endpoint_override: url,
    access_key_id: 'AKIAIOSFODNN7EXAMPLE',
    secret_access_key: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    log_group: '/app/logs',
    log_stream: 's',
    flush_interval: '10ms',
    retry: { initial: '10ms', max: '50ms' },
    ...block,
  };
  pipeline = await createPipeline({ exporters: { cloudwatch: config } }, { plugins: [cloudwatch], logger });
  await pipeline.start();
  return pipeline;
}

async function fake(): Promise<FakeCloudwatch> {
  const made = await fakeCloudwatch(() => Date.now());
  backend = made;
  return made;
}

/** Scripted answers; `take` answers success. */
async function scripted(script: (request: RecordedRequest, index: number) => Answer | 'take'): Promise<Backend> {
  backend = await startBackend((request, index) => {
    const answer = script(request, index);
    const type = String(request.headers['content-type']);
    return answer === 'take' ? { status: 200, headers: { 'content-type': type }, body: '{}' } : answer;
  });
  return backend;
}

function operations(of: Backend): string[] {
  return of.requests.map((request) => cloudwatchOperation(request));
}

async function send(
  signal: 'metrics' | 'logs',
  records: readonly (LogRecord | ResourceMetricsRecord)[],
): Promise<unknown> {
  await pipeline?.consume({ signal, records } as never);
  return pipeline?.shutdown();
}

const someLogs = (n: number): LogRecord[] => logs(n, { variety: 'plain', startMs });
const gauges = (n: number): ResourceMetricsRecord[] => metrics(n, { variety: 'plain', startMs });

describe('logs', () => {
  test('go into a group and a stream that are created when they turn out to be missing', async () => {
    const service = await fake();
    await start(service.url, { retention_days: 30, log_group_class: 'INFREQUENT_ACCESS' });
    expect(await send('logs', someLogs(10))).toMatchObject({ delivered: 10, pending: 0, dropped: 0 });
    expect(service.events('/app/logs', 's')).toHaveLength(10);
    expect(service.retention.get('/app/logs')).toBe(30);
    expect(operations(service)).toEqual([
      'PutLogEvents',
      'CreateLogStream',
      'CreateLogGroup',
      'PutRetentionPolicy',
      'CreateLogStream',
      'PutLogEvents',
    ]);
    expect(service.requests[2]?.json()).toEqual({ logGroupName: '/app/logs', logGroupClass: 'INFREQUENT_ACCESS' });
  });

  test('create a stream once, however many requests find it missing', async () => {
    const service = await fake();
    await start(service.url, { batch_size: 5, max_batch_items: 5 });
    expect(await send('logs', someLogs(20))).toMatchObject({ delivered: 20 });
    expect(operations(service).filter((name) => name === 'CreateLogGroup')).toHaveLength(1);
  });

  test('that the service refuses at either end are dropped, and never sent again', async () => {
    const refusal = { rejectedLogEventsInfo: { tooOldLogEventEndIndex: 2, tooNewLogEventStartIndex: 4 } };
    const service = await scripted((request) => ({
      status: 200,
      headers: { 'content-type': String(request.headers['content-type']) },
      body: JSON.stringify(refusal),
    }));
    await start(service.url);
    expect(await send('logs', someLogs(5))).toMatchObject({ delivered: 2, dropped: 3 });
    expect(service.requests).toHaveLength(1);
  });

  test('wait for somebody who may create the group', async () => {
    const service = await scripted((request, index) => {
      if (index > 3) return 'take';
      return cloudwatchOperation(request) === 'PutLogEvents'
        ? cloudwatchError(request, 400, 'ResourceNotFoundException')
        : cloudwatchError(request, 400, 'OperationAbortedException');
    });
    await start(service.url);
    await pipeline?.consume({ signal: 'logs', records: someLogs(3) } as never);
    await service.received(5);
    expect(await pipeline?.shutdown()).toMatchObject({ delivered: 3, dropped: 0 });
  });

  test('name the permission that is missing', async () => {
    const service = await scripted((request) =>
      cloudwatchOperation(request) === 'PutLogEvents'
        ? cloudwatchError(request, 400, 'ResourceNotFoundException')
        : cloudwatchError(request, 400, 'AccessDeniedException', 'not authorized'),
    );
    const running = await start(service.url);
    await running.consume({ signal: 'logs', records: someLogs(1) } as never);
    await service.received(2);
    await running.forceFlush();
    expect(JSON.stringify(running.status())).toContain('logs:CreateLogStream');
    await running.shutdown({ timeoutMs: 0 });
  });

  test('stay unsent while the stream is missing and create_log_stream is off', async () => {
    const service = await fake();
    const running = await start(service.url, { create_log_stream: false });
    await running.consume({ signal: 'logs', records: someLogs(1) } as never);
    await running.forceFlush();
    expect(JSON.stringify(running.status())).toContain('create_log_stream');
    expect(new Set(operations(service))).toEqual(new Set(['PutLogEvents']));
  });
});

describe('metrics', () => {
  test('arrive complete, compressed when they are many', async () => {
    const service = await fake();
    await start(service.url, { headers: { 'X-Team': 'a' } });
    expect(await send('metrics', gauges(300))).toMatchObject({ delivered: 300, dropped: 0 });
    expect(service.datums).toHaveLength(300);
    expect(service.requests[0]?.headers).toMatchObject({ 'content-encoding': 'gzip', 'x-team': 'a' });
    expect(service.requests[0]?.headers.authorization).toMatch(/SignedHeaders=[^,]*content-encoding;[^,]*x-team/);
  });

  test.each([
    ['the service names it', (bad: number) => `The value for parameter MetricData.member.${bad + 1}.Value is invalid.`],
    ['the service does not', () => 'Some value is invalid.'],
  ])('one bad point among many is found and dropped alone, when %s', async (_name, message) => {
    const taken: number[] = [];
    const service = await scripted((request) => {
      const { MetricData } = request.json() as { MetricData: { Value: number }[] };
      const values = MetricData.map(({ Value }) => Value);
      const bad = values.indexOf(13.25);
      if (bad >= 0) return cloudwatchError(request, 400, 'InvalidParameterValue', message(bad));
      taken.push(...values);
      return 'take';
    });
    await start(service.url);
    const records = gauges(40);
    const all = records.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics: each }) =>
        each.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value)),
      ),
    );
    expect(all).toContain(13.25);
    expect(await send('metrics', records)).toMatchObject({ delivered: 39, dropped: 1 });
    expect(taken.sort()).toEqual(all.filter((value) => value !== 13.25).sort());
  });

  test('summaries are sent as differences, cumulative counters too', async () => {
    const service = await fake();
    const running = await start(service.url, { dimensions: { attributes: 'none' } });
    for (const step of [0, 1]) {
      const made = metrics(2, {
        kinds: ['summary', 'counter'],
        from: 2 * step,
        startMs: startMs + step,
        variety: 'plain',
      });
      await running.consume({ signal: 'metrics', records: sameSeries(made, step) } as never);
    }
    await running.shutdown();
    const shown = service.datums.map(({ MetricName, Value, StatisticValues }) => [
      MetricName,
      StatisticValues?.SampleCount ?? Value,
    ]);
    expect(shown).toEqual([
      ['test.summary.int', 2],
      ['test.counter.int', 1.25],
    ]);
  });
});

/** Two collections of the same series: same name and attributes, later time. */
function sameSeries(records: ResourceMetricsRecord[], step: number): ResourceMetricsRecord[] {
  return records.map((record) => ({
    ...record,
    scopeMetrics: record.scopeMetrics.map(({ scope, metrics: all }) => ({
      scope,
      metrics: all.map((metric) => ({
        ...metric,
        descriptor: { ...metric.descriptor, name: metric.descriptor.name.replace('double', 'int') },
        dataPoints: metric.dataPoints.map((point) => ({
          ...point,
          attributes: {},
          startTime: [Math.floor(startMs / 1000) - 600, 0],
          endTime: [Math.floor(startMs / 1000) + step, 0],
        })),
      })),
    })),
  })) as ResourceMetricsRecord[];
}

describe('every pair of properties', () => {
  test('of log records arrives with its body, its attributes and its time', async () => {
    const service = await fake();
    await start(service.url);
    const records = corpus({ startMs }).logs;
    expect(await send('logs', records)).toMatchObject({ delivered: records.length, dropped: 0, pending: 0 });
    const events = service.events('/app/logs', 's').map(({ timestamp, message }) => {
      const read = JSON.parse(message) as { body?: unknown; attributes: Record<string, unknown> };
      return [read.attributes['item.id'], { timestamp, ...read }] as const;
    });
    const byId = new Map(events);
    expect(byId.size).toBe(records.length);
    for (const { attributes, body, hrTime } of records) {
      const event = byId.get(attributes['item.id']);
      expect(event?.timestamp).toBe(Math.floor(hrTime[0] * 1000 + hrTime[1] / 1e6));
      if (typeof body === 'string' && body !== '') expect(String(event?.body).toWellFormed()).toBe(body.toWellFormed());
      if (typeof body === 'boolean') expect(event).toMatchObject({ body, attributes: { value: body } });
    }
  });

  test('of data points arrives with its value, or is counted as dropped', async () => {
    const service = await fake();
    await start(service.url, { dimensions: { attributes: ['item.id'], resource: [] } });
    const records = corpus({ startMs }).metrics;
    const report = (await send('metrics', records)) as DeliveryReport;
    expect(report.delivered + report.dropped).toBe(records.length);
    const byId = new Map(service.datums.map((datum) => [datum.Dimensions?.[0]?.Value, datum]));
    expect(byId.size).toBe(report.delivered);
    for (const { scopeMetrics } of records) {
      const [metric] = scopeMetrics[0]?.metrics ?? [];
      const [point] = metric?.dataPoints ?? [];
      const datum = byId.get(String(point?.attributes['item.id']));
      if (datum === undefined || typeof point?.value !== 'number') continue;
      expect(datum.Value).toBe(point.value + 0);
    }
    // Cumulative points without a predecessor have no difference yet.
    expect(Object.keys(report.reasons).sort()).toEqual(['invalid', 'unconverted']);
  });
});

test('a start without a region says what to set', async () => {
  const before = { ...process.env };
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) delete process.env[name];
  process.env['AWS_CONFIG_FILE'] = '/nonexistent/config';
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = '/nonexistent/credentials';
  try {
    await expect(start('http://127.0.0.1:1', { region: '' })).rejects.toThrow(/region.*AWS_REGION/s);
  } finally {
    process.env = before;
  }
});
