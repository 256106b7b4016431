import { describe, expect, test } from '@jest/globals';
import type { HttpResponse } from '@telemetryflow/http';
import { encodeStatus } from '@telemetryflow/otlp';
import fc from 'fast-check';
import { AnswerReader } from '../src/classify.ts';
import type { LokiMessage } from '../src/encode-logs.ts';
import { readRejections } from '../src/rejection.ts';

const STREAM = `stream '{job="x", service_name="x"}'`;
const MESSAGE: LokiMessage = { body: '', batchId: 'b', items: 5, oneStream: true, canFallBack: true };

function answer(status: number, body: string | Uint8Array = '', type = 'text/plain; charset=utf-8'): HttpResponse {
  return {
    kind: 'response',
    status,
    headers: { 'content-type': type },
    body: Buffer.from(body),
    url: 'http://loki/push',
  };
}

function read(response: HttpResponse, message: Partial<LokiMessage> = {}) {
  return new AnswerReader().read(response, { ...MESSAGE, ...message });
}

describe('answers', () => {
  test.each([
    [204, ''],
    [200, ''],
  ])('%i is delivery', (status, body) => {
    expect(read(answer(status, body))).toEqual({});
  });

  test('260 is a loss, although it is a 2xx', () => {
    const text = "ingestion blocked for user 'a' until '2030-01-01T00:00:00Z' with status code '260'";
    expect(read(answer(260, text)).dropped).toMatchObject([{ reason: 'throttled', items: { from: 0 } }]);
  });

  test.each<[string, readonly [number, string][]]>([
    [
      `2 errors like: max entry size '262144' bytes exceeded for ${STREAM} while adding an entry with length '300000' bytes`,
      [[2, 'too_large']],
    ],
    [
      `1 errors like: max entry size '262144' bytes exceeded for ${STREAM} while adding an entry with length '300000' bytes; 3 errors like: entry for ${STREAM} has timestamp too old: 2023-11-14T22:13:20Z, oldest acceptable timestamp is: 2026-11-17T00:00:00Z`,
      [
        [1, 'too_large'],
        [3, 'too_old'],
      ],
    ],
    [`entry for ${STREAM} has timestamp too new: 2030-01-01T00:00:00Z`, [[1, 'invalid']]],
    [
      `entry with timestamp 2026-11-24 00:00:00 +0000 UTC ignored, reason: 'entry too far behind, entry timestamp is: x, oldest acceptable timestamp is: y',\nuser 'fake', total ignored: 4 out of 5 for stream: {job="x"}`,
      [[4, 'too_old']],
    ],
    [`${STREAM} has structured metadata too large: '70000' bytes, limit: '65536' bytes`, [[1, 'too_large']]],
    ['9 errors like: something new', [[5, 'rejected']]],
  ])('400 %s', (text, expected) => {
    const outcome = read(answer(400, text));
    expect(outcome.dropped?.map(({ items, reason }) => [items, reason])).toEqual(expected);
    expect(outcome.retry).toBeUndefined();
  });

  test('400 inside an OTLP status reads the same', () => {
    const status = encodeStatus(
      { code: 3, message: `2 errors like: max entry size '262144' bytes exceeded for ${STREAM}` },
      'proto',
    );
    expect(read(answer(400, status, 'application/octet-stream')).dropped).toMatchObject([
      { items: 2, reason: 'too_large' },
    ]);
  });

  test('400 about the whole push is cut until the culprit is alone, within reason', () => {
    const reader = new AnswerReader();
    const bad = answer(400, "couldn't parse labels: 1:2: parse error");
    expect(reader.read(bad, { ...MESSAGE, items: 1 })).toMatchObject({ dropped: [{ reason: 'invalid' }] });
    for (let cuts = 0; cuts < 24; cuts++)
      expect(reader.read(bad, MESSAGE)).toMatchObject({ split: { reason: 'invalid' } });
    expect(reader.read(bad, MESSAGE)).toMatchObject({ dropped: [{ reason: 'invalid' }] });
  });

  test('400 about a stream costs all of its entries: others are parted from it first', () => {
    const text = `entry for ${STREAM} has 16 label names; limit 15`;
    expect(read(answer(400, text), { oneStream: false })).toMatchObject({ split: { reason: 'invalid' } });
    expect(read(answer(400, text)).dropped).toMatchObject([{ items: { from: 0 }, reason: 'invalid' }]);
  });

  test('structured metadata that the server disallows is sent again in the line', () => {
    const text = `${STREAM} includes structured metadata, but this feature is disallowed. Please see the docs`;
    expect(read(answer(400, text))).toMatchObject({ retry: { items: 'all', afterMs: 0 }, mode: { metadata: false } });
  });

  test('structured metadata that has no other place costs the entries that have some', () => {
    const text = `2 errors like: ${STREAM} includes structured metadata, but this feature is disallowed. Please see the docs`;
    expect(read(answer(400, text), { canFallBack: false })).toEqual({
      dropped: [{ items: 2, reason: 'unsupported', detail: expect.stringContaining('protocol: push') }],
    });
  });

  // Texts of Loki 3.7.6.
  test.each([
    ['push', "couldn't parse labels: 1:2: parse error: unexpected character", 'text/plain'],
    [
      'a time beyond 64 bits as JSON',
      "loghttp.PushRequest.Streams: []loghttp.LogProtoStream: unmarshalerDecoder: Value looks like Number/Boolean/None, but can't find its end: ',' or '}' symbol, error found in #10 byte of ...|00",
      'text/plain',
    ],
    [
      'the name of an attribute, over OTLP',
      'symbolizer lookup: normalization for label name "ü" resulted in invalid name "_"',
      '',
    ],
    ['an attribute without name, over OTLP', 'symbolizer lookup: label name is empty', ''],
  ])('400 that one entry causes and all pay for is cut: %s', (_name, text, type) => {
    const response =
      type === ''
        ? answer(400, encodeStatus({ code: 3, message: text }, 'proto'), 'application/octet-stream')
        : answer(400, text, type);
    expect(read(response)).toMatchObject({ split: { reason: 'invalid' } });
    expect(read(response, { items: 1 })).toMatchObject({ dropped: [{ items: { from: 0 }, reason: 'invalid' }] });
  });

  test.each<[number, string, unknown]>([
    [401, 'no org id', { retry: { reason: 'auth', detail: expect.stringContaining('tenant_id') } }],
    [404, '404 page not found', { dropped: [{ reason: 'invalid' }] }],
    [413, 'request body too large', { split: { reason: 'too_large' } }],
    [422, 'error at least one valid stream is required for ingestion', { dropped: [{ reason: 'bug' }] }],
    [429, 'Maximum active stream limit exceeded when trying to create stream', { retry: { reason: 'throttled' } }],
    [
      429,
      "limit: 4194304 bytes/sec) while attempting to ingest '9' lines totaling '9000000' bytes",
      { split: { reason: 'throttled' } },
    ],
    [
      429,
      "limit: 4194304 bytes/sec) while attempting to ingest '9' lines totaling '900' bytes",
      { retry: { reason: 'throttled' } },
    ],
    [500, 'internal', { retry: { reason: 'unavailable' } }],
    [
      500,
      'rpc error: code = Unknown desc = failed to create stream: no schema config found for time 1500000000',
      { split: { reason: 'too_old' } },
    ],
    [400, '<html><body>Bad Request</body></html>', { dropped: [{ items: { from: 0 }, reason: 'invalid' }] }],
    [502, '', { retry: { reason: 'unavailable' } }],
    [503, '', { retry: { reason: 'unavailable' } }],
    [504, '', { retry: { reason: 'unavailable' } }],
  ])('%i %s', (status, text, expected) => {
    expect(read(answer(status, text))).toMatchObject(expected as object);
  });

  test('no text whatever makes it throw, or lose more than the push held', () => {
    const words = fc.constantFrom(
      '1 errors like: ',
      '; ',
      'total ignored: 99999 out of 1 for stream',
      'max entry size',
      STREAM,
      '\n',
    );
    const text = fc.array(fc.oneof(words, fc.string()), { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 10 }), (body, items) => {
        readRejections(body);
        const { dropped = [] } = read(answer(400, body), { items });
        const lost = dropped.reduce((sum, each) => sum + (typeof each.items === 'number' ? each.items : 0), 0);
        expect(lost).toBeLessThanOrEqual(items);
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (body) => {
        read(answer(400, body, 'application/octet-stream'));
      }),
      { numRuns: 200 },
    );
  });
});
