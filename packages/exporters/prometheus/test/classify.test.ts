import { beforeEach, describe, expect, test } from '@jest/globals';
import type { HttpResponse, HttpResult } from '@telemetryflow/http';
import type { Outcome } from '@telemetryflow/kernel';
import fc from 'fast-check';
import { classifyAnswer } from '../src/classify.ts';
import { type SentRequest, Session } from '../src/session.ts';

const NOW = 1_700_000_000_000;
const REQUEST: SentRequest = {
  version: 1,
  native: false,
  samples: 100,
  histograms: 0,
  exemplars: 0,
  items: 50,
  batchId: 'b1',
};
const V2: SentRequest = { ...REQUEST, version: 2 };

let session: Session;
beforeEach(() => {
  session = new Session('1.0', true, () => NOW);
});

function answer(status: number, body = '', headers: Record<string, string> = {}): HttpResponse {
  return { kind: 'response', status, headers, body: Buffer.from(body), url: 'http://prometheus/api/v1/write' };
}

function written(samples: number, exemplars = 0): Record<string, string> {
  return {
    'x-prometheus-remote-write-samples-written': `${samples}`,
    'x-prometheus-remote-write-histograms-written': '0',
    'x-prometheus-remote-write-exemplars-written': `${exemplars}`,
  };
}

function judge(result: HttpResult, request: SentRequest = REQUEST, attempt = 1): Outcome {
  return classifyAnswer(result, request, attempt, session);
}

describe('answers to 1.0', () => {
  test.each([200, 202, 204])('%i is delivery', (status) => {
    expect(judge(answer(status))).toEqual({});
  });

  test.each<[number, string, string | undefined]>([
    [401, 'retry', 'auth'],
    [403, 'retry', 'auth'],
    [408, 'retry', 'timeout'],
    [429, 'retry', 'throttled'],
    [500, 'retry', 'unavailable'],
    [501, 'retry', 'unavailable'],
    [503, 'retry', 'unavailable'],
    [400, 'split', 'rejected'],
    [413, 'split', 'too_large'],
    [404, 'drop', 'invalid'],
    [415, 'drop', 'unsupported'],
    [301, 'drop', 'invalid'],
    [422, 'drop', 'invalid'],
  ])('%i means %s %s', (status, what, reason) => {
    const outcome = judge(answer(status, 'text of the server'));
    const found = outcome.retry ?? outcome.split ?? outcome.dropped?.[0];
    expect({ retry: outcome.retry, split: outcome.split, drop: outcome.dropped }[what]).toBeDefined();
    expect(found?.reason).toBe(reason);
    expect(found?.detail).toContain(`${status}`);
    expect(found?.detail).toContain('text of the server');
  });

  test('Retry-After counts on 429 and on 5xx', () => {
    for (const status of [429, 500, 503]) {
      expect(judge(answer(status, '', { 'retry-after': '7' })).retry?.afterMs).toBe(7000);
    }
  });

  test('429 is final when asked', () => {
    session = new Session('1.0', false, () => NOW);
    expect(judge(answer(429)).dropped?.[0]?.reason).toBe('throttled');
  });

  test('404 names the flag of the receiver', () => {
    expect(judge(answer(404)).dropped?.[0]?.detail).toContain('--web.enable-remote-write-receiver');
  });

  test('no answer is sent again', () => {
    const failure: HttpResult = {
      kind: 'failure',
      reason: 'network',
      code: 'ECONNREFUSED',
      message: 'refused',
      url: 'http://x',
    };
    expect(judge(failure).retry?.reason).toBe('network');
  });

  test('a batch refused again and again is cut only so often', () => {
    const outcomes = Array.from({ length: 70 }, () => judge(answer(400)));
    expect(outcomes.filter((o) => o.split !== undefined)).toHaveLength(64);
    expect(outcomes.at(-1)?.dropped?.[0]?.reason).toBe('rejected');
    expect(judge(answer(400), { ...REQUEST, batchId: 'b2' }).split).toBeDefined();
  });

  test('the same 500 five times over is a refusal; another text or a gateway error is not', () => {
    const five = (status: number, body: (i: number) => string, request: SentRequest) =>
      [1, 2, 3, 4, 5].map((attempt) => judge(answer(status, body(attempt)), request, attempt).split?.reason);
    const none = undefined;
    expect(five(500, () => 'label name "a" is not unique', { ...REQUEST })).toEqual([
      none,
      none,
      none,
      none,
      'rejected',
    ]);
    expect(five(500, (i) => `try ${i}`, { ...REQUEST })).toEqual([none, none, none, none, none]);
    expect(five(503, () => 'overloaded', { ...REQUEST })).toEqual([none, none, none, none, none]);
  });

  test('a request of native histograms that ends in 500 three times goes in the classic form', () => {
    const native = { ...REQUEST, native: true };
    expect(judge(answer(500, 'no'), native, 2).mode).toBeUndefined();
    expect(session.classicOnly(NOW)).toBe(false);
    const outcome = judge(answer(500, 'no'), native, 3);
    expect(outcome.retry).toMatchObject({ items: 'all', afterMs: 0 });
    expect(outcome.mode).toEqual({ v1UntilMs: 0, classicUntilMs: NOW + 3_600_000 });
    expect([session.classicOnly(NOW + 3_599_999), session.classicOnly(NOW + 3_600_000)]).toEqual([true, false]);
  });
});

test('a receiver that says so gets no native histogram twice', () => {
  const outcome = judge(answer(500, 'native histograms are disabled'), { ...REQUEST, native: true });
  expect(outcome).toMatchObject({ retry: { items: 'all', afterMs: 0 }, mode: { classicUntilMs: NOW + 3_600_000 } });
});

describe('answers to 2.0', () => {
  test('the Written headers tell what was stored', () => {
    expect(judge(answer(204, '', written(100)), V2)).toEqual({});
    const outcome = judge(answer(204, '', written(90)), V2);
    expect(outcome.dropped).toEqual([{ items: 5, reason: 'rejected', detail: expect.stringContaining('10 of 100') }]);
    expect(judge(answer(204, '', written(0)), V2).dropped?.[0]?.items).toBe(50);
  });

  test('with 400 the valid samples are stored', () => {
    expect(judge(answer(400, 'out of order sample', written(98)), V2).dropped?.[0]).toMatchObject({
      items: 1,
      reason: 'rejected',
      detail: expect.stringContaining('out of order sample'),
    });
  });

  test('lost exemplars are a remark and cost no data', () => {
    const outcome = judge(answer(204, '', written(100, 1)), { ...V2, exemplars: 3 });
    expect(outcome).toEqual({ warning: expect.stringContaining('2 of 3 exemplars') });
  });

  test('without Written headers a fixed 2.0 says what to do', () => {
    session = new Session('2.0', true, () => NOW);
    expect(judge(answer(204), V2).warning).toContain('protocol: auto');
    expect(judge(answer(415), V2).dropped?.[0]?.detail).toContain('protocol: 1.0 or auto');
    expect(judge(answer(400), V2).split?.reason).toBe('rejected');
  });

  test.each([
    [415, {}],
    [400, {}],
    [204, {}],
  ])('auto falls back to 1.0 for an hour on %i', (status, headers) => {
    session = new Session('auto', true, () => NOW);
    expect(session.version(NOW)).toBe(2);
    const first = judge(answer(status, 'x', headers), V2);
    expect(first.retry).toMatchObject({ items: 'all', afterMs: 0, reason: 'unsupported' });
    // Another object each time: that is what makes the kernel encode again.
    expect(judge(answer(status, 'x', headers), V2).mode).not.toBe(first.mode);
    expect([session.version(NOW + 1), session.version(NOW + 3_600_000)]).toEqual([1, 2]);
  });

  test('a receiver that has proven 2.0 is not left for a 400', () => {
    session = new Session('auto', true, () => NOW);
    judge(answer(204, '', written(100)), V2);
    expect(judge(answer(400), V2).split?.reason).toBe('rejected');
    expect(session.version(NOW)).toBe(2);
  });
});

test('no answer whatever makes it throw, or lose more than the request held', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('native histograms are disabled', 'out of order sample', '\ud800', 'x'.repeat(100_000)),
  );
  const header = fc.oneof(fc.string(), fc.integer().map(String), fc.constantFrom('-1', '1e9', '99999999999999999999'));
  const headers = fc.record(
    {
      'x-prometheus-remote-write-samples-written': header,
      'x-prometheus-remote-write-histograms-written': header,
      'x-prometheus-remote-write-exemplars-written': header,
      'retry-after': header,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 200, max: 599 }),
      text,
      headers,
      fc.constantFrom(REQUEST, V2),
      (status, body, given, request) => {
        const { dropped = [] } = judge(answer(status, body, given as Record<string, string>), request);
        const lost = dropped.reduce((sum, { items }) => sum + (typeof items === 'number' ? items : 0), 0);
        expect(lost).toBeLessThanOrEqual(request.items);
      },
    ),
    { numRuns: 500 },
  );
});
