/** The exporter in a pipeline, before a strict Datadog. */
import { afterEach, describe, expect, test } from '@jest/globals';
import datadog from '@telemetryflow/exporter-datadog';
import { type Batch, batchFromRecords, createPipeline, type Pipeline } from '@telemetryflow/kernel';
import {
  AggregationTemporality,
  type AttributeValue,
  DataPointType,
  decode,
  type HrTime,
  hrTimeToNanos,
  type RecordOf,
  type Signal,
  valueToText,
} from '@telemetryflow/otlp';
import {
  corpus,
  type FakeDatadog,
  fakeDatadog,
  fakeDatadogAgent,
  ITEM_ID,
  logs,
  metrics,
  spans,
  startBackend,
} from '@telemetryflow/testkit';
import {
  configOf,
  encode,
  exporterOf,
  GAUGE,
  KEY,
  log,
  metric,
  NOW,
  numbers,
  ofResource,
  SUMMARY,
  sorted,
} from './setup.ts';

let backend: FakeDatadog | undefined;
let pipeline: Pipeline | undefined;
afterEach(async () => {
  await pipeline?.shutdown({ timeoutMs: 0 });
  await backend?.close();
});

const silent = (): void => undefined;
const logger = { error: silent, warn: silent, info: silent, debug: silent };

async function start(block: Record<string, unknown> = {}): Promise<FakeDatadog> {
  backend = await fakeDatadog(() => Date.now(), KEY);
  const config = { api_key: KEY, endpoint: backend.url, traces: true, flush_interval: '10ms', ...block };
  pipeline = await createPipeline({ exporters: { datadog: config } }, { plugins: [datadog], logger });
  await pipeline.start();
  return backend;
}

interface Report {
  readonly delivered: number;
  readonly dropped: number;
  readonly pending: number;
}

async function send<S extends Signal>(signal: S, records: readonly RecordOf[S][]): Promise<Report> {
  await pipeline?.consume({ signal, records } as never);
  return (await pipeline?.shutdown()) as Report;
}

const startMs = Date.now() - 60_000;
const second = Math.floor(startMs / 1000);

describe('every kind of data', () => {
  test('log records: each with its message, its value and its time', async () => {
    const service = await start();
    const records = corpus({ startMs }).logs;
    expect(await send('logs', records)).toMatchObject({ delivered: records.length, dropped: 0, pending: 0 });
    const stored = new Map(service.logs.map((entry) => [entry[ITEM_ID], entry]));
    expect(stored.size).toBe(records.length);
    for (const { attributes, body, hrTime, spanContext } of records) {
      const entry = stored.get(attributes[ITEM_ID]);
      expect(String(entry?.['message']).toWellFormed()).toBe(valueToText(body).toWellFormed());
      expect(Date.parse(String(entry?.['@timestamp']))).toBe(Math.floor(hrTime[0] * 1000 + hrTime[1] / 1e6));
      expect(entry?.['otel.trace_id']).toBe(spanContext?.traceId);
      const value = attributes['value'];
      // The sign of zero is not kept.
      if (typeof value === 'number' && Number.isFinite(value)) expect(entry?.['value']).toBe(value + 0);
      if (typeof value === 'boolean') expect(entry?.['value']).toBe(value);
    }
  });

  test('data points: what is stored and what is dropped is all there is', async () => {
    const service = await start({ metrics: { flush_interval: '10ms' } });
    const records = corpus({ startMs }).metrics;
    const report = await send('metrics', records);
    expect(report.pending).toBe(0);
    expect(report.delivered + report.dropped).toBe(records.length);
    expect(report.delivered).toBeGreaterThan(records.length / 3);
    const prefix = `${ITEM_ID}:`;
    const ids = new Set(service.points.map(({ tags }) => tags.find((tag) => tag.startsWith(prefix))));
    expect(ids.size).toBe(report.delivered);
    for (const record of records) {
      const [metric] = record.scopeMetrics[0]?.metrics ?? [];
      const [point] = metric?.dataPoints ?? [];
      const stored = service.points.find(({ tags }) => tags.includes(`${prefix}${point?.attributes[ITEM_ID]}`));
      if (stored === undefined || metric === undefined || point === undefined) continue;
      expect(stored.timestamp).toBe(point.endTime[0]);
      expect(stored.host).toBeDefined();
      if (metric.dataPointType === 2) expect(stored.value).toBe(Number(point.value as AttributeValue) + 0);
      if (metric.dataPointType === 0) {
        const { count, sum } = point.value as { count: number; sum?: number };
        expect(stored.sketch?.count).toBe(count);
        if (sum !== undefined) expect(stored.value).toBe(sum);
      }
    }
  });

  test('spans: nothing changed but what was missing', async () => {
    const service = await start({ tags: ['env:staging', 'service:fallback', 'team:pay'] });
    const records = corpus({ startMs }).traces;
    expect(await send('traces', records)).toMatchObject({ delivered: records.length, dropped: 0, pending: 0 });
    const stored = service.otlp.flatMap(({ body }) => [...decode('traces', body)]);
    expect(stored.map((span) => span.spanContext().spanId)).toEqual(records.map((span) => span.spanContext().spanId));
    const own = records[0]?.resource.attributes ?? {};
    const { attributes } = stored[0]?.resource ?? {};
    expect(attributes).toMatchObject({ 'service.name': own['service.name'], team: 'pay' });
    expect(attributes).not.toHaveProperty('service');
    expect(attributes).not.toHaveProperty('env');
    expect(attributes?.['deployment.environment.name']).toBe(own['deployment.environment.name'] ?? 'staging');
    expect(stored[0]?.name).toBe(records[0]?.name);
    expect(stored[0]?.events.length).toBe(records[0]?.events.length);
  });

  test("spans to an Agent's own intake: grouped by trace, each with its ids, times and attributes", async () => {
    const agent = await fakeDatadogAgent();
    try {
      await start({
        endpoint: agent.url,
        traces: { enabled: true, protocol: 'agent_v04' },
        tags: ['env:staging', 'team:pay'],
      });
      const records = corpus({ startMs }).traces;
      expect(await send('traces', records)).toMatchObject({ delivered: records.length, dropped: 0, pending: 0 });
      const stored = new Map(agent.traces.flat().map((span) => [span.meta[ITEM_ID], span]));
      expect(stored.size).toBe(records.length);
      for (const { attributes, name, spanContext, endTime, startTime } of records) {
        const span = stored.get(String(attributes[ITEM_ID]));
        const { traceId, spanId } = spanContext();
        expect([span?.trace_id, span?.span_id]).toEqual([BigInt(`0x${traceId.slice(16)}`), BigInt(`0x${spanId}`)]);
        expect(span?.duration).toBe(hrTimeToNanos(endTime) - hrTimeToNanos(startTime));
        expect(span).toMatchObject({ service: 'shop', resource: name.toWellFormed() });
        expect(span?.meta).toMatchObject({ team: 'pay', 'otel.trace_id': traceId });
        const value = attributes['value'];
        if (typeof value === 'number' && Number.isFinite(value)) expect(span?.metrics['value']).toBe(value);
        if (typeof value === 'string') expect(span?.meta['value']).toBe(value.toWellFormed());
      }
    } finally {
      await agent.close();
    }
  });

  test('metrics by OTLP: differences, and exponential histograms at scales that Datadog takes', async () => {
    const service = await start({ protocol: 'otlp', metrics: { flush_interval: '10ms' } });
    const point = { startTime: [second - 60, 0], endTime: [second, 0], attributes: {} };
    const range = { offset: 0, bucketCounts: [1] };
    const value = { count: 1, sum: 1, zeroCount: 0, positive: range, negative: { offset: 0, bucketCounts: [] } };
    const [made] = metrics(1, { startMs });
    const descriptor = { name: 'e', description: '', unit: '', valueType: 1 };
    const exponential = (scale: number) => ({
      descriptor,
      aggregationTemporality: 0,
      dataPointType: 1,
      dataPoints: [{ ...point, value: { ...value, scale } }],
    });
    const scopeMetrics = [{ scope: { name: 's' }, metrics: [20, 2, -9].map(exponential) }];
    expect(await send('metrics', [{ ...made, scopeMetrics } as never])).toMatchObject({ delivered: 3 });
    const stored = service.otlp.flatMap(({ body }) => [...decode('metrics', body)]);
    const kinds = stored.flatMap((each) => each.scopeMetrics.flatMap((scope) => scope.metrics));
    expect(
      kinds.map(({ dataPointType, dataPoints }) => [
        dataPointType,
        (dataPoints[0]?.value as { scale?: number } | undefined)?.scale,
      ]),
    ).toEqual([
      [1, 4],
      [1, 2],
      [0, undefined],
    ]);
  });
});

describe('the host', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>, string | undefined]>([
    ['of the machine where none is named', {}, {}, undefined],
    ['of the option', {}, { hostname: 'configured' }, 'configured'],
    ['that means this machine', { 'host.name': 'localhost' }, { hostname: 'configured' }, 'configured'],
    ['by its own attribute', { host: 'h', 'datadog.host.name': 'd', 'host.id': 'i-1' }, {}, 'h'],
    ["by Datadog's attribute", { 'datadog.host.name': 'd', 'host.id': 'i-1', 'cloud.provider': 'aws' }, {}, 'd'],
    ['by name', { 'host.name': 'web-1' }, { hostname: 'configured' }, 'web-1'],
    ['by id first', { 'host.name': 'web-1', 'host.id': 'i-1' }, {}, 'i-1'],
    ['at AWS', { 'cloud.provider': 'aws', 'host.id': 'i-1', 'host.name': 'ip' }, {}, 'i-1'],
    ['at Google', { 'cloud.provider': 'gcp', 'host.name': 'a.b.c.d.e', 'cloud.account.id': 'p' }, {}, 'a.p'],
    ['at Azure', { 'cloud.provider': 'azure', 'host.name': 'vm' }, {}, 'vm'],
    ['at Google, short', { 'cloud.provider': 'gcp', 'host.name': 'a.b', 'cloud.account.id': 'p' }, {}, 'a.b.p'],
    ['none at Google without project', { 'cloud.provider': 'gcp', 'host.name': 'a' }, { hostname: 'configured' }, ''],
    ['at Azure by id', { 'cloud.provider': 'azure', 'host.id': 'i', 'host.name': 'vm' }, {}, 'i'],
    ['a node without cluster', { 'k8s.node.name': 'n', 'host.id': 'x' }, {}, 'n'],
    ['of the option where it is empty', {}, { hostname: '' }, ''],
    ['a node of a cluster', { 'k8s.node.name': 'n', 'k8s.cluster.name': 'c', 'host.name': 'x' }, {}, 'n-c'],
    ['none on Fargate', { 'aws.ecs.launchtype': 'fargate', 'host.name': 'x' }, { hostname: 'configured' }, ''],
    ['none at AWS without id', { 'cloud.provider': 'aws' }, { hostname: 'configured' }, ''],
  ])('%s', async (_name, attributes, block, host) => {
    const service = await start(block);
    await send('logs', logs(1, { startMs, resource: { attributes } as never }));
    const sent = service.logs[0]?.['hostname'];
    if (host === undefined) expect(String(sent)).not.toBe('undefined');
    else expect(sent ?? '').toBe(host);
  });

  test.each(['127.0.0.1', '0.0.0.0', 'LOCALHOST', 'localhost.localdomain', 'localhost6.localdomain6', 'ip6-localhost'])(
    'is never %s',
    async (name) => {
      const service = await start({ hostname: 'configured' });
      await send('logs', logs(1, { startMs, resource: { attributes: { 'host.name': name } } as never }));
      expect(service.logs[0]?.['hostname']).toBe('configured');
    },
  );

  test.each<[Record<string, unknown>, Record<string, unknown>, string]>([
    [{}, { environment: 'o', version: '9' }, 'env:o,version:9'],
    [{}, { environment: 'o', version: '9', tags: ['env:t', 'version:1'] }, 'env:o,version:9'],
    [{}, { tags: ['env:t', 'version:1', 'url:http://x'] }, 'env:t,url:http://x,version:1'],
    [
      { 'deployment.environment': 'd', 'service.version': '3' },
      { environment: 'o', version: '9', tags: ['env:t'] },
      'env:d,version:3',
    ],
  ])('of %j with %j is tagged %s', async (attributes, block, tags) => {
    const service = await start({ ...block, metrics: { flush_interval: '10ms' } });
    const resource = { attributes } as never;
    await pipeline?.consume({ signal: 'logs', records: logs(1, { startMs, resource }) });
    await send('metrics', ofResource(attributes, metric('m', GAUGE, { value: 1, endTime: [second, 0] })));
    expect(service.logs[0]?.['ddtags']).toBe(tags);
    expect(service.points[0]?.tags.join()).toBe(tags);
  });

  test.each([
    ['aws.ecs.task.arn', 'task_arn'],
    ['aws.ecs.task.family', 'task_family'],
    ['aws.ecs.task.revision', 'task_version'],
    ['cloud.availability_zone', 'zone'],
    ['cloud.provider', 'cloud_provider'],
    ['cloud.region', 'region'],
    ['container.id', 'container_id'],
    ['container.image.name', 'image_name'],
    ['container.image.tag', 'image_tag'],
    ['container.name', 'container_name'],
    ['k8s.cluster.name', 'kube_cluster_name'],
    ['k8s.container.name', 'kube_container_name'],
    ['k8s.cronjob.name', 'kube_cronjob'],
    ['k8s.daemonset.name', 'kube_daemon_set'],
    ['k8s.deployment.name', 'kube_deployment'],
    ['k8s.job.name', 'kube_job'],
    ['k8s.pod.name', 'pod_name'],
    ['k8s.replicaset.name', 'kube_replica_set'],
    ['k8s.statefulset.name', 'kube_stateful_set'],
  ])('and %s is the tag %s', async (attribute, tag) => {
    const { payloads } = await encode('logs', [log({ resource: { attributes: { [attribute]: 'x' } } })]);
    expect(String(payloads[0]?.body.requests[0]?.body)).toContain(`"ddtags":"${tag}:x"`);
  });

  test('and the tags of containers have the names of Datadog', async () => {
    const service = await start({ host_tags: { rack: '7' } });
    const attributes = {
      'k8s.namespace.name': 'shop',
      'container.image.tags': ['1', '2'],
      'datadog.container.tag.squad': 'a',
      'service.version': '3',
      other: 'x',
    };
    await send('logs', logs(1, { startMs, resource: { attributes } as never }));
    expect(String(service.logs[0]?.['ddtags']).split(',')).toEqual([
      'image_tag:1',
      'image_tag:2',
      'kube_namespace:shop',
      'rack:7',
      'squad:a',
      'version:3',
    ]);
  });
});

describe('hostile values', () => {
  const PLANTED = ['../../../api/v2/logs', 'a\r\nDD-API-KEY: stolen', '%2f..%2f', '"}],"x":[{"', 'a,env:fake'];

  test.each(['api', 'otlp'])('change neither path nor header nor structure over %s', async (protocol) => {
    const service = await start({ protocol, metrics: { flush_interval: '10ms', resource_attributes_as_tags: true } });
    for (const planted of PLANTED) {
      const attributes = { 'host.name': planted, 'service.name': planted, [planted]: planted };
      const records = metrics(1, { startMs, variety: 'plain', resource: { attributes } as never });
      await pipeline?.consume({ signal: 'metrics', records });
      const entries = logs(1, { startMs, variety: 'plain', resource: { attributes } as never });
      await pipeline?.consume({ signal: 'logs', records: entries });
    }
    expect(await pipeline?.shutdown()).toMatchObject({ delivered: 10, dropped: 0 });
    const paths = protocol === 'api' ? ['/api/v2/logs', '/api/v2/series'] : ['/v1/logs', '/v1/metrics'];
    expect([...new Set(service.requests.map(({ path }) => path))].sort()).toEqual(paths);
    for (const { headers } of service.requests) expect(headers['dd-api-key']).toBe(KEY);
    for (const { tags } of service.points) expect(tags.some((tag) => tag === 'env:fake')).toBe(false);
    for (const entry of service.logs) expect(String(entry['ddtags']).split(',')).not.toContain('env:fake');
  });
});

describe('an Agent by OTLP', () => {
  test('gets every signal, and never the key', async () => {
    const agent = await startBackend({ status: 200 });
    try {
      await start({ endpoint: agent.url, protocol: 'agent', metrics: { flush_interval: '10ms' } });
      await pipeline?.consume({ signal: 'traces', records: spans(2, { startMs }) });
      await pipeline?.consume({ signal: 'logs', records: logs(2, { startMs }) });
      expect(await send('metrics', metrics(2, { startMs, variety: 'plain', kinds: ['gauge'] }))).toMatchObject({
        delivered: 6,
        dropped: 0,
      });
      expect(agent.requests.map(({ path }) => path).sort()).toEqual(['/v1/logs', '/v1/metrics', '/v1/traces']);
      for (const { headers } of agent.requests) {
        expect(headers['content-type']).toBe('application/x-protobuf');
        expect(Object.keys(headers).filter((name) => /^(dd-|compute)/.test(name))).toEqual([]);
      }
    } finally {
      await agent.close();
    }
  });
});

describe('requests by OTLP', () => {
  test('for metrics are within 500 kB where nothing is compressed', async () => {
    const service = await start({ protocol: 'otlp', compression: 'none', metrics: { flush_interval: '10ms' } });
    const points = Array.from({ length: 5600 }, (_, value) => {
      return { value, endTime: [second, 0] as HrTime, attributes: { filler: 'x'.repeat(150) } };
    });
    const records = ofResource({}, metric('m', GAUGE, ...points));
    expect(await send('metrics', records)).toMatchObject({ delivered: 5600, dropped: 0 });
    const sizes = service.otlp.map(({ body }) => body.length);
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500_000);
  });

  test('are smaller after a 413', async () => {
    const exporter = await exporterOf('logs', { protocol: 'otlp' });
    const records = Array.from({ length: 8 }, () => log({ body: 'x'.repeat(900_000) }));
    const itemsOf = (mode: unknown): number[] => {
      const batch = batchFromRecords('logs', records) as Batch;
      const { payloads } = sorted(exporter.encode(batch, { now: NOW, id: 'b', mode }) as never);
      return payloads.map(({ items }) => numbers(items).length);
    };
    expect(itemsOf(undefined)).toEqual([4, 4]);
    expect(itemsOf('lowered')).toEqual([3, 3, 2]);
  });
});

describe('the health check', () => {
  async function check(block: Record<string, unknown>) {
    return datadog.healthcheck?.(await configOf(block), { signal: new AbortController().signal });
  }

  test('asks whether the key is valid', async () => {
    const service = await start();
    expect(await check({ endpoint: service.url })).toMatchObject({ ok: true });
    expect(await check({ endpoint: service.url, api_key: 'f'.repeat(32) })).toMatchObject({
      ok: false,
      message: expect.stringContaining('not valid at this site'),
    });
    await service.close();
    expect(await check({ endpoint: service.url })).toMatchObject({ ok: false });
  });

  test.each([
    ['agent', { status: 200 }, true, 'POST', '/v1/metrics'],
    ['agent', { status: 404 }, false, 'POST', '/v1/metrics'],
    ['agent_v04', { status: 200 }, true, 'GET', '/info'],
    ['agent_v04', { status: 404 }, true, 'GET', '/info'],
    ['agent_v04', { status: 503 }, false, 'GET', '/info'],
  ] as const)('asks an Agent where all goes to one: %s, %j', async (protocol, answer, ok, method, path) => {
    const agent = await startBackend(answer);
    try {
      const traces = { enabled: true, protocol };
      const others =
        protocol === 'agent' ? { metrics: { protocol }, logs: { protocol } } : { metrics: false, logs: false };
      expect(await check({ endpoint: agent.url, traces, ...others })).toMatchObject({ ok });
      expect(agent.requests).toMatchObject([{ method, path }]);
      expect(agent.requests[0]?.headers).not.toHaveProperty('dd-api-key');
      await check({ endpoint: agent.url, traces });
      expect(agent.requests[1]).toMatchObject({
        method: 'GET',
        path: '/api/v1/validate',
        headers: { 'dd-api-key': KEY },
      });
    } finally {
      await agent.close();
    }
  });
});

describe('sums that may fall', () => {
  const UPDOWN = { dataPointType: DataPointType.SUM, isMonotonic: false } as const;
  const changes = [5, -7, 3, -4, 0, 12];
  const points = changes.map((value, i) => {
    return { value, startTime: [second + i - 1, 0] as HrTime, endTime: [second + i, 0] as HrTime };
  });

  test('are counts with a sign where they are differences: what comes in comes out', async () => {
    const service = await start({ metrics: { flush_interval: '10ms' } });
    const records = ofResource({}, metric('queue', UPDOWN, ...points));
    expect(await send('metrics', records)).toMatchObject({ delivered: changes.length, dropped: 0 });
    expect(service.points.map(({ type }) => type)).toEqual(changes.map(() => 'count'));
    expect(service.points.reduce((total, { value }) => total + value, 0)).toBe(9);
  });

  test('are gauges where they are levels', async () => {
    const service = await start({ metrics: { flush_interval: '10ms' } });
    const records = ofResource({}, metric('queue', { ...UPDOWN, cumulative: true }, ...points));
    expect(await send('metrics', records)).toMatchObject({ delivered: changes.length, dropped: 0 });
    expect(service.points.map(({ type, value }) => [type, value])).toEqual(changes.map((value) => ['gauge', value]));
  });

  test('pass as they are by OTLP', async () => {
    const service = await start({ protocol: 'otlp', metrics: { flush_interval: '10ms' } });
    const records = ofResource({}, metric('queue', UPDOWN, ...points));
    await send('metrics', records);
    const [stored] = service.otlp.flatMap(({ body }) => [...decode('metrics', body)]);
    expect(stored?.scopeMetrics[0]?.metrics[0]).toMatchObject({
      aggregationTemporality: AggregationTemporality.DELTA,
      dataPoints: changes.map((value) => ({ value })),
    });
  });
});

test('the first summary of an older series has its quantiles, and no count yet', async () => {
  const service = await start({ metrics: { flush_interval: '10ms' } });
  const summary = (count: number, sum: number, at: number) =>
    ofResource(
      {},
      metric(
        'latency',
        { ...SUMMARY, cumulative: true },
        {
          value: { count, sum, quantiles: [{ quantile: 0.5, value: 3 }] },
          startTime: [1, 0],
          endTime: [second + at, 0],
        },
      ),
    );
  await pipeline?.consume({ signal: 'metrics', records: summary(100, 500, 0) });
  expect(await send('metrics', summary(104, 512, 10))).toMatchObject({ delivered: 2, dropped: 0 });
  expect(service.points.map(({ metric: name, value }) => [name, value])).toEqual([
    ['latency.count', 0],
    ['latency.sum', 0],
    ['latency.quantile', 3],
    ['latency.count', 4],
    ['latency.sum', 12],
    ['latency.quantile', 3],
  ]);
});

test('requests that are too large after compression are divided before they are sent', async () => {
  const service = await start({ metrics: { flush_interval: '10ms', max_batch_items: 8000 } });
  let seed = 7;
  const noise = (): string =>
    Array.from({ length: 30 }, () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed.toString(36);
    }).join('');
  const points = Array.from({ length: 4300 }, (_, value) => {
    return { value, endTime: [second, 0] as HrTime, attributes: { noise: noise() } };
  });
  expect(await send('metrics', ofResource({}, metric('m', GAUGE, ...points)))).toMatchObject({
    delivered: 4300,
    dropped: 0,
  });
  expect(new Set(service.points.map(({ value }) => value)).size).toBe(4300);
  expect(service.points).toHaveLength(4300);
  const sizes = service.requests.map(({ raw }) => raw.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(512_000);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(512_000);
});

test('a point that is a series and a distribution is sent as both', async () => {
  const service = await start({ metrics: { flush_interval: '10ms', send_aggregation_metrics: true } });
  const records = metrics(1, { startMs, variety: 'plain', kinds: ['histogram'], temporality: 'delta' });
  expect(await send('metrics', records)).toMatchObject({ delivered: 1, dropped: 0 });
  expect(service.requests.map(({ path }) => path)).toEqual(['/api/v2/series', '/api/beta/sketches']);
  expect(service.points.map(({ type }) => type)).toEqual(['count', 'count', 'gauge', 'gauge', 'distribution']);
});

describe('cumulative points of series older than the pipeline', () => {
  const [made] = metrics(1, { startMs });
  const at = (i: number) => ({ startTime: [second - 600, 0], endTime: [second + 10 * i, 0], attributes: {} });
  const records = (shape: object, values: readonly unknown[]) => {
    const descriptor = { name: 'c', description: '', unit: '', valueType: 1 };
    const dataPoints = values.map((value, i) => ({ ...at(i), value }));
    const metric = { descriptor, aggregationTemporality: 1, ...shape, dataPoints };
    return [{ ...made, scopeMetrics: [{ scope: { name: 's' }, metrics: [metric] }] }] as never;
  };
  const block = { metrics: { flush_interval: '10ms' } };

  test('of a counter become differences, and a fall is a restart', async () => {
    const service = await start(block);
    const report = await send('metrics', records({ dataPointType: 3, isMonotonic: true }, [15, 25, 25, 4]));
    expect(report).toMatchObject({ delivered: 3, dropped: 1 });
    expect(service.points.map(({ value, interval }) => [value, interval])).toEqual([
      [10, 10],
      [0, 10],
      [4, 10],
    ]);
  });

  test('of a summary become differences of count and sum; over OTLP they stay as they are', async () => {
    const summary = (count: number) => ({ count, sum: 2 * count, quantiles: [] });
    const points = records({ dataPointType: 4 }, [summary(5), summary(8)]);
    const service = await start(block);
    expect(await send('metrics', points)).toMatchObject({ delivered: 1, dropped: 1 });
    expect(service.points.map(({ metric, value }) => [metric, value])).toEqual([
      ['c.count', 3],
      ['c.sum', 6],
    ]);
    await service.close();
    const otlp = await start({ ...block, protocol: 'otlp' });
    expect(await send('metrics', points)).toMatchObject({ delivered: 2, dropped: 0 });
    const stored = otlp.otlp.flatMap(({ body }) => [...decode('metrics', body)]);
    const kept = stored.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: all }) => all));
    expect(kept.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => (value as { count: number }).count))).toEqual(
      [5, 8],
    );
  });
});
