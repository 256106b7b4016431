/** The exporter in a pipeline, before a strict Instana that refuses what the service would refuse or leave out. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createPipeline, type Logger, type Pipeline } from '@telemetryflow/kernel';
import type { AttributeMap, MetricRecord, ResourceMetricsRecord } from '@telemetryflow/otlp';
import {
  configureExporter,
  corpus,
  type FakeInstana,
  fakeInstana,
  hrTime,
  logs,
  metrics,
  spans,
  startBackend,
} from '@telemetryflow/testkit';
import instana from '../src/index.ts';
import { processMetrics } from './processes.ts';
import { log, span } from './setup.ts';

const KEY = 'agent-key-0123456789';

let service: FakeInstana;
let pipeline: Pipeline | undefined;
afterEach(async () => {
  await pipeline?.shutdown({ timeoutMs: 0 });
  await service.close();
});

const silent = (): void => undefined;
const logger: Logger = { error: silent, warn: silent, info: silent, debug: silent };
const startMs = Date.now() - 60_000;

type Block = Readonly<Record<string, unknown>>;

async function start(block: Block | ((url: string) => Block) = {}, log = logger): Promise<Pipeline> {
  service = await fakeInstana({ key: KEY });
  const config = {
    endpoint_url: service.url,
    otlp_endpoint: service.url,
    agent_key: KEY,
    host_id: 'web-1',
    flush_interval: '10ms',
    retry: { initial: '10ms', max: '50ms' },
    ...(typeof block === 'function' ? block(service.url) : block),
  };
  pipeline = await createPipeline({ exporters: { instana: config } }, { plugins: [instana], logger: log });
  await pipeline.start();
  return pipeline;
}

/** Now, so that the points are new enough. */
function recent(record: ResourceMetricsRecord): ResourceMetricsRecord {
  const scopeMetrics = record.scopeMetrics.map(({ scope, metrics: all }) => ({
    scope,
    metrics: all.map((metric) => ({
      ...metric,
      dataPoints: (metric.dataPoints as readonly object[]).map((point) => ({ ...point, endTime: hrTime(startMs) })),
    })) as unknown as MetricRecord[],
  }));
  return { ...record, scopeMetrics };
}

/** Cumulative, of a process that began long ago. */
function sinceLongAgo(record: ResourceMetricsRecord): ResourceMetricsRecord {
  const metricOf = (metric: MetricRecord): MetricRecord =>
    ({
      ...metric,
      aggregationTemporality: 1,
      dataPoints: metric.dataPoints.map((point) => ({ ...point, startTime: [1, 0] })),
    }) as unknown as MetricRecord;
  const scopeMetrics = record.scopeMetrics.map((each) => ({ ...each, metrics: each.metrics.map(metricOf) }));
  return { ...record, scopeMetrics };
}

describe('every pair of properties', () => {
  test("of spans arrives in Instana's own format", async () => {
    const sent = await start({ tags: { environment: 'production' }, zone: 'z' });
    const { traces } = corpus();
    await sent.consume({ signal: 'traces', records: traces });
    expect(await sent.shutdown()).toMatchObject({ delivered: traces.length, dropped: 0, pending: 0 });
    const byId = new Map(service.spans.map(({ span: each }) => [each.data.tags['item.id'], each]));
    expect(byId.size).toBe(traces.length);
    for (const { attributes, name, spanContext, status } of traces) {
      const stored = byId.get(attributes['item.id']);
      expect(stored).toMatchObject({
        lt: spanContext().traceId,
        s: spanContext().spanId,
        ec: status.code === 2 ? 1 : 0,
      });
      expect(stored?.data).toMatchObject({ operation: name.toWellFormed(), service: 'shop' });
      expect(stored?.data.tags).toMatchObject({ environment: 'production', 'instana.zone': 'z' });
    }
    const { headers, path } = service.requests[0] ?? {};
    expect(path).toBe('/traces');
    expect(headers).toMatchObject({
      'x-instana-key': KEY,
      'x-instana-host': 'web-1',
      'content-type': 'application/json',
    });
    expect(headers).not.toHaveProperty('content-encoding');
  });

  test('of spans arrives by OTLP', async () => {
    const sent = await start({ protocol: 'otlp' });
    const { traces } = corpus();
    await sent.consume({ signal: 'traces', records: traces });
    expect(await sent.shutdown()).toMatchObject({ delivered: traces.length, dropped: 0 });
    expect(new Set(service.otlpIds).size).toBe(traces.length);
    expect(service.requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'content-encoding': 'gzip' } });
  });

  test('of log records arrives', async () => {
    const sent = await start();
    const records = corpus().logs;
    await sent.consume({ signal: 'logs', records });
    expect(await sent.shutdown()).toMatchObject({ delivered: records.length, dropped: 0 });
    expect(new Set(service.otlpIds).size).toBe(records.length);
  });

  test('of points arrives, or is dropped with a reason', async () => {
    const sent = await start();
    const records = corpus().metrics.map(recent);
    await sent.consume({ signal: 'metrics', records });
    const { delivered, dropped } = (await sent.shutdown()) as { delivered: number; dropped: number };
    expect(delivered + dropped).toBe(records.length);
    expect(new Set(service.otlpIds).size).toBe(delivered);
    expect(delivered).toBeGreaterThan(records.length / 2);
  });
});

test('the spans of every host travel with its name, those of all hosts arrive', async () => {
  const sent = await start();
  const records = ['a', 'b', ''].flatMap((host, i) => {
    const attributes: AttributeMap = { 'service.name': 'shop', ...(host !== '' && { 'host.id': host }) };
    return spans(10, { from: i * 10, resource: { attributes } });
  });
  await sent.consume({ signal: 'traces', records });
  expect(await sent.shutdown()).toMatchObject({ delivered: 30, dropped: 0 });
  const hosts = service.requests.map(({ headers }) => headers['x-instana-host']);
  expect(hosts.toSorted()).toEqual(['a', 'b', 'web-1']);
  for (const { host, span: each } of service.spans) expect(each.data.tags['host.id'] ?? 'web-1').toBe(host);
});

test('texts that were cut are told in the log, and the span is delivered', async () => {
  const warnings: string[] = [];
  const sent = await start({}, { ...logger, warn: (message: string) => void warnings.push(message) });
  await sent.consume({ signal: 'traces', records: [span({ attributes: { long: 'x'.repeat(5_000_000) } })] });
  expect(await sent.shutdown()).toMatchObject({ delivered: 1, dropped: 0 });
  expect(warnings.join('\n')).toContain('texts of 1 spans were cut');
});

test('the user adds headers, and they win over those of the exporter', async () => {
  const sent = await start({ headers: { 'x-instana-metric-category': 'business', 'x-instana-host': '-' } });
  await sent.consume({ signal: 'metrics', records: metrics(1, { variety: 'plain', startMs }) });
  expect(await sent.shutdown()).toMatchObject({ delivered: 1 });
  expect(service.requests[0]?.headers).toMatchObject({
    'x-instana-metric-category': 'business',
    'x-instana-host': '-',
  });
});

test('errors become events of a host agent, which sees no key; the rest is dropped', async () => {
  const sent = await start((url) => ({ logs_mode: 'events', agent_url: url, flush_interval: '10s' }));
  await sent.consume({ signal: 'logs', records: logs(28, { variety: 'plain', startMs }) });
  expect(await sent.shutdown()).toMatchObject({ delivered: 8, dropped: 20, pending: 0 });
  expect(service.events).toHaveLength(8);
  expect(new Set(service.requests.map(({ path }) => path))).toEqual(new Set(['/com.instana.plugin.generic.event']));
  for (const { headers } of service.requests) expect(headers).not.toHaveProperty('x-instana-key');
});

test('what is less than a warning becomes a change, where that is wanted', async () => {
  const sent = await start((url) => ({
    logs_mode: 'events',
    agent_url: url,
    events_min_severity: 'INFO',
    flush_interval: '10s',
  }));
  await sent.consume({ signal: 'logs', records: logs(7, { variety: 'plain', startMs }) });
  expect(await sent.shutdown()).toMatchObject({ delivered: 5, dropped: 2, pending: 0 });
  expect(service.events.map(({ severity }) => severity).toSorted()).toEqual([-1, -1, 10, 10, 5]);
});

test('CPU time becomes that of a process since its last snapshot; what Instana has no field for is dropped', async () => {
  const sent = await start({ metrics_format: 'plugins' });
  const now = Math.floor(Date.now() / 1000);
  for (const [seconds, cpu] of [
    [60, 100],
    [50, 105],
  ] as const) {
    const values = { 'process.cpu.time|user': cpu, other: 1 };
    const record = processMetrics(7, values, {}, [now - seconds, 0]);
    await sent.consume({ signal: 'metrics', records: [sinceLongAgo(record)] });
  }
  expect(await sent.shutdown()).toMatchObject({ delivered: 1, dropped: 3, pending: 0 });
  expect(service.snapshots).toMatchObject([
    { host: 'web-1', snapshot: { entityId: '7', data: { cpu: { user: 0.5 } } } },
  ]);
  expect(service.requests.map(({ path }) => path)).toEqual(['/metrics']);
});

test('a signal without endpoint is dropped with one error in the log, and the others go on', async () => {
  const errors: string[] = [];
  const sent = await start({ otlp_endpoint: '' }, { ...logger, error: (message: string) => void errors.push(message) });
  await sent.consume({ signal: 'metrics', records: metrics(5, { variety: 'plain', startMs }) });
  await sent.consume({ signal: 'traces', records: spans(5) });
  expect(await sent.shutdown()).toMatchObject({ delivered: 5, dropped: 5 });
  expect(errors.filter((each) => each.includes('metrics will be dropped'))).toHaveLength(1);
  expect(errors.join('\n')).toContain('set instana.otlp_endpoint');
});

test('nothing that telemetry says reaches a path, or breaks out of a header', async () => {
  const evil = ['../', '\r\nx-evil: 1', '%2f', '"}],"x":[{"', '\u0000'];
  const sent = await start();
  const attributesOf = (text: string): AttributeMap => ({
    [text]: text,
    'host.id': text,
    'service.name': text,
    'instana.zone': text,
  });
  for (const text of evil) {
    const attributes = attributesOf(text);
    await sent.consume({ signal: 'traces', records: [span({ name: text, attributes, resource: { attributes } })] });
    await sent.consume({ signal: 'logs', records: [log({ attributes, resource: { attributes } })] });
  }
  expect(await sent.shutdown()).toMatchObject({ delivered: 10, dropped: 0 });
  expect(new Set(service.requests.map(({ path }) => path))).toEqual(new Set(['/traces', '/v1/logs']));
  for (const { headers } of service.requests) {
    expect(headers).not.toHaveProperty('x-evil');
    expect(String(headers['x-instana-host'] ?? 'none')).toMatch(/^[\x21-\x7e]+$/);
  }
  expect(service.spans.map(({ span: each }) => each.data.operation).toSorted()).toEqual(evil.toSorted());
});

describe('the health check', () => {
  const check = async (block: Block) => {
    const { config } = await configureExporter(instana, block);
    return instana.healthcheck?.(config, { signal: AbortSignal.timeout(5000) });
  };

  test.each<[string, string, Block]>([
    ['otlp', '/v1/traces', {}],
    ['native', '/traces', {}],
    ['native', '/metrics', { metrics_format: 'plugins', traces: false }],
  ])('of %s asks %s with nothing to store', async (protocol, path, more) => {
    service = await fakeInstana({ key: KEY });
    const block = { endpoint_url: service.url, otlp_endpoint: service.url, protocol, ...more };
    expect(await check({ ...block, agent_key: KEY })).toMatchObject({ ok: true });
    expect(await check({ ...block, agent_key: 'other' })).toMatchObject({ ok: false });
    expect(service.requests[0]?.path).toBe(path);
    expect([service.spans, service.snapshots, service.otlpIds]).toEqual([[], [], []]);
  });

  test('says what is wrong with the host', async () => {
    service = await fakeInstana({ key: KEY });
    const other = await startBackend({ status: 404 });
    const answer = await check({ otlp_endpoint: other.url, agent_key: KEY });
    await other.close();
    expect(answer).toMatchObject({ ok: false, message: expect.stringContaining('404') });
  });

  test('leaves a host agent that takes events only alone', async () => {
    service = await fakeInstana();
    const block = { endpoint_url: 'http://localhost:42699', traces: false, metrics: false };
    expect(await check({ ...block, logs_mode: 'events', agent_url: service.url })).toMatchObject({ ok: true });
    expect(service.requests).toEqual([]);
  });
});
