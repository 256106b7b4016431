/** Logs to AppLogs, in a pipeline, before a strict Site24x7. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createPipeline, type Pipeline } from '@telemetryflow/kernel';
import type { LogRecord } from '@telemetryflow/otlp';
import { corpus, type FakeSite24x7, fakeSite24x7, logs, type Site24x7Rules } from '@telemetryflow/testkit';
import manageengine from '../src/index.ts';

const KEY = 'in_0123456789abcdef0123456789abcdef';
const startMs = Date.now() - 10_000;

let backend: FakeSite24x7 | undefined;
let pipeline: Pipeline | undefined;
let errors: string[] = [];
afterEach(async () => {
  await pipeline?.shutdown({ timeoutMs: 0 });
  await backend?.close();
  errors = [];
});

const silent = (): void => undefined;
const logger = { error: (text: string) => void errors.push(text), warn: silent, info: silent, debug: silent };

async function start(logs_mode: string, rules: Site24x7Rules = {}, block: object = {}): Promise<FakeSite24x7> {
  backend = await fakeSite24x7({ deviceKey: KEY, logType: 'a-type', token: 'a-token', ...rules });
  const config = {
    product: 'site24x7',
    metrics: false,
    api_key: KEY,
    logs_mode,
    log_type: 'a-type',
    log_token: 'a-token',
    upload_domain: backend.url,
    flush_interval: '10ms',
    ...block,
  };
  pipeline = await createPipeline({ exporters: { manageengine: config } }, { plugins: [manageengine], logger });
  await pipeline.start();
  return backend;
}

async function send(records: readonly LogRecord[]): Promise<unknown> {
  await pipeline?.consume({ signal: 'logs', records });
  return pipeline?.shutdown();
}

describe.each(['applogs', 'receiver'])('logs_mode: %s', (mode) => {
  test('stores every kind of record once, with its message', async () => {
    const site = await start(mode);
    const records = corpus({ startMs }).logs;
    expect(await send(records)).toMatchObject({ delivered: records.length, dropped: 0, pending: 0 });
    expect(site.refusals).toEqual([]);
    const stored = new Map(site.stored.map((each) => [each['item_id'], each]));
    expect(stored.size).toBe(records.length);
    for (const { attributes, body } of records) {
      const item = stored.get(String(attributes['item.id']));
      if (typeof body === 'string') expect(item?.['message']).toBe(body.toWellFormed());
    }
  });

  test('changes neither path nor header by hostile values', async () => {
    const site = await start(mode);
    const planted = ['../../x', 'a\r\nX-LogType: y', '%2f..%2f', '?token=z', '#'];
    const records = logs(planted.length, { variety: 'plain', startMs }).map((each, at) => ({
      ...each,
      body: planted[at],
      severityText: planted[at],
      attributes: { [planted[at] ?? '']: planted[at] },
      resource: { attributes: { 'service.name': planted[at], 'host.name': planted[at] } },
    }));
    expect(await send(records)).toMatchObject({ delivered: planted.length });
    expect(site.stored.map(({ message }) => message)).toEqual(planted);
    expect(site.requests.map(({ path }) => path)).toEqual([
      mode === 'applogs' ? '/upload' : '/event/receiver?token=a-token',
    ]);
    expect(site.requests[0]?.headers['x-logtype']).toBe(mode === 'applogs' ? 'a-type' : undefined);
  });
});

describe('the upload API', () => {
  test('gets gzip, however small a request is and whatever is configured', async () => {
    const site = await start('applogs', {}, { compression: 'none' });
    await send(logs(1, { variety: 'plain', startMs }));
    expect(site.requests.map(({ headers }) => headers['content-encoding'])).toEqual(['gzip']);
    expect(site.stored).toHaveLength(1);
  });

  test('that did not confirm gets the same id again, and stores once', async () => {
    const site = await start('applogs', {}, { retry: { initial: '1ms', max: '1ms' } });
    const judge = { now: 0 };
    const ids: unknown[] = [];
    site.script((request) => {
      ids.push(request.headers['upload-id']);
      return judge.now++ === 0 ? { status: 200 } : { status: 200, headers: { 'x-uploadid': 'u' } };
    });
    await pipeline?.consume({ signal: 'logs', records: logs(3, { variety: 'plain', startMs }) });
    await site.received(2);
    expect(await pipeline?.shutdown()).toMatchObject({ delivered: 3, dropped: 0 });
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
  });

  test.each(['invalid_logtype', 'invalid_account', 'api_upload_enabled'])(
    'that says %s ends the logs of this exporter, loudly, and it is asked no more',
    async (flag) => {
      const site = await start('applogs', { flag, flagStatus: 200 });
      await pipeline?.consume({ signal: 'logs', records: logs(2, { variety: 'plain', startMs }) });
      await pipeline?.forceFlush();
      expect(pipeline?.status().components['exporter:manageengine']).toMatchObject({ state: 'permanent' });
      expect(errors.some((text) => text.includes('until the next start'))).toBe(true);
      expect(await send(logs(3, { variety: 'plain', startMs, from: 2 }))).toMatchObject({ delivered: 0, dropped: 5 });
      expect(site.requests).toHaveLength(1);
    },
  );

  test.each(['blocked_logtype', 'log_license_exceeds'])('that says %s is left alone for ten minutes', async (flag) => {
    const site = await start('applogs', { flag });
    await pipeline?.consume({ signal: 'logs', records: logs(2, { variety: 'plain', startMs }) });
    await pipeline?.forceFlush();
    expect(await send(logs(3, { variety: 'plain', startMs, from: 2 }))).toMatchObject({ delivered: 0, dropped: 5 });
    expect(site.requests).toHaveLength(1);
  });
});
