import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { HttpMessage } from '@telemetryflow/http';
import type { Payload } from '@telemetryflow/kernel';
import type { LogRecord } from '@telemetryflow/otlp';
import { type AppLogsRecord, appLogsSize, corpus, FAKE_EPOCH, readAppLogs } from '@telemetryflow/testkit';
import fc from 'fast-check';
import { type Block, encoded, encoderOf, record } from './setup.ts';

const golden = readFileSync(new URL('../testdata/applogs.json', import.meta.url), 'utf8').trim();
const UPLOAD: Block = { product: 'site24x7', logs_mode: 'applogs', log_type: 't' };
const RECEIVER: Block = { product: 'site24x7', logs_mode: 'receiver', log_token: 't' };

interface Request {
  readonly text: string;
  readonly records: readonly AppLogsRecord[];
  readonly headers: Readonly<Record<string, string>>;
}

function requestOf({ body }: Payload): Request {
  const message = body as HttpMessage;
  const bytes = message.contentEncoding === 'gzip' ? gunzipSync(message.body) : Buffer.from(message.body);
  return { text: bytes.toString(), records: readAppLogs(bytes), headers: message.headers ?? {} };
}

async function requestsOf(records: readonly LogRecord[], block: Block = UPLOAD): Promise<Request[]> {
  return (await encoded('logs', records, block)).payloads.map(requestOf);
}

async function recordOf(differs: Partial<LogRecord>, block: Block = UPLOAD): Promise<AppLogsRecord> {
  const [request] = await requestsOf([record(differs)], block);
  return request?.records[0] ?? {};
}

test('a record is the golden example, byte by byte, and Log-Size counts its values', async () => {
  const [request] = await requestsOf([
    record({
      hrTime: [1_767_225_600, 123_000_000],
      spanContext: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 },
      resource: { attributes: { 'service.name': 'shop', 'host.name': 'web-1', environment: 'production' } },
    }),
  ]);
  expect(request?.text).toBe(golden);
  expect(Buffer.byteLength(golden)).toBe(226);
  expect(request?.headers['log-size']).toBe('81');
});

describe('fields', () => {
  test('have names of letters, digits and _, and the record wins over scope and resource', async () => {
    const fields = await recordOf({
      attributes: { 'a.b': 1, 'http/method': 'GET' },
      instrumentationScope: { name: 's', attributes: { a_b: 2, 'c-d': 'scope' } },
      resource: { attributes: { 'a b': 3, 'c.d': 'resource', 'e.f': 'resource' } },
    });
    expect(fields).toMatchObject({ a_b: 1, http_method: 'GET', c_d: 'scope', e_f: 'resource' });
  });

  test('of the record itself are replaced by no attribute', async () => {
    const fields = await recordOf({
      attributes: {
        message: 'x',
        loglevel: 'x',
        '_zl.timestamp': 1,
        s247agentuid: 'x',
        'trace.id': 'x',
        'span.id': 'x',
        'service.name': 'x',
      },
    });
    expect(fields).toEqual({
      _zl_timestamp: FAKE_EPOCH,
      s247agentuid: 'web-1',
      loglevel: 'ERROR',
      message: 'payment failed',
      service_name: 'shop',
    });
  });

  test('have scalars as they are, and the rest as JSON text', async () => {
    const fields = await recordOf({
      attributes: { n: 1.5, b: true, big: 2n ** 60n, nan: Number.NaN, list: [1, 'a'], map: { x: 1 }, empty: undefined },
    });
    expect(fields).toMatchObject({
      n: 1.5,
      b: true,
      big: '1152921504606846976',
      nan: 'NaN',
      list: '[1,"a"]',
      map: '{"x":1}',
    });
    expect(fields).not.toHaveProperty('empty');
  });

  test('name the host of an upload, which the endpoint has as an attribute', async () => {
    expect(await recordOf({ resource: { attributes: {} } })).toMatchObject({ s247agentuid: hostname() });
    const received = await recordOf({}, RECEIVER);
    expect(received).toMatchObject({ host_name: 'web-1' });
    expect(received).not.toHaveProperty('s247agentuid');
  });

  test('name the monitor group, unless its ids are in the URL', async () => {
    expect(await recordOf({}, { ...UPLOAD, monitor_group: 'g' })).toMatchObject({ monitor_group: 'g' });
    expect(await recordOf({ attributes: { 'monitor.group': 'own' } }, { ...UPLOAD, monitor_group: 'g' })).toMatchObject(
      {
        monitor_group: 'own',
      },
    );
    expect(await recordOf({}, { ...RECEIVER, monitor_group: '1,2' })).not.toHaveProperty('monitor_group');
  });

  test('have the time of the observation, else that of now', async () => {
    expect(await recordOf({ hrTime: [0, 0], hrTimeObserved: [1_795_521_599, 999_999_999] })).toMatchObject({
      _zl_timestamp: 1_795_521_599_999,
    });
    expect(await recordOf({ hrTime: [0, 0] })).toMatchObject({ _zl_timestamp: FAKE_EPOCH });
  });
});

describe('limits', () => {
  test('a message that makes a record too large is cut, with the marker of the vendor', async () => {
    const body = `${'é"'.repeat(400_000)}end`;
    const [request] = await requestsOf([record({ body })]);
    const message = String(request?.records[0]?.['message']);
    expect(message).toMatch(/^(é")+é?##TRUNCATED###$/);
    expect(Buffer.byteLength(request?.text ?? '')).toBeGreaterThan(999_900);
    expect(Buffer.byteLength(request?.text ?? '')).toBeLessThanOrEqual(1_000_002);
    expect(request?.headers['log-size']).toBe(String(appLogsSize(request?.records ?? [])));
  });

  test('a record of exactly 1,000,000 bytes is whole, and one byte more cuts its message', async () => {
    const [empty] = await requestsOf([record({ body: '' })]);
    const room = 1_000_002 - Buffer.byteLength(empty?.text ?? '');
    const [whole, cut] = await Promise.all(
      [room, room + 1].map(async (length) => (await requestsOf([record({ body: 'x'.repeat(length) })]))[0]),
    );
    expect(whole?.records[0]?.['message']).toBe('x'.repeat(room));
    expect(String(cut?.records[0]?.['message'])).toMatch(/^x+##TRUNCATED###$/);
    expect(cut?.text.length).toBe(whole?.text.length);
  });

  test('a request of exactly 5,000,000 bytes is one, and a byte more makes two', async () => {
    const [empty] = await requestsOf([record({ body: '' })]);
    const overhead = Buffer.byteLength(empty?.text ?? '') - '[]'.length;
    const filled = (bytes: number): LogRecord => record({ body: 'x'.repeat(bytes - overhead) });
    const four = Array.from({ length: 4 }, () => filled(1_000_000));
    // Brackets and commas take six.
    const exact = await requestsOf([...four, filled(999_994)]);
    expect(exact.map(({ text }) => text.length)).toEqual([5_000_000]);
    expect(await requestsOf([...four, filled(999_995)])).toHaveLength(2);
  });

  test('what the vendor counts for Log-Size leaves out its own fields', async () => {
    const sizeOf = async (attributes: LogRecord['attributes']): Promise<string | undefined> =>
      (await requestsOf([record({ attributes })]))[0]?.headers['log-size'];
    const none = await sizeOf({});
    expect(await sizeOf({ _zl_own: 'abc', s247host: 'abc', inode_of: 'abc' })).toBe(none);
    expect(await sizeOf({ zl_own: 'abc' })).toBe(String(Number(none) + 3));
  });

  test('a record whose attributes alone are too large is dropped, and costs no other', async () => {
    const { payloads, drops } = await encoded(
      'logs',
      [record(), record({ attributes: { big: 'x'.repeat(1_000_000) } }), record()],
      UPLOAD,
    );
    expect(payloads.map(({ items }) => items)).toEqual([[0, 2]]);
    expect(drops).toEqual([expect.objectContaining({ dropped: { from: 1, to: 2 }, reason: 'too_large' })]);
  });

  test('500 records are a request, and the next one is another', async () => {
    const { payloads } = await encoded(
      'logs',
      Array.from({ length: 1001 }, () => record()),
      UPLOAD,
    );
    expect(payloads.map(({ items }) => items)).toEqual([
      { from: 0, to: 500 },
      { from: 500, to: 1000 },
      { from: 1000, to: 1001 },
    ]);
  });

  test('5,000,000 bytes are a request', async () => {
    const requests = await requestsOf(Array.from({ length: 9 }, () => record({ body: 'x'.repeat(900_000) })));
    expect(requests.map(({ records }) => records.length)).toEqual([5, 4]);
  });
});

describe('the upload id', () => {
  const idsOf = async (records: readonly LogRecord[]) =>
    (await requestsOf(records)).map(({ headers }) => headers['upload-id']);

  test('is the same for the same request of the same batch, and another for every other', async () => {
    const records = Array.from({ length: 600 }, (_, at) => record({ body: `number ${at}` }));
    const ids = await idsOf(records);
    expect(ids).toEqual(await idsOf(records));
    expect(new Set(ids).size).toBe(2);
    // The half of a batch has the id of the batch, and other content.
    expect(await idsOf(records.slice(0, 300))).not.toEqual(ids.slice(0, 1));
  });
});

test('every kind of record is taken by a strict reader', async () => {
  const { logs } = corpus();
  for (const block of [UPLOAD, RECEIVER]) {
    const requests = await requestsOf(logs, block);
    expect(requests.reduce((sum, { records }) => sum + records.length, 0)).toBe(logs.length);
    for (const { records, headers } of requests) {
      if (block === UPLOAD) expect(headers['log-size']).toBe(String(appLogsSize(records)));
    }
  }
});

test('whatever stands in a record, it is one object with its message', async () => {
  const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"}],[{"', '\u2028', '__proto__', '../'));
  const encode = await encoderOf('logs', UPLOAD);
  fc.assert(
    fc.property(anything, anything, anything, (body, name, value) => {
      const [request] = encode([record({ body, attributes: { [name]: value } })]).payloads.map(requestOf);
      expect(request?.records.map(({ message }) => message)).toEqual([body.toWellFormed()]);
    }),
  );
});
