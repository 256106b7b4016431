import { expect, test } from '@jest/globals';
import { outcomeOf } from '../src/outcome.ts';

const failed = (message: string, extra: object = {}) => ({ code: 1, error: Object.assign(new Error(message), extra) });

test.each([
  ['success', { code: 0 }, 'delivered'],
  ['HTTP 400', failed('Bad Request', { code: 400 }), 'drop rejected'],
  ['HTTP 401', failed('Unauthorized', { code: 401 }), 'retry auth'],
  ['HTTP 403', failed('Forbidden', { code: 403 }), 'retry auth'],
  ['HTTP 408', failed('Request Timeout', { code: 408 }), 'retry timeout'],
  ['HTTP 413', failed('Too large', { code: 413 }), 'split too_large'],
  ['HTTP 429', failed('Too many', { code: 429 }), 'retry throttled'],
  ['HTTP 500', failed('Oops', { code: 500 }), 'drop rejected'],
  ['HTTP 503', failed('Not now', { code: 503 }), 'retry unavailable'],
  ['gRPC 3', failed('INVALID_ARGUMENT', { code: 3 }), 'drop rejected'],
  ['gRPC 4', failed('DEADLINE_EXCEEDED', { code: 4 }), 'retry timeout'],
  ['gRPC 8', failed('RESOURCE_EXHAUSTED', { code: 8 }), 'retry throttled'],
  ['gRPC 14', failed('UNAVAILABLE', { code: 14 }), 'retry unavailable'],
  ['gRPC 16', failed('UNAUTHENTICATED', { code: 16 }), 'retry auth'],
  ['a refused connection', failed('connect ECONNREFUSED', { code: 'ECONNREFUSED' }), 'retry network'],
  ['a socket timeout', failed('connect', { code: 'ETIMEDOUT' }), 'retry timeout'],
  ['a timeout in words', failed('Request timed out'), 'retry timeout'],
  ['a failure in words', failed('Concurrent export limit reached'), 'retry unavailable'],
  ['a failure without a reason', { code: 1 }, 'retry unavailable'],
])('%s is %s', (_, result, expected) => {
  const outcome = outcomeOf(result);
  const verdicts = [
    ...(outcome.retry === undefined ? [] : [`retry ${outcome.retry.reason}`]),
    ...(outcome.split === undefined ? [] : [`split ${outcome.split.reason}`]),
    ...(outcome.dropped ?? []).map(({ reason }) => `drop ${reason}`),
  ];
  expect(verdicts.length === 0 ? 'delivered' : verdicts.join()).toBe(expected);
});

test('what the backend answered is told, cut to a bearable length', () => {
  const outcome = outcomeOf(failed('Bad Request', { code: 400, data: `no such tenant ${'x'.repeat(1000)}` }));
  expect(outcome.dropped?.[0]?.detail).toMatch(/^Bad Request: no such tenant x{485}$/);
});
