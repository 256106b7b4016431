import { describe, expect, test } from '@jest/globals';
import type { HttpFailure, HttpResponse } from '@telemetryflow/http';
import fc from 'fast-check';
import { readEventAnswer } from '../src/opmanager/classify-events.ts';

function answer(status: number, body: unknown = '', differs: Partial<HttpResponse> = {}): HttpResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'response', status, headers: {}, body: Buffer.from(text), url: 'https://opmanager:8060', ...differs };
}
const error = (message: string) => ({ error: { message, code: 5000 } });
const html = { headers: { 'content-type': 'text/html;charset=UTF-8' } };

describe('an answer of OpManager to an event', () => {
  test.each<[string, HttpResponse, unknown]>([
    ['a result', answer(200, { result: { message: 'added' } }), {}],
    ['a message', answer(200, { message: 'added' }), {}],
    ['nothing', answer(200), {}],
    ['error: null', answer(200, { error: null, result: {} }), {}],
    [
      'an unknown device',
      answer(200, error('Device web-1 does not exist')),
      { dropped: [{ reason: 'rejected', detail: expect.stringMatching(/^unknown_device: .*set device_name/) }] },
    ],
    [
      'a missing field',
      answer(200, error('Mandatory parameter source is missing')),
      { dropped: [{ reason: 'rejected' }] },
    ],
    [
      'an error as text',
      answer(200, { error: 'no' }),
      { dropped: [{ reason: 'rejected', detail: expect.stringContaining('no') }] },
    ],
    ['a wrong key', answer(200, error('Invalid API Key')), { retry: { reason: 'auth' } }],
    ['a key error of 400', answer(400, error('API Key is missing')), { retry: { reason: 'auth' } }],
    ['401', answer(401), { retry: { reason: 'auth' } }],
    ['403 about a device', answer(403, error('Device unknown')), { retry: { reason: 'auth' } }],
    ['a login page', answer(200, '<!DOCTYPE html><html>', html), { retry: { reason: 'auth' } }],
    ['a page without a type', answer(200, '\n <html><body>'), { retry: { reason: 'auth' } }],
    ['302', answer(302, '', { headers: { location: '/apiclient/ember/Login.jsp' } }), { retry: { reason: 'auth' } }],
    ['400', answer(400, error('Invalid severity')), { dropped: [{ reason: 'rejected' }] }],
    [
      '404',
      answer(404, '<html>', html),
      { dropped: [{ reason: 'invalid', detail: expect.stringContaining('base_url') }] },
    ],
    ['405', answer(405), { dropped: [{ reason: 'invalid' }] }],
    ['413', answer(413), { dropped: [{ reason: 'too_large' }] }],
    ['429', answer(429, '', { headers: { 'retry-after': '9' } }), { retry: { reason: 'throttled', afterMs: 9000 } }],
    ['500 with an error', answer(500, error('Device unknown')), { retry: { reason: 'unavailable' } }],
    ['503', answer(503), { retry: { reason: 'unavailable' } }],
    ['200 cut off', answer(200, '', { unreadable: 'cut_off' }), { retry: { reason: 'unavailable' } }],
    ['200 too large', answer(200, '', { unreadable: 'too_large' }), { retry: { reason: 'unavailable' } }],
  ])('%s', (_name, response, expected) => {
    const outcome = readEventAnswer(response);
    expect(outcome).toMatchObject(expected as object);
    expect(Object.keys(outcome)).toEqual(Object.keys(expected as object));
  });

  test.each(['network', 'timeout'] as const)('no answer (%s) is a retry', (reason) => {
    const failure: HttpFailure = { kind: 'failure', reason, code: 'E', message: 'm', url: 'u' };
    expect(readEventAnswer(failure)).toMatchObject({ retry: { reason } });
  });

  test('whatever it holds, it is one outcome for the whole event, and nothing throws', () => {
    const body = fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.json().map(Buffer.from));
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), body, (status, bytes) => {
        const { dropped = [], retry, split } = readEventAnswer({ ...answer(status), body: bytes });
        expect(split).toBeUndefined();
        expect(dropped.length + (retry === undefined ? 0 : 1)).toBeLessThanOrEqual(1);
        if (status >= 300) expect(dropped.length + (retry === undefined ? 0 : 1)).toBe(1);
      }),
      { numRuns: 500 },
    );
  });

  test('no key that the server repeats is in the detail', () => {
    const scrub = (text: string): string => text.replaceAll('s3cret', '[REDACTED]');
    const outcome = readEventAnswer(answer(200, error('Invalid API Key s3cret'), { scrub }));
    expect(outcome.retry?.detail).toContain('[REDACTED]');
    expect(JSON.stringify(outcome)).not.toContain('s3cret');
  });
});
