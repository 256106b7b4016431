import { afterEach, describe, expect, test } from '@jest/globals';
import splunk from '@telemetryflow/exporter-splunk';
import { createPipeline } from '@telemetryflow/kernel';
import {
  corpus,
  type FakeSplunk,
  fakeClock,
  fakeSplunk,
  isSplunkMetric,
  itemIds,
  logs,
  metrics,
  type SplunkRules,
  splunkAnswer,
} from '@telemetryflow/testkit';
import { configOf, record } from './setup.ts';

const TOKEN = '11111111-aaaa-bbbb-cccc-0123456789ab';
let server: FakeSplunk | undefined;

afterEach(() => server?.close());

async function start(rules: SplunkRules, block: Readonly<Record<string, unknown>>, clock = fakeClock()) {
  server = await fakeSplunk({ token: TOKEN, ...rules });
  const exporters = { splunk: { endpoint: server.url, token: TOKEN, flush_interval: '10ms', ...block } };
  const pipeline = await createPipeline({ exporters }, { plugins: [splunk], clock });
  await pipeline.start();
  return { pipeline, server, clock };
}

/** Lets seconds pass until something has happened; an end for what never does. */
async function passes(clock: ReturnType<typeof fakeClock>, happened: () => boolean): Promise<void> {
  for (let seconds = 0; seconds < 600 && !happened(); seconds++) await clock.advance(1000);
  expect(happened()).toBe(true);
}

describe('through the pipeline', () => {
  test('every kind of log, point and span arrives in its index with its values', async () => {
    const { traces, logs: records, metrics: points } = corpus();
    const { pipeline, server: at } = await start(
      { indexes: ['main', 'm'], metricIndexes: ['m'] },
      { index: 'main', metrics_index: 'm', traces: true, traces_index: 'main' },
    );
    await pipeline.consume({ signal: 'logs', records });
    await pipeline.consume({ signal: 'metrics', records: points });
    await pipeline.consume({ signal: 'traces', records: traces });
    const report = await pipeline.shutdown();
    expect(report.pending).toBe(0);
    expect(report.delivered + report.dropped).toBe(records.length + itemIds(points).length + traces.length);
    const byId = new Map(
      at.stored.filter(({ index }) => index === 'main').map((each) => [each.fields?.['item.id'], each]),
    );
    for (const { attributes, body } of records) {
      const stored = byId.get(String(attributes['item.id']));
      expect(stored).toBeDefined();
      if (typeof body === 'string' && body.trim() !== '') expect(stored?.event).toBe(body.toWellFormed());
      const { value } = attributes;
      if (typeof value === 'string') expect(stored?.fields?.['value']).toBe(value.toWellFormed());
    }
    expect(at.stored.filter(({ index }) => index === 'm').every(isSplunkMetric)).toBe(true);
  });

  test('the block of the specification delivers metrics that can be searched', async () => {
    const { pipeline, server: at } = await start({ indexes: ['main'] }, { index: 'main' });
    await pipeline.consume({ signal: 'metrics', records: metrics(3, { variety: 'plain' }) });
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 3, dropped: 0 });
    expect(at.stored.map(({ sourcetype }) => sourcetype)).toEqual(Array(3).fill('tfo-agent:metrics'));
  });

  test('a bad event costs itself: the second request holds the others', async () => {
    const { pipeline, server: at } = await start({}, {});
    const records = ['zero', 'one', 'two'].map((body) => record({ body }));
    at.script([splunkAnswer(6, { 'invalid-event-number': 1 }), splunkAnswer(0)]);
    await pipeline.consume({ signal: 'logs', records });
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 2, dropped: 1, pending: 0 });
    const bodies = at.requests.map((request) => request.text().match(/"event":"\w+"/g));
    expect(bodies).toEqual([
      ['"event":"zero"', '"event":"one"', '"event":"two"'],
      ['"event":"zero"', '"event":"two"'],
    ]);
  });

  test('a bad event that nobody names is found by halving', async () => {
    const { pipeline, server: at } = await start({}, {});
    at.script((request) => (request.text().includes('"event":"bad"') ? splunkAnswer(6) : splunkAnswer(0)));
    const records = Array.from({ length: 9 }, (_, i) => record({ body: i === 5 ? 'bad' : `good ${i}` }));
    await pipeline.consume({ signal: 'logs', records });
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 8, dropped: 1, pending: 0 });
  });

  test('a forbidden index costs its events, not those of others', async () => {
    const { pipeline } = await start({ indexes: ['main'] }, { index: 'main' });
    const forbidden = record({ attributes: { 'com.splunk.index': 'secret' } });
    await pipeline.consume({ signal: 'logs', records: [record(), forbidden, record()] });
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 2, dropped: 1 });
  });
});

describe('indexer acknowledgement', () => {
  const ack = { poll_interval: '10s', timeout: '60s' };

  test('holds a batch until Splunk has indexed it', async () => {
    const { pipeline, server: at, clock } = await start({ ack: true }, { ack });
    await pipeline.consume({ signal: 'logs', records: logs(2, { variety: 'plain' }) });
    await clock.advance(10);
    await at.received(1);
    const closed = pipeline.forceFlush({ timeoutMs: 100_000 });
    await passes(clock, () => at.requests.length >= 2);
    at.index();
    await passes(clock, () => at.requests.length >= 3);
    expect(await closed).toMatchObject({ delivered: 2, pending: 0 });
    const [sent, poll] = at.requests;
    const channel = sent?.headers['x-splunk-request-channel'];
    expect(poll?.path).toBe(`/services/collector/ack?channel=${channel}`);
    expect(poll?.text()).toBe('{"acks":[0]}');
    await pipeline.shutdown();
  });

  test('sends again what is not confirmed in time', async () => {
    const { pipeline, server: at, clock } = await start({ ack: true }, { ack });
    const posts = () => at.requests.filter(({ path }) => path.endsWith('/event')).length;
    await pipeline.consume({ signal: 'logs', records: logs(1, { variety: 'plain' }) });
    await passes(clock, () => posts() >= 2);
    expect(clock.monotonic()).toBeGreaterThan(60_000);
    const closing = pipeline.shutdown({ timeoutMs: 100 });
    await clock.advance(200);
    expect(await closing).toMatchObject({ delivered: 0 });
  });

  test('a token that loses it delivers without', async () => {
    const { pipeline, server: at, clock } = await start({ ack: true }, { ack });
    at.script((request) => splunkAnswer(...answerOf(request.path)));
    await pipeline.consume({ signal: 'logs', records: logs(1, { variety: 'plain' }) });
    const flushed = pipeline.forceFlush({ timeoutMs: 100_000 });
    await passes(clock, () => at.requests.length >= 2);
    expect(await flushed).toMatchObject({ delivered: 1 });
    await pipeline.shutdown();
  });

  function answerOf(path: string): [code: number, more?: Record<string, unknown>] {
    return path.includes('/ack') ? [14] : [0, { ackId: 7 }];
  }
});

describe('the health check', () => {
  const check = async (block: Record<string, unknown>) =>
    splunk.healthcheck?.(await configOf(block), { signal: AbortSignal.timeout(5000) });

  test('is good where the collector is healthy and knows the token', async () => {
    server = await fakeSplunk({ token: TOKEN });
    expect(await check({ endpoint: server.url, token: TOKEN })).toMatchObject({ ok: true });
    expect(await check({ endpoint: server.url, token: 'other' })).toEqual({
      ok: false,
      message: expect.stringMatching(/answered 403.*Invalid token/),
    });
    server.script({ status: 503, body: { text: 'HEC is unhealthy, queues are full', code: 18 } });
    expect(await check({ endpoint: server.url, token: TOKEN })).toEqual({
      ok: false,
      message: expect.stringContaining('queues are full'),
    });
  });

  test('is good for a token with acknowledgement, which demands a channel', async () => {
    server = await fakeSplunk({ token: TOKEN, ack: true });
    expect(await check({ endpoint: server.url, token: TOKEN })).toMatchObject({ ok: true });
  });

  test('says what is wrong where nobody listens', async () => {
    expect(await check({ endpoint: 'http://127.0.0.1:1' })).toMatchObject({ ok: false });
  });
});
