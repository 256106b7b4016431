/** The exporter in a pipeline, before a strict New Relic that keeps only what the service would keep. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createPipeline, type Pipeline } from '@telemetryflow/kernel';
import { AggregationTemporality, decode, type RecordOf, type Signal, toPlainJson } from '@telemetryflow/otlp';
import { corpus, type FakeNewrelic, fakeNewrelic, ITEM_ID, logs, metrics, spans } from '@telemetryflow/testkit';
import { parseDocument } from 'yaml';
import newrelic from '../src/index.ts';
import { KEY } from './setup.ts';

let backend: FakeNewrelic | undefined;
let pipeline: Pipeline | undefined;
afterEach(async () => {
  await pipeline?.shutdown({ timeoutMs: 0 });
  await backend?.close();
});

const silent = (): void => undefined;
const said: string[] = [];
const debug = (message: string, details?: unknown): void => {
  said.push(`${message} ${JSON.stringify(details)}`);
};
const logger = { error: silent, warn: silent, info: silent, debug };

async function start(block: Record<string, unknown> = {}): Promise<FakeNewrelic> {
  backend = await fakeNewrelic({ now: () => Date.now(), key: KEY });
  const config = { endpoint: backend.url, license_key: KEY, flush_interval: '10ms', ...block };
  pipeline = await createPipeline({ exporters: { newrelic: config } }, { plugins: [newrelic], logger });
  await pipeline.start();
  return backend;
}

async function send<S extends Signal>(signal: S, records: readonly RecordOf[S][]): Promise<unknown> {
  await pipeline?.consume({ signal, records } as never);
  return pipeline?.shutdown();
}

const startMs = Date.now() - 60_000;

/** The records of the corpus as of now: New Relic takes no old metrics. */
function recent(): ReturnType<typeof corpus> {
  const made = corpus();
  const shift = Math.floor(startMs / 1000);
  const now = [shift, 0] as const;
  const before = [shift - 60, 0] as const;
  return {
    ...made,
    metrics: made.metrics.map((each) => ({
      ...each,
      scopeMetrics: each.scopeMetrics.map((scope) => ({
        ...scope,
        metrics: scope.metrics.map((metric) => ({
          ...metric,
          dataPoints: metric.dataPoints.map((point) => ({ ...point, startTime: before, endTime: now })),
        })),
      })),
    })) as RecordOf['metrics'][],
  };
}

describe('every kind of data', () => {
  test('spans by the API: each with its id, name, times and simple values', async () => {
    const service = await start({ protocol: 'api' });
    const { traces } = recent();
    expect(await send('traces', traces)).toMatchObject({ delivered: traces.length, dropped: 0, pending: 0 });
    expect(service.integrationErrors).toEqual([]);
    const stored = new Map(service.stored.map((each) => [each.attributes[ITEM_ID], each]));
    expect(stored.size).toBe(traces.length);
    for (const span of traces) {
      const item = stored.get(String(span.attributes[ITEM_ID]));
      expect(item?.fields).toMatchObject({ id: span.spanContext().spanId, 'trace.id': span.spanContext().traceId });
      expect(item?.attributes['name']).toBe(span.name);
      const value = span.attributes['value'];
      if (typeof value === 'string') expect(item?.attributes['value']).toBe(value.toWellFormed());
      if (typeof value === 'boolean') expect(item?.attributes['value']).toBe(value);
      expect(item?.attributes['error.message'] !== undefined).toBe(span.status.code === 2);
    }
  });

  test('log records by the API: each with its message', async () => {
    const service = await start({ protocol: 'api' });
    const records = recent().logs;
    expect(await send('logs', records)).toMatchObject({ delivered: records.length, dropped: 0, pending: 0 });
    expect(service.integrationErrors).toEqual([]);
    const stored = new Map(service.stored.map((each) => [each.attributes[ITEM_ID], each]));
    for (const { attributes, body } of records) {
      const plain = body === null || body === undefined ? '' : toPlainJson(body);
      const message = typeof plain === 'string' ? plain.toWellFormed() : JSON.stringify(plain);
      const sentMessage = stored.get(String(attributes[ITEM_ID]))?.fields['message'];
      expect(sentMessage).toBe(
        typeof plain === 'string' ? message : JSON.stringify(JSON.parse(message)).toWellFormed(),
      );
    }
  });

  test.each(['api', 'otlp'])(
    'data points by %s: what is stored and what is dropped is all there is',
    async (protocol) => {
      const service = await start({ protocol });
      const records = recent().metrics;
      const report = (await send('metrics', records)) as { delivered: number; dropped: number; pending: number };
      expect(report.pending).toBe(0);
      expect(report.delivered + report.dropped).toBe(records.length);
      expect(report.delivered).toBeGreaterThan(records.length / 3);
      expect(service.integrationErrors).toEqual([]);
      const ids = new Set(
        protocol === 'api' ? service.stored.map((each) => each.attributes[ITEM_ID]) : service.otlpIds,
      );
      expect(ids.size).toBe(report.delivered);
    },
  );

  test.each(['traces', 'logs', 'metrics'] as const)('no name comes twice in an object of %s', async (signal) => {
    const service = await start({ protocol: 'api' });
    const hostile = {
      count: 1,
      'attr.count': 2,
      name: 'x',
      'attr.name': 'y',
      message: 'z',
      'trace.id': 't',
      level: 'l',
    };
    const records = { traces: spans(4), logs: logs(4), metrics: metrics(4, { startMs }) }[signal].map((each) =>
      'attributes' in each ? { ...each, attributes: { ...each.attributes, ...hostile } } : each,
    );
    await send(signal, records as never);
    for (const request of service.requests) {
      expect(parseDocument(request.text(), { uniqueKeys: true, strict: false }).errors).toEqual([]);
    }
    expect(service.requests.length).toBeGreaterThan(0);
  });
});

describe('hostile values', () => {
  const PLANTED = ['../../../v1/logs', 'a\r\nApi-Key: stolen', '%2f..%2f', '"}],"x":[{"'];

  test.each(['api', 'otlp'])('change neither path nor header nor structure over %s', async (protocol) => {
    const service = await start({ protocol });
    const records = PLANTED.flatMap((planted, at) =>
      logs(1, { variety: 'plain', startMs, from: at }).map((each) => ({
        ...each,
        body: planted,
        severityText: planted,
        eventName: planted,
        attributes: { ...each.attributes, [planted]: planted },
        resource: { attributes: { 'service.name': planted, [planted]: planted } },
        instrumentationScope: { name: planted, version: planted },
      })),
    );
    expect(await send('logs', records)).toMatchObject({ delivered: PLANTED.length, dropped: 0 });
    for (const { path, headers } of service.requests) {
      expect(path).toBe(protocol === 'api' ? '/log/v1' : '/v1/logs');
      expect(headers['api-key']).toBe(KEY);
    }
    expect(service.integrationErrors).toEqual([]);
    if (protocol === 'api') {
      expect(service.stored.map(({ fields }) => fields['message'])).toEqual(PLANTED);
      expect(service.stored.map(({ attributes }, at) => attributes[PLANTED[at] ?? ''])).toEqual(PLANTED);
    } else expect(service.otlpIds).toHaveLength(PLANTED.length);
  });
});

describe('sums that can fall', () => {
  test.each(['api', 'otlp'])('come as changes and go out as levels by %s', async (protocol) => {
    const service = await start({ protocol });
    const [made] = metrics(1, { variety: 'plain', startMs });
    const at = (seconds: number) => [Math.floor(startMs / 1000) + seconds, 0] as const;
    const dataPoints = [5, -2].map((value, n) => {
      return { value, startTime: at(n), endTime: at(n + 1), attributes: {} };
    });
    const descriptor = { name: 'queue', unit: '', description: '', valueType: 1 };
    const sum = { descriptor, dataPointType: 3, isMonotonic: false, aggregationTemporality: 0, dataPoints };
    const records = [{ ...made, scopeMetrics: [{ scope: { name: 's' }, metrics: [sum] }] }] as never;
    expect(await send('metrics', records)).toMatchObject({ delivered: 2, dropped: 0 });
    const levels =
      protocol === 'api'
        ? service.stored.map(({ fields }) => [fields['type'], fields['value']])
        : service.requests
            .flatMap(({ body }) => [...decode('metrics', body)])
            .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
            .flatMap((metric) => metric.dataPoints.map(({ value }) => [metric.aggregationTemporality, value]));
    const kind = protocol === 'api' ? 'gauge' : AggregationTemporality.CUMULATIVE;
    expect(levels).toEqual([
      [kind, 5],
      [kind, 3],
    ]);
  });
});

describe('requests', () => {
  test('to the APIs are logged by the name that New Relic gives them, for the account to find', async () => {
    said.length = 0;
    await start({ protocol: 'api' });
    await send('logs', logs(2, { startMs }));
    const lines = said.filter((line) => line.includes('New Relic has taken logs'));
    expect(lines).toEqual([expect.stringContaining('"request":"00000000-0000-0000-0000-000000000000"')]);
  });

  test('over 1 MB after compression are divided before they are sent, and smaller from then on', async () => {
    const service = await start({ batch_size: 400, max_batch_items: 400 });
    let seed = 1;
    const noise = (): string =>
      Array.from({ length: 1000 }, () => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed.toString(36);
      }).join('');
    const records = logs(800, { variety: 'plain', startMs }).map((each) => ({ ...each, body: noise() }));
    expect(await send('logs', records)).toMatchObject({ delivered: 800, dropped: 0, pending: 0 });
    expect(new Set(service.otlpIds).size).toBe(800);
    for (const { raw } of service.requests) expect(raw.length).toBeLessThanOrEqual(1_000_000);
    expect(service.requests.length).toBeGreaterThan(4);
  });

  test('carry the headers of the Trace API, and gzip where zstd is configured', async () => {
    const service = await start({ protocol: 'api', compression: 'zstd' });
    expect(await send('traces', spans(50, { startMs }))).toMatchObject({ delivered: 50 });
    expect(service.requests[0]).toMatchObject({
      path: '/trace/v1',
      headers: { 'data-format': 'newrelic', 'data-format-version': '1', 'content-encoding': 'gzip' },
    });
  });

  test('go out by both protocols from one exporter', async () => {
    backend = await fakeNewrelic({ now: () => Date.now() });
    const url = backend.url;
    const config = { endpoint: url, license_key: KEY, traces_endpoint: `${url}/trace/v1`, flush_interval: '10ms' };
    pipeline = await createPipeline({ exporters: { newrelic: config } }, { plugins: [newrelic], logger });
    await pipeline.start();
    await pipeline.consume({ signal: 'traces', records: spans(5, { startMs }) });
    await pipeline.consume({ signal: 'logs', records: logs(5, { startMs }) });
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 10, dropped: 0 });
    expect(backend.stored).toHaveLength(5);
    expect(backend.otlpIds).toHaveLength(5);
  });
});
