import { describe, expect, test } from '@jest/globals';
import { type ClassifyRules, classify, type HttpFailure, type HttpResponse } from '@telemetryflow/http';

function response(status: number, body = '', headers: HttpResponse['headers'] = {}): HttpResponse {
  return { kind: 'response', status, headers, body: Buffer.from(body), url: 'http://h/p' };
}

describe('by default', () => {
  test.each([200, 201, 202, 204, 299])('%i is delivered', (status) => {
    expect(classify(response(status))).toEqual({});
  });

  test.each([
    [401, 'auth'],
    [403, 'auth'],
    [407, 'auth'],
    [408, 'timeout'],
    [425, 'unavailable'],
    [429, 'throttled'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
  ])('%i is retried as %s', (status, reason) => {
    expect(classify(response(status, 'why')).retry).toMatchObject({ items: 'all', reason });
  });

  test.each([
    [301, 'invalid'],
    [304, 'invalid'],
    [400, 'invalid'],
    [404, 'invalid'],
    [405, 'invalid'],
    [415, 'invalid'],
    [422, 'invalid'],
    [500, 'rejected'],
    [501, 'rejected'],
    [505, 'rejected'],
    [999, 'rejected'],
  ])('%i is dropped as %s', (status, reason) => {
    expect(classify(response(status)).dropped?.[0]?.reason).toBe(reason);
  });

  test('413 is split', () => {
    expect(classify(response(413)).split).toMatchObject({ reason: 'too_large' });
  });

  test('Retry-After sets the delay of a retry', () => {
    expect(classify(response(503, '', { 'retry-after': '0' })).retry?.afterMs).toBe(0);
    expect(classify(response(429, '', { 'retry-after': '12' })).retry?.afterMs).toBe(12_000);
    expect(classify(response(429)).retry).not.toHaveProperty('afterMs');
  });

  test('the detail says where, what, and what to do, on one line', () => {
    expect(classify(response(404, 'no\nsuch page')).dropped?.[0]?.detail).toBe(
      'http://h/p answered 404: no such page (nothing is served under this path; check the endpoint)',
    );
  });

  test('the detail of a redirect names the target without its secrets', () => {
    const outcome = classify(response(302, '', { location: 'https://user:pw@new.host/x?token=abc' }));
    expect(outcome.dropped?.[0]?.detail).toBe(
      'http://h/p answered 302 (redirects are not followed; the endpoint has moved to https://new.host/x?token=[REDACTED])',
    );
    expect(classify(response(302, '', { location: '::' })).dropped).toBeDefined();
  });

  test.each([
    '<!DOCTYPE html><html><body>Sign in</body></html>',
    '\n<html lang="en">',
    '<!-- proxy 3 -->\n<!doctype HTML>',
    '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">',
  ])('a success that is a page is none: %s', (text) => {
    const [dropped] = classify(response(200, text)).dropped ?? [];
    expect(dropped?.reason).toBe('invalid');
    expect(dropped?.detail).toMatch(/^http:\/\/h\/p answered 200: .*a web page, not the backend/s);
    expect(classify(response(200, text), { rules: [{ status: 200, verdict: 'delivered' }] })).toEqual({});
  });

  test.each(['', 'ok', '{"html":"<html>"}', '<ServerResponse/>', '<htmlish>', 'see <html>'])(
    'a success that says %p is delivered',
    (text) => {
      expect(classify(response(200, text))).toEqual({});
    },
  );

  test('a success with an unreadable body is delivered, with a warning', () => {
    const outcome = classify({ ...response(200), unreadable: 'cut_off' });
    expect(outcome).toEqual({ warning: expect.stringContaining('response_unreadable') });
  });
});

describe('without an answer', () => {
  const failure: HttpFailure = {
    kind: 'failure',
    reason: 'network',
    code: 'ECONNREFUSED',
    message: 'm',
    url: 'u',
  };

  test.each(['timeout', 'network', 'shutdown'] as const)('%s is retried', (reason) => {
    expect(classify({ ...failure, reason }).retry).toMatchObject({ reason, detail: 'm' });
  });

  test('a request that cannot be made is dropped as invalid, one that is too large is split', () => {
    expect(classify({ ...failure, reason: 'too_large' }).split).toMatchObject({ reason: 'too_large', detail: 'm' });
    expect(classify({ ...failure, reason: 'invalid' }).dropped?.[0]?.reason).toBe('invalid');
  });
});

describe("an exporter's rules", () => {
  const rules: ClassifyRules = {
    rules: [
      { status: 400, body: /too large/i, verdict: { split: 'too_large' } },
      { status: [409, 410], verdict: 'delivered' },
      { status: (status) => status >= 500, verdict: { retry: 'unavailable' }, hint: 'wait' },
    ],
  };

  test('come before the table, in order, by status and text', () => {
    expect(classify(response(400, 'Body Too Large'), rules).split?.reason).toBe('too_large');
    expect(classify(response(400, 'bad json'), rules).dropped?.[0]?.reason).toBe('invalid');
    expect(classify(response(410), rules)).toEqual({});
    expect(classify(response(500), rules).retry).toMatchObject({
      reason: 'unavailable',
      detail: expect.stringContaining('(wait)'),
    });
    expect(classify(response(401), rules).retry?.reason).toBe('auth');
  });
});
