import { describe, expect, test } from '@jest/globals';
import type { HttpResponse } from '@telemetryflow/http';
import type { Outcome } from '@telemetryflow/kernel';
import fc from 'fast-check';
import { classifyAnswer, type SentTo } from '../src/classify.ts';

const URL = 'https://abc.live.dynatrace.com/api/v2/metrics/ingest';
const ITEMS = { from: 0, to: 5 };

function answer(status: number, body: unknown = '', headers: HttpResponse['headers'] = {}): HttpResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'response', status, headers, body: Buffer.from(text), url: URL };
}

const read = (route: SentTo['route'], response: HttpResponse, attempt = 1): Outcome =>
  classifyAnswer(response, { route, signal: route === 'api' ? 'logs' : 'metrics', items: ITEMS, attempt });

const INVALID = {
  linesOk: 115,
  linesInvalid: 1,
  error: { code: 400, message: '1 invalid lines', invalidLines: [{ line: 19, error: 'inconsistent gauge fields: …' }] },
  warnings: null,
};

describe('metrics', () => {
  test.each<[string, HttpResponse, unknown]>([
    ['all taken', answer(202, { linesOk: 5, linesInvalid: 0, error: null, warnings: null }), {}],
    ['all taken, from a OneAgent', answer(202, { linesValid: 5, linesInvalid: 0 }), {}],
    ['taken but for one', answer(202, { ...INVALID, error: null }), { dropped: [{ items: 1, reason: 'invalid' }] }],
    ['all taken, with another status', answer(200, { linesOk: 5, linesInvalid: 0 }), {}],
    [
      'a page of a proxy',
      answer(200, '<html>Log in</html>'),
      { dropped: [expect.objectContaining({ reason: 'invalid' })] },
    ],
    [
      'taken with remarks',
      answer(202, { linesOk: 5, linesInvalid: 0, warnings: { warningLines: [{ warning: "metric key 'a' changed" }] } }),
      { warning: expect.stringContaining("metric key 'a' changed") },
    ],
    [
      'one invalid line',
      answer(400, INVALID),
      { dropped: [{ items: 1, reason: 'invalid', detail: expect.stringContaining('inconsistent') }] },
    ],
    ['more invalid lines than items', answer(400, { ...INVALID, linesInvalid: 99 }), { dropped: [{ items: 5 }] }],
    ['no invalid line', answer(400, { ...INVALID, linesInvalid: 0 }), { warning: expect.stringContaining('400') }],
    ['a malformed request', answer(400, { error: { code: 400, message: 'x' } }), { dropped: [{ items: { from: 0 } }] }],
    ['unreadable', { ...answer(400), unreadable: 'cut_off' }, { dropped: [{ items: { from: 0 }, reason: 'invalid' }] }],
    ['a defect', answer(500), { retry: { items: 'all', reason: 'unavailable' } }],
  ])('%s', (_name, response, expected) => {
    const outcome = read('mint', response);
    expect(outcome).toMatchObject(expected as object);
    if (response.status === 400) expect(outcome.retry).toBeUndefined();
  });

  test('a second 500 is given up: increments might have been counted', () => {
    expect(read('mint', answer(500), 2)).toMatchObject({ dropped: [{ reason: 'rejected' }] });
  });
});

describe('logs', () => {
  test.each<[string, HttpResponse, unknown]>([
    ['all taken', answer(204), {}],
    [
      'some refused',
      answer(200, { details: { code: 200, message: '2 events were not ingested' } }),
      { warning: expect.stringContaining('2 events') },
    ],
    ['no licence left', answer(402), { retry: { reason: 'throttled', afterMs: 60_000 } }],
    ['no log module', answer(404), { dropped: [{ reason: 'invalid', detail: expect.stringContaining('log module') }] }],
    ['no storage', answer(501), { dropped: [{ reason: 'rejected', detail: expect.stringContaining('storage') }] }],
    ['a defect', answer(500), { retry: { reason: 'unavailable' } }],
    ['a malformed request', answer(400, 'x'), { dropped: [{ reason: 'invalid' }] }],
  ])('%s', (_name, response, expected) => {
    expect(read('api', response)).toMatchObject(expected as object);
  });
});

test('a partial success over OTLP names how many points were refused', () => {
  const message = "Unsupported metric: 'x'";
  const inner = Buffer.concat([Buffer.from([0x08, 2, 0x12, message.length]), Buffer.from(message)]);
  const body = Buffer.concat([Buffer.from([0x0a, inner.length]), inner]);
  const response = { ...answer(200, '', { 'content-type': 'application/x-protobuf' }), body };
  expect(read('otlp', response)).toMatchObject({ dropped: [{ items: 2, reason: 'rejected', detail: message }] });
});

describe('every API', () => {
  const date = 'Thu, 01 Jan 2026 00:00:00 GMT';
  const inSeconds = (seconds: number) => String((1_767_225_600 + seconds) * 1_000_000);

  test.each<[number, HttpResponse['headers'], unknown]>([
    [429, {}, { retry: { items: 'all', reason: 'throttled', detail: expect.any(String) } }],
    [429, { 'retry-after': '7' }, { retry: { reason: 'throttled', afterMs: 7000 } }],
    [429, { 'x-ratelimit-reset': inSeconds(9), date }, { retry: { reason: 'throttled', afterMs: 9000 } }],
    [429, { 'x-ratelimit-reset': inSeconds(-9), date }, { retry: { reason: 'throttled', afterMs: 0 } }],
    [
      429,
      { 'x-ratelimit-reset': 'soon', date },
      { retry: { items: 'all', reason: 'throttled', detail: expect.any(String) } },
    ],
    [502, {}, { retry: { reason: 'unavailable' } }],
    [503, {}, { retry: { reason: 'unavailable' } }],
    [504, {}, { retry: { reason: 'unavailable' } }],
    [413, {}, { split: { reason: 'too_large' } }],
    [401, {}, { retry: { reason: 'auth', detail: expect.stringContaining('scope') } }],
    [403, {}, { retry: { reason: 'auth' } }],
    [404, {}, { dropped: [{ reason: 'invalid', detail: expect.stringContaining('environment_url') }] }],
    [405, {}, { dropped: [{ reason: 'invalid' }] }],
    [415, {}, { dropped: [{ reason: 'invalid' }] }],
  ])('answers %i with %j', (status, headers, expected) => {
    for (const route of ['mint', 'api', 'otlp'] as const) {
      expect(read(route, answer(status, '', headers))).toMatchObject(expected as object);
    }
  });

  test('a failure to connect is retried', () => {
    const failure = { kind: 'failure', reason: 'network', code: 'ECONNRESET', message: 'gone', url: URL } as const;
    expect(classifyAnswer(failure, { route: 'mint', signal: 'metrics', items: ITEMS, attempt: 1 })).toMatchObject({
      retry: { reason: 'network' },
    });
  });

  test('no body whatever makes it throw, or lose more than the request held', () => {
    const status = fc.constantFrom(200, 202, 204, 400, 402, 404, 429, 500, 503);
    const number = fc.oneof(fc.integer(), fc.double(), fc.constant('3'), fc.constant(null));
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ linesOk: number, linesInvalid: number, warnings: fc.jsonValue() })
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.constantFrom('mint', 'api', 'otlp'), status, body, (route, code, text) => {
        const { dropped = [] } = read(route as SentTo['route'], answer(code, text));
        const lost = dropped.reduce((sum, { items }) => sum + (typeof items === 'number' ? items : 0), 0);
        expect(lost).toBeLessThanOrEqual(5);
        expect(lost).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});
