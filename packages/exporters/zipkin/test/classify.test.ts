import { describe, expect, test } from '@jest/globals';
import { Bisection, type HttpResponse } from '@telemetryflow/http';
import type { Outcome } from '@telemetryflow/kernel';
import fc from 'fast-check';
import { classifyZipkin } from '../src/classify.ts';

function answer(status: number, body: string | Uint8Array): HttpResponse {
  return { kind: 'response', status, headers: {}, body: Buffer.from(body), url: 'http://zipkin/api/v2/spans' };
}

function read(response: HttpResponse, items = [1, 2, 3], bisection = new Bisection()): Outcome {
  return classifyZipkin(response, { items, body: { body: '', batchId: 'b' } }, bisection);
}

describe('answers', () => {
  test.each<[number, string, object]>([
    [202, '', {}],
    [200, '', {}],
    [302, '', { dropped: [{ reason: 'invalid' }] }],
    [400, 'traceId is empty reading List<Span> from json', { split: { reason: 'invalid' } }],
    [400, 'invalid port 70000 reading List<Span> from proto3', { split: { reason: 'invalid' } }],
    [400, '"Bad Request"', { split: { reason: 'invalid' } }],
    [400, 'Cannot gunzip spans', { dropped: [{ reason: 'bug' }] }],
    [400, 'Expected a JSON_V2 encoded list, but received: JSON_V1', { dropped: [{ reason: 'bug' }] }],
    [400, 'Expected a PROTO3 encoded list', { dropped: [{ reason: 'bug' }] }],
    [401, '', { retry: { reason: 'auth' } }],
    [403, '', { retry: { reason: 'auth' } }],
    [404, '', { dropped: [{ reason: 'invalid', detail: expect.stringContaining('/api/v2/spans') }] }],
    [405, '', { dropped: [{ reason: 'invalid' }] }],
    [408, '', { retry: { reason: 'timeout' } }],
    [413, '', { split: { reason: 'too_large' } }],
    [429, '', { retry: { reason: 'throttled' } }],
    [500, '413 Request Entity Too Large', { split: { reason: 'too_large' } }],
    [500, '"Internal Server Error"', { retry: { reason: 'unavailable' } }],
    [502, '', { retry: { reason: 'unavailable' } }],
    [503, '', { retry: { reason: 'unavailable' } }],
    [504, '', { retry: { reason: 'unavailable' } }],
  ])('%i %s', (status, body, expected) => {
    const outcome = read(answer(status, body));
    if (Object.keys(expected).length === 0) expect(outcome).toEqual({});
    else expect(outcome).toMatchObject(expected);
  });

  test('a refused span that is alone is dropped, with what Zipkin said', () => {
    expect(read(answer(400, 'traceId is all zeros'), [5])).toMatchObject({
      dropped: [{ reason: 'invalid', detail: expect.stringContaining('all zeros') }],
    });
  });

  test('a batch of bad spans is not cut without end', () => {
    const bisection = new Bisection();
    const outcomes = Array.from({ length: 40 }, () => read(answer(400, 'Missing : id'), [1, 2], bisection));
    expect(outcomes[0]?.split).toBeDefined();
    expect(outcomes.at(-1)?.dropped).toBeDefined();
  });

  test('no answer whatever makes it throw, or name spans: Zipkin takes all or none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.uint8Array({ maxLength: 80 }), (status, body) => {
        const { dropped = [], retry } = read(answer(status, body));
        for (const { items } of dropped) expect(items).toHaveProperty('from', 0);
        expect(retry?.items ?? 'all').toBe('all');
      }),
      { numRuns: 300 },
    );
  });
});
