import { describe, expect, test } from '@jest/globals';
import type { HttpResponse } from '@telemetryflow/http';
import { type Outcome, REASONS } from '@telemetryflow/kernel';
import fc from 'fast-check';
import { readAnswer } from '../src/classify.ts';
import type { Route, Target } from '../src/target.ts';

const ITEMS = { from: 0, to: 5 };

function answer(status: number, body: string | Buffer = '', headers: HttpResponse['headers'] = {}): HttpResponse {
  return {
    kind: 'response',
    status,
    headers,
    body: Buffer.from(body),
    url: 'https://otlp-red-saas.instana.io:4318/v1',
  };
}

const SIGNALS = { native: 'traces', plugins: 'metrics', otlp: 'logs', events: 'logs', none: 'logs' } as const;
const to = (route: Route, guessed = false): Target => ({ route, url: 'https://x', guessed });
const read = (target: Target, response: HttpResponse): Outcome =>
  readAnswer(response, { target, signal: SIGNALS[target.route], items: ITEMS });

describe.each(['native', 'plugins', 'otlp', 'events'] as const)('%s:', (route) => {
  test.each<[number, unknown]>([
    [200, {}],
    [201, {}],
    [202, {}],
    [204, {}],
    [400, { dropped: [{ reason: 'invalid' }] }],
    [401, { retry: { reason: 'auth', detail: expect.stringContaining('agent key') } }],
    [403, { retry: { reason: 'auth', detail: expect.stringContaining('agent key') } }],
    [404, { dropped: [{ reason: 'invalid', detail: expect.stringMatching(/endpoint|agent_url/) }] }],
    [405, { dropped: [{ reason: 'invalid' }] }],
    [408, { retry: { reason: 'timeout' } }],
    [413, { split: { reason: 'too_large' } }],
    [415, { dropped: [{ reason: 'invalid', detail: expect.stringContaining('compression: none') }] }],
    [429, { retry: { reason: 'throttled' } }],
    [500, { retry: { reason: 'unavailable' } }],
    [501, { retry: { reason: 'unavailable' } }],
    [503, { retry: { reason: 'unavailable' } }],
  ])('%i', (status, expected) => {
    const outcome = read(to(route), answer(status));
    expect(outcome).toMatchObject(expected as object);
    if (status < 300) expect(outcome).toEqual({});
  });

  test('a delay is kept', () => {
    expect(read(to(route), answer(429, '', { 'retry-after': '7' }))).toMatchObject({ retry: { afterMs: 7000 } });
  });

  test('what is not there is told by its name', () => {
    const { dropped } = read(to(route), answer(404));
    const right = { native: 'serverless-COLOR', plugins: 'metrics_format: otlp', otlp: 'otlp-COLOR', events: '42699' }[
      route
    ];
    expect(dropped?.[0]?.detail).toContain(right);
  });

  test('no answer is sent again', () => {
    const failure = { kind: 'failure', reason: 'network', code: 'ECONNRESET', message: 'gone', url: 'x' } as const;
    expect(readAnswer(failure, { target: to(route), signal: 'logs', items: ITEMS })).toMatchObject({
      retry: { items: 'all', reason: 'network', detail: 'gone' },
    });
  });
});

describe('a host that was guessed', () => {
  test.each([401, 403])('is doubted when it answers %i', (status) => {
    expect(read(to('otlp', true), answer(status)).retry?.detail).toContain('set instana.otlp_endpoint');
    expect(read(to('otlp'), answer(status)).retry?.detail).not.toContain('set instana.otlp_endpoint');
  });

  test.each([
    ['ENOTFOUND', true],
    ['ECONNREFUSED', false],
  ])('is doubted when connecting fails with %s: %s', (code, doubted) => {
    const failure = { kind: 'failure', reason: 'network', code, message: 'gone', url: 'x' } as const;
    const { retry } = readAnswer(failure, { target: to('otlp', true), signal: 'logs', items: ITEMS });
    expect(retry?.detail?.includes('set instana.otlp_endpoint')).toBe(doubted);
  });
});

test('a partial success names how many records were refused', () => {
  const message = 'no log add-on';
  const inner = Buffer.concat([Buffer.from([0x08, 2, 0x12, message.length]), Buffer.from(message)]);
  const body = Buffer.concat([Buffer.from([0x0a, inner.length]), inner]);
  expect(read(to('otlp'), answer(200, body, { 'content-type': 'application/x-protobuf' }))).toEqual({
    dropped: [{ items: 2, reason: 'rejected', detail: message }],
  });
});

test('a body that is no OTLP answer is remarked upon, and loses nothing', () => {
  expect(read(to('otlp'), answer(200, 'thanks'))).toEqual({ warning: expect.stringContaining('response_unreadable') });
});

test('no answer whatever makes it throw, or lose more than the request held', () => {
  const status = fc.oneof(fc.constantFrom(200, 201, 400, 401, 404, 413, 429, 500), fc.integer({ min: 200, max: 599 }));
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')),
  );
  const headers = fc.record({
    'retry-after': fc.string(),
    'content-type': fc.constantFrom('application/json', 'x/protobuf'),
  });
  const route = fc.constantFrom<Route>('native', 'plugins', 'otlp', 'events');
  fc.assert(
    fc.property(route, fc.boolean(), status, body, headers, (at, guessed, code, text, extra) => {
      const { dropped = [], retry, split } = read(to(at, guessed), answer(code, text, extra));
      for (const { items, reason } of dropped) {
        expect(REASONS).toContain(reason);
        if (typeof items === 'number') expect(items >= 0 && items <= 5).toBe(true);
      }
      expect([dropped.length > 0, retry !== undefined, split !== undefined].filter(Boolean).length).toBeLessThan(2);
      if (code >= 300) expect(dropped.length > 0 || retry !== undefined || split !== undefined).toBe(true);
    }),
    { numRuns: 500 },
  );
});
