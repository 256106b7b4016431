/** The ways to an Agent: OTLP, StatsD, and from the one to the other. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createPipeline, type Pipeline } from '@telemetryflow/kernel';
import { type ResourceMetricsRecord, valueToText } from '@telemetryflow/otlp';
import {
  corpus,
  fakeNetdataStatsd,
  type GrpcBackend,
  hrTime,
  metrics,
  otlpGrpcItemIds,
  startBackend,
  startOtlpGrpc,
  startTcpBackend,
} from '@telemetryflow/testkit';
import netdata from '../src/index.ts';
import { encodeAll, instanceOf, metric, of, payloadsOf, resolved, SEND } from './setup.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function keep<T extends { close(): unknown }>(each: T): T {
  cleanups.push(() => each.close());
  return each;
}

const silent = (): void => undefined;
const logger = { error: silent, warn: silent, info: silent, debug: silent };

async function pipelineTo(block: Record<string, unknown>): Promise<Pipeline> {
  const pipeline = await createPipeline(
    // Points may be as old as two flushes, which a busy machine is not to exceed.
    { exporters: { netdata: { flush_interval: '9m', batch_size: 5000, ...block } } },
    { plugins: [netdata], logger },
  );
  await pipeline.start();
  cleanups.push(() => pipeline.shutdown({ timeoutMs: 0 }));
  return pipeline;
}

const startMs = Date.now() - 1000;
const gauges = (n: number) => metrics(n, { variety: 'plain', startMs });
const charts = (backend: GrpcBackend) => backend.requests.map((request) => otlpGrpcItemIds(request).length);

describe('over OTLP', () => {
  test('new charts are spread over as many requests as the Agent wants, known ones are not', async () => {
    const agent = keep(await startOtlpGrpc());
    const pipeline = await pipelineTo({ metrics_endpoint: agent.url });
    await pipeline.consume({ signal: 'metrics', records: gauges(250) });
    await pipeline.forceFlush();
    expect(charts(agent).toSorted((a, b) => b - a)).toEqual([100, 100, 50]);
    await pipeline.consume({ signal: 'metrics', records: gauges(250) });
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 500, dropped: 0, pending: 0 });
    expect(charts(agent).slice(3)).toEqual([250]);
    expect(new Set(agent.requests.slice(0, 3).flatMap(otlpGrpcItemIds)).size).toBe(250);
  });

  test('an Agent that was away may have forgotten its charts: they count as new again', async () => {
    const agent = await startOtlpGrpc();
    const { exporter } = await instanceOf({ metrics_endpoint: agent.url });
    await exporter.start?.();
    cleanups.push(() => exporter.stop?.());
    const send = (n: number) => exporter.send(payloadsOf(encodeAll(exporter, gauges(n)))[0] as never, SEND);
    expect(await send(100)).toEqual({});
    await agent.close();
    expect(await send(100)).toMatchObject({ retry: { items: 'all' } });
    keep(await startOtlpGrpc({}, { port: Number(new URL(agent.url).port) }));
    expect(await send(150)).toMatchObject({ split: { at: 100 } });
  });

  test('every kind of data arrives, or is dropped with a reason', async () => {
    const agent = keep(await startOtlpGrpc());
    const pipeline = await pipelineTo({ metrics_endpoint: agent.url });
    const { metrics: records } = corpus();
    await pipeline.consume({ signal: 'metrics', records });
    const report = await pipeline.shutdown();
    expect(report.pending).toBe(0);
    expect(report.delivered + report.dropped).toBe(records.length);
    const ids = new Set(agent.requests.flatMap(otlpGrpcItemIds));
    expect(ids.size).toBe(report.delivered);
    expect(report.delivered).toBeGreaterThan(records.length / 2);
  });
});

describe('over StatsD', () => {
  test.each(['tcp', 'udp'] as const)('by %s every gauge arrives with its value', async (transport) => {
    const agent = keep(await fakeNetdataStatsd(transport));
    const scheme = transport === 'tcp' ? 'statsd' : 'statsd+udp';
    const pipeline = await pipelineTo({ metrics_endpoint: `${scheme}://127.0.0.1:${agent.port}` });
    const records = gauges(120);
    await pipeline.consume({ signal: 'metrics', records });
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 120, dropped: 0, pending: 0 });
    await agent.received(120);
    expect(agent.agent.refused).toEqual([]);
    const expected = records.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics: all }) =>
        all.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => Number(value))),
      ),
    );
    expect([...agent.agent.charts.values()].map(({ value }) => value)).toEqual(expected);
    for (const size of agent.datagrams) expect(size).toBeLessThanOrEqual(1432);
    expect(agent.datagrams.length > 1).toBe(transport === 'udp');
  });

  test('every kind of data arrives as lines of the grammar, or is dropped with a reason', async () => {
    const agent = keep(await fakeNetdataStatsd());
    const pipeline = await pipelineTo({ metrics_endpoint: `statsd://127.0.0.1:${agent.port}` });
    const now = hrTime(Date.now());
    const records = corpus().metrics.map((each) => ({
      ...each,
      scopeMetrics: each.scopeMetrics.map((scope) => ({
        ...scope,
        metrics: scope.metrics.map((one) => ({
          ...one,
          dataPoints: one.dataPoints.map((point) => ({ ...point, endTime: now })),
        })),
      })),
    })) as ResourceMetricsRecord[];
    await pipeline.consume({ signal: 'metrics', records });
    const report = await pipeline.shutdown();
    expect(report.delivered + report.dropped).toBe(records.length);
    expect(report.delivered).toBeGreaterThan(records.length / 3);
    await agent.received(report.delivered);
    expect(agent.agent.refused).toEqual([]);
  });

  test('what is planted in names, units, values and services stays within its line', async () => {
    const agent = keep(await fakeNetdataStatsd());
    const pipeline = await pipelineTo({ metrics_endpoint: `statsd://127.0.0.1:${agent.port}` });
    const planted = '../x:1|c\nevil.metric:666|g|#name:a,b@%2f';
    const [made] = of(metric({ name: planted, unit: planted }, { value: 5, attributes: { [planted]: planted } }));
    const records = [{ ...(made as ResourceMetricsRecord), resource: { attributes: { 'service.name': planted } } }];
    const fresh = records.map((each) => ({
      ...each,
      scopeMetrics: each.scopeMetrics.map((scope) => ({
        ...scope,
        metrics: scope.metrics.map((one) => ({
          ...one,
          dataPoints: one.dataPoints.map((p) => ({ ...p, endTime: [0, 0] })),
        })),
      })),
    })) as unknown as ResourceMetricsRecord[];
    await pipeline.consume({ signal: 'metrics', records: fresh });
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 1, dropped: 0 });
    await agent.received(1);
    expect(agent.agent.refused).toEqual([]);
    const [chart, ...others] = [...agent.agent.charts.values()];
    expect(others).toEqual([]);
    expect(chart).toMatchObject({ type: 'gauge', value: 5 });
    expect(valueToText(chart?.family)).not.toMatch(/[:|,@#\n]/);
  });

  test('an Agent that is away is asked again, and told only what it was not', async () => {
    const { exporter } = await instanceOf({ metrics_endpoint: 'statsd://127.0.0.1:9' });
    await exporter.start?.();
    cleanups.push(() => exporter.stop?.());
    const [payload] = payloadsOf(encodeAll(exporter, of(metric({}, { value: 1 }))));
    const outcome = await exporter.send(payload as never, SEND);
    expect(outcome.retry).toMatchObject({
      reason: 'network',
      detail: expect.stringMatching(/tcp:\/\/127\.0\.0\.1:9.*Netdata Cloud has no metric ingestion API/),
    });
  });

  test('a connection that the Agent has closed is replaced', async () => {
    const first = await fakeNetdataStatsd();
    const { exporter } = await instanceOf({ metrics_endpoint: `statsd://127.0.0.1:${first.port}` });
    cleanups.push(() => exporter.stop?.());
    const send = async (value: number) => {
      const [payload] = payloadsOf(encodeAll(exporter, of(metric({}, { value }))));
      return exporter.send(payload as never, SEND);
    };
    cleanups.push(() => first.close());
    expect(await send(1)).toEqual({});
    expect(await send(2)).toEqual({});
    await first.received(2);
    expect(first.accepted).toBe(1);
  });
});

describe('from one to the other', () => {
  test('StatsD serves while nothing listens for OTLP, which is said once, and OTLP is taken up again', async () => {
    const records = of(metric({}, { value: 1 }));
    const statsd = keep(await fakeNetdataStatsd());
    const gone = await startTcpBackend(() => undefined);
    const { port } = gone;
    await gone.close();
    const { exporter, clock, log } = await instanceOf(
      {},
      {
        otlp: `http://127.0.0.1:${port}`,
        statsd: { host: '127.0.0.1', port: statsd.port, transport: 'tcp' },
      },
    );
    await exporter.start?.();
    cleanups.push(() => exporter.stop?.());
    const send = async (mode?: unknown) => {
      const [payload] = payloadsOf(encodeAll(exporter, records, { mode, now: clock.now() }));
      return { kind: payload?.body.kind, outcome: await exporter.send(payload as never, SEND) };
    };

    for (let round = 0; round < 2; round++) {
      expect(await send()).toMatchObject({
        kind: 'otlp',
        outcome: { retry: { items: 'all', reason: 'network', afterMs: 0 }, mode: 'statsd' },
      });
    }
    expect(log.filter((line) => line.includes('metrics go by StatsD for now'))).toHaveLength(1);
    expect(await send('statsd')).toEqual({ kind: 'statsd', outcome: {} });

    const otlp = keep(await startOtlpGrpc({}, { port }));
    expect(await send('statsd')).toEqual({ kind: 'statsd', outcome: {} });
    await clock.advance(300_000);
    const late = payloadsOf(encodeAll(exporter, of(metric({}, { value: 2, endTime: [0, 0] })), { mode: 'statsd' }))[0];
    expect(await exporter.send(late as never, SEND)).toEqual({ mode: 'otlp' });
    expect((await send('otlp')).outcome).toEqual({});
    expect(otlp.requests.map((request) => request.message.length > 0)).toEqual([false, true]);
    await statsd.received(3);
  });

  test('where neither is there, OTLP is tried first again', async () => {
    const { exporter } = await instanceOf(
      {},
      {
        otlp: 'http://127.0.0.1:9',
        statsd: { host: '127.0.0.1', port: 9, transport: 'tcp' },
      },
    );
    await exporter.start?.();
    cleanups.push(() => exporter.stop?.());
    const [payload] = payloadsOf(encodeAll(exporter, of(metric({}, { value: 1 })), { mode: 'statsd' }));
    expect(await exporter.send(payload as never, SEND)).toMatchObject({
      retry: { reason: 'network', detail: expect.stringContaining('run a Netdata Agent 2.7 or later') },
      mode: 'otlp',
    });
  });

  test('an Agent before 2.7 is sent StatsD at once', async () => {
    const web = keep(await startBackend({ body: { version: 'v1.37.1' } }));
    const { exporter, log } = await instanceOf({ endpoint: web.url });
    await exporter.start?.();
    cleanups.push(() => exporter.stop?.());
    expect(web.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /api/v1/info']);
    expect(payloadsOf(encodeAll(exporter, of(metric({}, { value: 1 }))))[0]?.body.kind).toBe('statsd');
    expect(log.join()).toMatch(/metrics go by StatsD for now.*v1\.37\.1/);
  });

  test('an Agent that does not tell its version is sent OTLP', async () => {
    const web = keep(await startBackend({ status: 404 }));
    const { exporter, log } = await instanceOf({ endpoint: web.url });
    await exporter.start?.();
    cleanups.push(() => exporter.stop?.());
    expect(payloadsOf(encodeAll(exporter, of(metric({}, { value: 1 }))))[0]?.body.kind).toBe('otlp');
    expect(log.join()).toMatch(/does not tell its version.*404/);
  });
});

describe('the health check', () => {
  const check = async (block: Record<string, unknown>) =>
    netdata.healthcheck?.((await resolved(block)).config, { signal: AbortSignal.timeout(5000) });

  test('an Agent that takes an empty request, or has a StatsD port, is healthy', async () => {
    const grpc = keep(await startOtlpGrpc());
    expect(await check({ metrics_endpoint: grpc.url })).toMatchObject({ ok: true });
    const statsd = keep(await fakeNetdataStatsd());
    expect(await check({ metrics_endpoint: `statsd://127.0.0.1:${statsd.port}` })).toMatchObject({ ok: true });
    expect(statsd.agent.lines).toEqual([]);
  });

  test('no Agent is said to be what is missing', async () => {
    expect(await check({ metrics_endpoint: 'statsd://127.0.0.1:9' })).toMatchObject({
      ok: false,
      message: expect.stringContaining('run a Netdata Agent'),
    });
  });
});
