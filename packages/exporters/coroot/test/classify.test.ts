import { describe, expect, test } from '@jest/globals';
import { classifyOtlp, type HttpResponse } from '@telemetryflow/http';
import type { Signal } from '@telemetryflow/otlp';
import fc from 'fast-check';
import { answerOf, RULES } from '../src/classify.ts';

const items = { from: 0, to: 5 };
const PROJECT = 'project not found (x-api-key header is missing or invalid)';
const PAGE = '<!doctype html><html></html>';

function outcome(signal: Signal, status: number, body = '', type?: string) {
  const response: HttpResponse = {
    kind: 'response',
    status,
    headers: type === undefined ? {} : { 'content-type': type },
    body: Buffer.from(body),
    url: 'http://coroot:8080/v1/traces',
  };
  return answerOf(response, { signal, items }) ?? classifyOtlp(response, { signal, items }, RULES);
}

describe('an answer', () => {
  test.each<[number, string, string | undefined, object]>([
    [200, '', 'application/x-protobuf', {}],
    [200, '', undefined, {}],
    [204, '', undefined, {}],
    [
      200,
      PAGE,
      'text/html; charset=utf-8',
      { dropped: [{ reason: 'invalid', detail: expect.stringContaining('not a Coroot collector path') }] },
    ],
    [200, PAGE, undefined, { dropped: [{ reason: 'invalid' }] }],
    [301, '', undefined, { dropped: [{ reason: 'invalid' }] }],
    [400, 'unsupported content type', 'text/plain', { dropped: [{ reason: 'invalid' }] }],
    [
      404,
      PROJECT,
      'text/plain',
      { retry: { reason: 'auth', detail: expect.stringContaining('API key of the project') } },
    ],
    [404, 'sql: database is closed', 'text/plain', { retry: { reason: 'unavailable' } }],
    [404, PAGE, 'text/html', { dropped: [{ reason: 'invalid' }] }],
    [404, '', undefined, { dropped: [{ reason: 'invalid' }] }],
    [413, '', undefined, { split: { reason: 'too_large' } }],
    [429, '', undefined, { retry: { reason: 'throttled' } }],
    [500, '', undefined, { retry: { reason: 'unavailable' } }],
    [503, '', undefined, { retry: { reason: 'unavailable' } }],
  ])('%i %p (%p)', (status, body, type, expected) => {
    for (const signal of ['traces', 'logs', 'metrics'] as const) {
      const result = outcome(signal, status, body, type);
      expect(result).toMatchObject(expected);
      expect(Object.keys(result)).toEqual(Object.keys(expected));
    }
  });

  test('of remote write may say what it likes in a success', () => {
    expect(outcome('metrics', 200, 'ok', 'text/plain')).toEqual({});
  });

  test('of whatever form never throws, nor drops more than was sent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), fc.string(), fc.string(), (status, body, type) => {
        const dropped = outcome('logs', status, body, type).dropped?.[0]?.items;
        if (typeof dropped === 'number') expect(dropped === Infinity || dropped <= 5).toBe(true);
      }),
    );
  });
});
