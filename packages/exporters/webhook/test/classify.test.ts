import { describe, expect, test } from '@jest/globals';
import type { HttpResponse, HttpResult } from '@telemetryflow/http';
import type { Outcome } from '@telemetryflow/kernel';
import fc from 'fast-check';
import { BLOCKED } from '../src/address-policy.ts';
import { classifier, parseSuccessCodes } from '../src/classify.ts';

const ITEMS = { from: 0, to: 5 };

function answer(status: number, body: string | Uint8Array = '', headers: Record<string, string> = {}): HttpResponse {
  return { kind: 'response', status, headers, body: Buffer.from(body), url: 'https://a.example/in' };
}

function read(result: HttpResult, { successCodes = '2xx', otlp = false } = {}): Outcome {
  return classifier({ successCodes, otlp })(result, { signal: 'logs', items: ITEMS });
}

describe('answers', () => {
  test.each<[number, string, object]>([
    [200, '', {}],
    [202, '', {}],
    [299, 'anything', {}],
    [301, '', { dropped: [{ reason: 'invalid' }] }],
    [400, '', { dropped: [{ reason: 'invalid' }] }],
    [400, 'request body exceeds maximum allowed size: limit is 102400 bytes', { split: { reason: 'too_large' } }],
    [400, 'Payload Too Large', { split: { reason: 'too_large' } }],
    [401, '', { retry: { reason: 'auth' } }],
    [403, '', { retry: { reason: 'auth' } }],
    [404, 'no_service', { dropped: [{ reason: 'invalid', detail: expect.stringContaining('n8n') }] }],
    [405, '', { dropped: [{ reason: 'invalid' }] }],
    [408, '', { retry: { reason: 'timeout' } }],
    [410, 'channel_is_archived', { dropped: [{ reason: 'rejected', detail: expect.stringContaining('gone') }] }],
    [413, '', { split: { reason: 'too_large' } }],
    [415, '', { dropped: [{ reason: 'invalid' }] }],
    [422, '', { dropped: [{ reason: 'invalid' }] }],
    [425, '', { retry: { reason: 'unavailable' } }],
    [429, '', { retry: { reason: 'throttled' } }],
    [500, '', { retry: { reason: 'unavailable' } }],
    [500, '"Permanent error: no', { dropped: [{ reason: 'rejected' }] }],
    [501, '', { dropped: [{ reason: 'rejected' }] }],
    [502, '', { retry: { reason: 'unavailable' } }],
    [503, '', { retry: { reason: 'unavailable' } }],
    [504, '', { retry: { reason: 'unavailable' } }],
    [505, '', { dropped: [{ reason: 'rejected' }] }],
    [507, '', { retry: { reason: 'unavailable' } }],
  ])('%i %s', (status, body, expected) => {
    const outcome = read(answer(status, body));
    if (Object.keys(expected).length === 0) expect(outcome).toEqual({});
    else expect(outcome).toMatchObject(expected);
  });

  test('429 may say when to come back', () => {
    expect(read(answer(429, '', { 'retry-after': '7' }))).toMatchObject({ retry: { afterMs: 7000 } });
  });

  test('a redirect names its target, and is not followed', () => {
    const { dropped } = read(answer(302, '', { location: 'https://b.example/new' }));
    expect(dropped).toMatchObject([{ reason: 'invalid', detail: expect.stringContaining('https://b.example/new') }]);
  });

  test('an address that must not be called is no reason to try again', () => {
    const failure = { kind: 'failure', reason: 'network', code: BLOCKED, message: '10.0.0.1 is private' } as HttpResult;
    expect(read(failure)).toMatchObject({ dropped: [{ reason: 'invalid', detail: '10.0.0.1 is private' }] });
    expect(read({ ...failure, code: 'ECONNRESET' } as HttpResult)).toMatchObject({ retry: { reason: 'network' } });
  });

  test('an OTLP receiver tells what it rejected', () => {
    const body = '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}';
    const response = answer(200, body, { 'content-type': 'application/json' });
    expect(read(response, { otlp: true })).toEqual({ dropped: [{ items: 1, reason: 'rejected', detail: 'too old' }] });
    expect(read(response)).toEqual({});
  });
});

describe('success_codes', () => {
  test.each([
    ['200', 202, { dropped: [{ reason: 'rejected' }] }],
    ['200, 202', 202, {}],
    ['200-299,304', 304, {}],
    ['2xx,4xx', 404, {}],
    ['2xx,5xx', 500, {}],
  ])('%s: %i', (successCodes, status, expected) => {
    expect(read(answer(status), { successCodes })).toMatchObject(expected);
  });

  test.each(['', 'fine', '2x', '6xx', '200-', '20'])('%j is no list', (text) => {
    expect(parseSuccessCodes(text)).toBeUndefined();
  });
});

test('no answer whatever makes it throw, or lose more than the request held', () => {
  const body = fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.json().map(Buffer.from), fc.constant('Permanent error'));
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), body, fc.boolean(), (status, bytes, otlp) => {
      const response = answer(status, bytes, { 'content-type': otlp ? 'application/json' : 'text/plain' });
      const { dropped = [], retry } = read(response, { otlp });
      for (const { items } of dropped) {
        if (typeof items === 'number') expect(items).toBeLessThanOrEqual(5);
        else expect(items).toHaveProperty('from', 0);
      }
      expect(retry?.items ?? 'all').toBe('all');
    }),
    { numRuns: 300 },
  );
});
