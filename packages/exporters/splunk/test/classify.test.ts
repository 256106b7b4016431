import { describe, expect, test } from '@jest/globals';
import type { HttpResponse } from '@telemetryflow/http';
import type { Outcome, Payload } from '@telemetryflow/kernel';
import fc from 'fast-check';
import { readAnswer, readConfirmed } from '../src/answer.ts';
import { AnswerReader } from '../src/classify.ts';

function payload(events: readonly (number | readonly number[])[], batchId = 'b'): Payload {
  return { items: [...new Set(events.flat())], body: { body: '', batchId, index: 'main', events } };
}

const THREE = payload([4, 5, 6]);

function answer(status: number, body: unknown = ''): HttpResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'response', status, headers: {}, body: Buffer.from(text), url: 'http://splunk/event' };
}

function read(response: HttpResponse, about = THREE): Outcome {
  return new AnswerReader().read(response, about);
}

describe('answers', () => {
  test.each<[number, unknown, object]>([
    [200, { text: 'Success', code: 0 }, {}],
    [200, 'OK', {}],
    [403, { text: 'Token disabled', code: 1 }, { retry: { items: 'all', reason: 'auth' } }],
    [401, { text: 'Token is required', code: 2 }, { retry: { reason: 'auth' } }],
    [401, { text: 'Invalid authorization', code: 3 }, { retry: { reason: 'auth' } }],
    [
      403,
      { text: 'Invalid token', code: 4 },
      { retry: { reason: 'auth', detail: expect.stringContaining('Invalid token') } },
    ],
    [400, { text: 'No data', code: 5 }, { dropped: [{ reason: 'bug' }] }],
    [
      400,
      { text: 'Incorrect index', code: 7 },
      { dropped: [{ reason: 'rejected', detail: expect.stringContaining('main') }] },
    ],
    [500, { text: 'Internal server error', code: 8 }, { retry: { reason: 'unavailable' } }],
    [
      503,
      { text: 'Server is busy', code: 9 },
      { retry: { reason: 'unavailable', detail: expect.stringContaining('busy') } },
    ],
    [400, { text: 'Data channel is missing', code: 10 }, { dropped: [{ reason: 'invalid' }] }],
    [400, { text: 'Invalid data channel', code: 11 }, { dropped: [{ reason: 'invalid' }] }],
    [400, { text: 'Query string authorization is not enabled', code: 16 }, { dropped: [{ reason: 'invalid' }] }],
    [503, { text: 'HEC is unhealthy, queues are full', code: 18 }, { retry: { reason: 'unavailable' } }],
    [503, { text: 'HEC is unhealthy, ack service unavailable', code: 19 }, { retry: { reason: 'unavailable' } }],
    [503, { text: 'HEC is unhealthy, both', code: 20 }, { retry: { reason: 'unavailable' } }],
    [400, { text: 'Invalid token', code: 21 }, { retry: { reason: 'auth' } }],
    [400, { text: 'Token disabled', code: 22 }, { retry: { reason: 'auth' } }],
    [503, { text: 'Server is shutting down', code: 23 }, { retry: { reason: 'unavailable' } }],
    [200, { text: 'Server is busy', code: 9 }, { retry: { reason: 'unavailable' } }],
    [200, { text: 'Incorrect index', code: 7 }, { dropped: [{ reason: 'rejected' }] }],
    [429, { text: 'Queue at capacity', code: 26 }, { retry: { reason: 'throttled' } }],
    [503, { text: 'ACK channel at capacity', code: 27 }, { retry: { reason: 'throttled' } }],
    [500, '"Internal Server Error"', { retry: { reason: 'unavailable' } }],
    [400, 'unexpected EOF', { dropped: [{ reason: 'invalid' }] }],
    [404, '<html>', { dropped: [{ reason: 'invalid', detail: expect.stringContaining('http-inputs') }] }],
    [
      200,
      '<!DOCTYPE html><html>Log in',
      { dropped: [{ reason: 'invalid', detail: expect.stringContaining('http-inputs') }] },
    ],
    [200, '{"html":"<html>"}', {}],
    [303, '', { dropped: [{ reason: 'invalid' }] }],
    [408, '', { retry: { reason: 'timeout' } }],
    [413, '', { split: { reason: 'too_large' } }],
    [429, '', { retry: { reason: 'throttled' } }],
    [502, '<html>', { retry: { reason: 'unavailable' } }],
    [504, '', { retry: { reason: 'unavailable' } }],
  ])('%i %j', (status, body, expected) => {
    const outcome = read(answer(status, body));
    if (Object.keys(expected).length === 0) expect(outcome).toEqual({});
    else expect(outcome).toMatchObject(expected);
  });

  test.each<[number, number, string]>([
    [429, 26, 'throttled'],
    [503, 27, 'throttled'],
    [503, 9, 'unavailable'],
    [403, 1, 'auth'],
    [503, 99, 'unavailable'],
  ])('%i with code %i waits as long as the answer says', (status, code, reason) => {
    const busy = { ...answer(status, { text: 'later', code }), headers: { 'retry-after': '7' } };
    expect(read(busy).retry).toMatchObject({ reason, afterMs: 7000 });
  });

  test('a bad event is taken out whatever the status', () => {
    for (const status of [200, 400, 500]) {
      const bad = answer(status, { text: 'bad', code: 6, 'invalid-event-number': 0 });
      expect(read(bad)).toMatchObject({ dropped: [{ items: [4] }], retry: { items: [5, 6] } });
    }
  });

  test.each([6, 12, 13, 15])('the event that code %i names is dropped, and the others go again at once', (code) => {
    expect(read(answer(400, { text: 'bad', code, 'invalid-event-number': 1 }))).toMatchObject({
      dropped: [{ items: [5], reason: 'invalid' }],
      retry: { items: [4, 6], reason: 'invalid', afterMs: 0 },
    });
  });

  test.each([6, 12, 13, 15])('without a number code %i is searched by halving', (code) => {
    expect(read(answer(400, { text: 'bad', code }))).toMatchObject({ split: { reason: 'invalid' } });
    expect(read(answer(400, { text: 'bad', code }), payload([4]))).toMatchObject({ dropped: [{ reason: 'invalid' }] });
  });

  test('an event of several points is taken apart before one of them is dropped', () => {
    const bad = answer(400, { text: 'bad', code: 6, 'invalid-event-number': 0 });
    expect(read(bad, payload([[1, 2], 3]))).toMatchObject({ split: { reason: 'invalid' } });
  });

  test('ten single events of a batch, then it is halved, and that has an end too', () => {
    const reader = new AnswerReader();
    const bad = answer(400, { text: 'bad', code: 6, 'invalid-event-number': 0 });
    for (let i = 0; i < 10; i++) expect(reader.read(bad, THREE).retry).toBeDefined();
    for (let i = 0; i < 24; i++) expect(reader.read(bad, THREE).split).toBeDefined();
    expect(reader.read(bad, THREE)).toMatchObject({ dropped: [{ reason: 'invalid' }] });
    expect(reader.read(bad, payload([1, 2], 'other')).retry).toBeDefined();
  });

  test('no answer whatever makes it throw, or name what the request did not hold', () => {
    const bodies = fc.oneof(
      fc.json(),
      fc.string(),
      fc.record(
        {
          text: fc.anything(),
          code: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.anything()),
          'invalid-event-number': fc.anything(),
          ackId: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), bodies, (status, body) => {
        const text =
          typeof body === 'string'
            ? body
            : (JSON.stringify(body, (_k, v: unknown) => (typeof v === 'bigint' ? null : v)) ?? '');
        const { dropped = [], retry } = read(answer(status, text));
        const named = dropped.flatMap(({ items }) => (Array.isArray(items) ? (items as number[]) : []));
        const again = retry === undefined || retry.items === 'all' ? [] : retry.items;
        for (const item of [...named, ...again]) expect([4, 5, 6]).toContain(item);
        readConfirmed(Buffer.from(text));
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        readAnswer(bytes);
        readConfirmed(bytes);
      }),
    );
  });
});
