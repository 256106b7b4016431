import { describe, expect, test } from '@jest/globals';
import { Bisection, type HttpResponse } from '@telemetryflow/http';
import fc from 'fast-check';
import { classifyDatadog, type Sent } from '../src/classify.ts';

const SENT: Sent = { signal: 'metrics', protocol: 'api', items: { from: 0, to: 5 }, batchId: 'b' };

function answer(status: number, body = '', headers: Record<string, string> = {}): HttpResponse {
  return { kind: 'response', status, headers, body: Buffer.from(body), url: 'https://api.datadoghq.eu/api/v2/series' };
}

function read(response: HttpResponse, sent: Partial<Sent> = {}) {
  return classifyDatadog(response, { ...SENT, ...sent }, new Bisection());
}

describe('answers', () => {
  test.each<[number, string, unknown]>([
    [202, '{"errors":[]}', {}],
    [202, '{}', {}],
    [202, '', {}],
    [202, 'not JSON', {}],
    [202, '{"errors":["payload partly invalid"]}', { dropped: [{ items: 1, reason: 'rejected' }] }],
    [400, '{"errors":["Invalid JSON"]}', { split: { reason: 'invalid' } }],
    [401, '{"errors":[]}', { retry: { reason: 'auth' } }],
    [404, '', { dropped: [{ reason: 'invalid' }] }],
    [405, '', { dropped: [{ reason: 'invalid' }] }],
    [408, '', { retry: { reason: 'timeout' } }],
    [413, '{"errors":["Payload too big"]}', { split: { reason: 'too_large' } }],
    [415, '', { dropped: [{ reason: 'invalid' }] }],
    [422, '', { dropped: [{ reason: 'invalid' }] }],
    [429, '', { retry: { reason: 'throttled' } }],
    [500, '', { retry: { reason: 'unavailable' } }],
    [501, '', { dropped: [{ reason: 'rejected' }] }],
    [502, '', { retry: { reason: 'unavailable' } }],
    [503, '', { retry: { reason: 'unavailable' } }],
    [504, '', { retry: { reason: 'unavailable' } }],
  ])('%i %s', (status, body, expected) => {
    const outcome = read(answer(status, body));
    expect(outcome).toMatchObject(expected as object);
    expect(Object.keys(outcome)).toEqual(Object.keys(expected as object));
  });

  test.each<[number, string, unknown]>([
    [200, '{"rate_by_service":{"service:,env:":1}}', {}],
    [200, 'OK\n', {}],
    [400, 'Cannot decode traces payload', { split: { reason: 'invalid' } }],
    [404, '', { dropped: [{ reason: 'invalid', detail: expect.stringContaining('8126/v0.4/traces') }] }],
    [405, '', { dropped: [{ reason: 'invalid' }] }],
    [408, '', { retry: { reason: 'timeout' } }],
    [413, '', { split: { reason: 'too_large' } }],
    [415, '', { dropped: [{ reason: 'invalid' }] }],
    [429, '', { retry: { reason: 'throttled' } }],
    [500, '', { retry: { reason: 'unavailable' } }],
    [503, '', { retry: { reason: 'unavailable' } }],
  ])("%i %s of an Agent's own intake", (status, body, expected) => {
    const outcome = read(answer(status, body), { protocol: 'agent_v04', signal: 'traces' });
    expect(outcome).toMatchObject(expected as object);
    expect(Object.keys(outcome)).toEqual(Object.keys(expected as object));
  });

  test('403 names the host, and asks about the site', () => {
    expect(read(answer(403, '{"errors":["Forbidden"]}')).retry).toMatchObject({
      reason: 'auth',
      detail: expect.stringMatching(/api\.datadoghq\.eu.*Forbidden.*of this site/),
    });
  });

  test('400 about a single item drops it, with what Datadog said', () => {
    expect(read(answer(400, '{"errors":["bad"]}'), { items: [3] }).dropped).toMatchObject([
      { reason: 'invalid', detail: expect.stringContaining('bad') },
    ]);
  });

  test.each([
    [{ 'x-ratelimit-reset': '7' }, 7000],
    [{ 'x-ratelimit-reset': '7', 'retry-after': '3' }, 3000],
    [{ 'x-ratelimit-reset': 'soon' }, undefined],
    [{}, undefined],
  ])('429 with %j waits %s ms', (headers, afterMs) => {
    expect(read(answer(429, '', headers)).retry?.afterMs).toBe(afterMs);
  });

  test('413 over OTLP makes further requests smaller', () => {
    expect(read(answer(413), { protocol: 'otlp', signal: 'traces' })).toMatchObject({
      split: { reason: 'too_large' },
      mode: 'lowered',
    });
  });

  test('no answer is sent again', () => {
    const failure = { kind: 'failure', reason: 'network', code: 'ECONNRESET', message: 'reset', url: 'u' } as const;
    expect(classifyDatadog(failure, SENT, new Bisection())).toMatchObject({ retry: { reason: 'network' } });
  });

  test('no answer whatever makes it throw, or lose more than was sent', () => {
    const errors = fc.record({ errors: fc.oneof(fc.array(fc.anything(), { maxLength: 20 }), fc.anything()) });
    const bodies = fc.oneof(
      fc.string(),
      errors.map((each) => {
        try {
          return JSON.stringify(each) ?? '';
        } catch {
          return '';
        }
      }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        bodies,
        fc.constantFrom('api', 'otlp', 'agent_v04'),
        (status, body, protocol) => {
          const { dropped = [] } = read(answer(status, body), { protocol: protocol as Sent['protocol'] });
          const lost = dropped.reduce((sum, { items }) => sum + (typeof items === 'number' ? items : 0), 0);
          expect(lost).toBeLessThanOrEqual(5);
        },
      ),
      { numRuns: 300 },
    );
  });
});
