import { describe, expect, test } from '@jest/globals';
import type { HttpFailure, HttpResponse } from '@telemetryflow/http';
import type { Outcome } from '@telemetryflow/kernel';
import fc from 'fast-check';
import { readAnswer, requestIdOf, type SentRequest } from '../src/classify.ts';

const SENT: SentRequest = {
  signal: 'traces',
  items: { from: 0, to: 1000 },
  protocol: 'api',
  region: 'EU',
  bytes: 600_000,
  attempt: 1,
};

function answer(status: number, body: string | Uint8Array = '', headers: Record<string, string> = {}): HttpResponse {
  return { kind: 'response', status, headers, body: Buffer.from(body), url: 'https://trace-api.eu.newrelic.com' };
}

const TIMEOUT: HttpFailure = { kind: 'failure', reason: 'timeout', code: 'ETIMEDOUT', message: 'no answer', url: 'u' };

describe.each(['otlp', 'api'] as const)('answers over %s', (protocol) => {
  const read = (response: HttpResponse): Outcome => readAnswer(response, { ...SENT, protocol });

  test.each<[number, unknown]>([
    [200, {}],
    [202, {}],
    [400, { dropped: [{ reason: 'invalid' }] }],
    [401, { retry: { reason: 'auth' } }],
    [403, { retry: { reason: 'auth', detail: expect.stringMatching(/another region than EU/) } }],
    [404, { dropped: [{ reason: 'invalid', detail: expect.stringMatching(/the path is wrong/) }] }],
    [405, { dropped: [{ reason: 'invalid' }] }],
    [408, { retry: { reason: 'timeout', afterMs: 1000 } }],
    [409, { dropped: [{ reason: 'invalid' }] }],
    [410, { dropped: [{ reason: 'invalid' }] }],
    [411, { dropped: [{ reason: 'invalid' }] }],
    [413, { split: { reason: 'too_large' } }],
    [414, { dropped: [{ reason: 'invalid' }] }],
    [415, { dropped: [{ reason: 'invalid' }] }],
    [429, { retry: { reason: 'throttled' } }],
    [431, { dropped: [{ reason: 'invalid' }] }],
    [500, { retry: { reason: 'unavailable' } }],
    [501, { retry: { reason: 'unavailable' } }],
    [503, { retry: { reason: 'unavailable' } }],
  ])('%i', (status, expected) => {
    expect(read(answer(status))).toMatchObject(expected as object);
    expect(Object.keys(read(answer(status)))).toEqual(Object.keys(expected as object));
  });

  test('429 with Retry-After waits for as long as it says, 429 without one for the chain', () => {
    expect(read(answer(429, '', { 'retry-after': '12' })).retry?.afterMs).toBe(12_000);
    expect(read(answer(429)).retry?.afterMs).toBeUndefined();
  });

  test('no text and no bytes whatever make it throw, or lose what was taken', () => {
    const status = fc.constantFrom(200, 202, 400, 403, 408, 413, 429, 500);
    const body = fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.json().map(Buffer.from));
    const type = fc.constantFrom('application/json', 'application/x-protobuf', 'text/html', '');
    fc.assert(
      fc.property(status, body, type, (code, bytes, contentType) => {
        const outcome = read(answer(code, bytes, contentType === '' ? {} : { 'content-type': contentType }));
        for (const { items } of outcome.dropped ?? []) {
          if (code < 300) expect(items).toBeLessThanOrEqual(1000);
        }
        if (code < 300) expect(outcome.retry ?? outcome.split).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});

test('a 2xx without a body, as New Relic answers OTLP, is delivery without a remark', () => {
  expect(readAnswer(answer(200), { ...SENT, protocol: 'otlp' })).toEqual({});
});

describe('timeouts', () => {
  test('the second one of a large request divides it, since its 413 may never arrive', () => {
    expect(readAnswer(TIMEOUT, SENT)).toMatchObject({ retry: { reason: 'timeout' } });
    expect(readAnswer(TIMEOUT, { ...SENT, attempt: 2 })).toMatchObject({ split: { reason: 'timeout' } });
  });

  test.each([
    ['a small request', { bytes: 500_000 }],
    ['a request of one item', { items: [7] }],
  ])('never divide %s', (_name, about) => {
    expect(readAnswer(TIMEOUT, { ...SENT, attempt: 2, ...about })).toMatchObject({ retry: { reason: 'timeout' } });
  });
});

test.each<[HttpResponse | HttpFailure, string | undefined]>([
  [answer(202, '{"requestId":"f0e7bfff-001a-b000-0000-01682bcf4565"}'), 'f0e7bfff-001a-b000-0000-01682bcf4565'],
  [answer(202, '{"requestId":"a\\nb"}'), undefined],
  [answer(202, '<html>'), undefined],
  [answer(403, '{"requestId":"x"}'), undefined],
  [TIMEOUT, undefined],
])('of an answer the name of the request is told: %#', (result, id) => {
  expect(requestIdOf(result)).toBe(id);
});
