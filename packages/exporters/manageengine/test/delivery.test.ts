/** The exporter in a pipeline, before a strict OpManager. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createPipeline, type Pipeline } from '@telemetryflow/kernel';
import type { LogRecord, RecordOf, Signal } from '@telemetryflow/otlp';
import {
  corpus,
  type FakeOpmanager,
  fakeOpmanager,
  judgeOpmanager,
  logs,
  metrics,
  type OpmanagerRules,
  spans,
} from '@telemetryflow/testkit';
import manageengine from '../src/index.ts';

const KEY = 'a-key';
const startMs = Date.now() - 10_000;

let backend: FakeOpmanager | undefined;
let pipeline: Pipeline | undefined;
let warnings: string[] = [];
afterEach(async () => {
  await pipeline?.shutdown({ timeoutMs: 0 });
  await backend?.close();
  warnings = [];
});

const silent = (): void => undefined;
const logger = { error: silent, warn: (text: string) => void warnings.push(text), info: silent, debug: silent };

async function start(block: Record<string, unknown> = {}, rules: OpmanagerRules = {}): Promise<FakeOpmanager> {
  backend = await fakeOpmanager({ key: KEY, ...rules });
  const config = { base_url: backend.url, api_key: KEY, flush_interval: '10ms', ...block };
  pipeline = await createPipeline({ exporters: { manageengine: config } }, { plugins: [manageengine], logger });
  await pipeline.start();
  return backend;
}

async function send<S extends Signal>(signal: S, records: readonly RecordOf[S][]): Promise<unknown> {
  await pipeline?.consume({ signal, records } as never);
  return pipeline?.shutdown();
}

const errors = (n: number): LogRecord[] =>
  logs(n, { variety: 'plain', startMs }).map((each, at) => ({
    ...each,
    severityNumber: 17,
    attributes: { ...each.attributes, 'exception.type': `E${at}` },
  }));

describe('events', () => {
  test('of every kind of record: what is stored, and what is dropped, is all there is', async () => {
    const server = await start({ events_min_severity: 'WARN', max_events_per_minute: 1000 });
    const records = corpus({ startMs }).logs;
    const report = (await send('logs', records)) as { delivered: number; dropped: number; pending: number };
    expect(server.refusals).toEqual([]);
    expect(report.pending).toBe(0);
    expect(report.delivered + report.dropped).toBe(records.length);
    const counted = server.events.map(({ message }) => Number(/^\(x(\d+)\)/.exec(message)?.[1] ?? 1));
    expect(counted.reduce((sum, n) => sum + n, 0)).toBe(report.delivered);
    expect(report.delivered).toBeGreaterThan(records.length / 4);
  });

  test('arrive with every field, and the newest decides the alarm', async () => {
    const server = await start({ monitor_group: 'g' });
    expect(await send('logs', errors(3))).toMatchObject({ delivered: 3, dropped: 0 });
    expect([...server.alarms.keys()]).toEqual(['host-1/shop/E0', 'host-1/shop/E1', 'host-1/shop/E2']);
    expect(server.events[1]).toEqual({
      source: 'host-1',
      severity: 2,
      message: '[shop] request 1 handled',
      alarmCode: 'OTEL-LOG-ERROR',
      entity: 'shop/E1',
      eventType: 'g',
    });
  });

  test('about a device that OpManager does not know are dropped, with what to do', async () => {
    const server = await start({}, { devices: ['core-1'] });
    expect(await send('logs', errors(1))).toMatchObject({ delivered: 0, dropped: 1 });
    expect(server.refusals).toEqual([expect.stringContaining('does not exist')]);
  });

  test('over the limit of a minute are dropped and counted', async () => {
    const server = await start({ max_events_per_minute: 4 });
    expect(await send('logs', errors(10))).toMatchObject({ delivered: 4, dropped: 6, pending: 0 });
    expect(server.events).toHaveLength(4);
  });

  test('count once against it, however often they are sent', async () => {
    const server = await start({ max_events_per_minute: 1, retry: { initial: '1ms', max: '1ms' } });
    let refusals = 2;
    server.script((request) => (refusals-- > 0 ? { status: 503 } : judgeOpmanager(request, { key: KEY }).answer));
    await pipeline?.consume({ signal: 'logs', records: errors(1) } as never);
    await server.received(3);
    expect(await pipeline?.shutdown()).toMatchObject({ delivered: 1, dropped: 0 });
  });

  test('one at a time', async () => {
    const server = await start();
    await send('logs', errors(10));
    expect(server.accepted).toBe(1);
  });
});

describe('the key', () => {
  test('goes as a header, and stays out of URL and body', async () => {
    const server = await start();
    expect(await send('logs', errors(1))).toMatchObject({ delivered: 1 });
    const [request] = server.requests;
    expect(request?.headers['apikey']).toBe(KEY);
    expect(`${request?.path} ${request?.text()}`).not.toContain(KEY);
  });

  test('goes into the body of builds before 128100, once the header was refused', async () => {
    const server = await start({}, { build: 125_000 });
    expect(await send('logs', errors(5))).toMatchObject({ delivered: 5, dropped: 0 });
    expect(server.requests.map(({ headers }) => headers['apikey'])).toEqual([KEY, ...Array(5).fill(undefined)]);
    expect(server.requests.every(({ path }) => !path.includes(KEY))).toBe(true);
  });

  test.each([
    ['header', 128_100],
    ['body', 125_000],
  ])('goes as %s alone where that is configured', async (api_key_in, build) => {
    const server = await start({ api_key_in }, { build });
    expect(await send('logs', errors(2))).toMatchObject({ delivered: 2 });
    expect(server.requests).toHaveLength(2);
  });

  test('that is wrong is tried both ways, and nothing is taken for delivered', async () => {
    const server = await start({ api_key: 'another' });
    expect(await send('logs', errors(1))).toMatchObject({ delivered: 0, dropped: 1 });
    expect(server.requests.map(({ headers }) => headers['apikey'])).toEqual(['another', undefined]);
  });
});

describe('what a product does not take', () => {
  test('is counted, with one warning per signal, and the health says so', async () => {
    const server = await start({ traces: true });
    expect(warnings).toEqual([
      expect.stringMatching(/opmanager has no ingestion API for (traces|metrics)/),
      expect.stringMatching(/opmanager has no ingestion API for (traces|metrics)/),
    ]);
    expect(pipeline?.status().components['exporter:manageengine']).toMatchObject({
      state: 'recoverable',
      message: expect.stringMatching(/unsupported by opmanager/),
    });
    await pipeline?.consume({ signal: 'traces', records: spans(3, { startMs }) });
    expect(await send('metrics', metrics(5, { startMs }))).toMatchObject({ delivered: 0, dropped: 8, pending: 0 });
    expect(server.requests).toEqual([]);
  });

  test('is all of Applications Manager without a collector', async () => {
    await start({ product: 'applications_manager' });
    await pipeline?.consume({ signal: 'logs', records: errors(2) });
    expect(await send('metrics', metrics(2, { startMs }))).toMatchObject({ delivered: 0, dropped: 4 });
  });
});

describe('hostile values', () => {
  const PLANTED = ['../../../admin', 'a\r\nApiKey: stolen', '%2f..%2f', '&severity=1&source=x', '#', '?'];

  test('change neither path nor header nor field', async () => {
    const server = await start();
    const records = PLANTED.map((planted) => ({
      ...(errors(1)[0] as LogRecord),
      body: planted,
      severityText: planted,
      attributes: { 'exception.type': planted, [planted]: planted },
      resource: { attributes: { 'service.name': planted, 'host.name': planted } },
      instrumentationScope: { name: planted },
    }));
    expect(await send('logs', records)).toMatchObject({ delivered: PLANTED.length, dropped: 0 });
    for (const { path, headers } of server.requests) {
      expect(path).toBe('/api/json/events/addEvent');
      expect(headers['apikey']).toBe(KEY);
    }
    const oneLine = PLANTED.map((planted) => planted.replaceAll(/[\r\n]/g, ' '));
    expect(server.events).toEqual(
      oneLine.map((planted) => ({
        source: planted,
        severity: 2,
        message: expect.stringContaining(planted),
        alarmCode: 'OTEL-LOG-ERROR',
        entity: `${planted}/${planted}`,
        eventType: 'OpenTelemetry',
      })),
    );
  });
});
