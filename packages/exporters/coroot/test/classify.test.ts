import { describe, expect, test } from '@jest/globals';
import { classifyGrpcStatus, classifyOtlp, type HttpResponse } from '@telemetryflow/http';
import type { Signal } from '@telemetryflow/otlp';
import fc from 'fast-check';
import { answerOf, GRPC_RULES, RULES } from '../src/classify.ts';

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

  test.each<[number, string, object]>([
    [
      2,
      PROJECT,
      { retry: { items: 'all', reason: 'auth', detail: expect.stringContaining('API key of the project') } },
    ],
    [2, 'sql: database is closed', { retry: { reason: 'unavailable' } }],
    [2, 'Received HTTP status code 413', { split: { reason: 'too_large' } }],
    [2, 'Received RST_STREAM with code 2', { retry: { reason: 'network' } }],
    [3, 'never', { dropped: [{ reason: 'invalid' }] }],
    [8, 'grpc: received message larger than max (5 vs. 4)', { split: { reason: 'too_large' } }],
    [12, 'unknown service', { dropped: [{ reason: 'invalid' }] }],
    [13, 'grpc: error unmarshalling request', { dropped: [{ reason: 'rejected' }] }],
    [14, 'not now', { retry: { reason: 'unavailable' } }],
  ])('over gRPC %i %p', (code, message, expected) => {
    const sent = {
      signal: 'traces',
      items,
      label: 'coroot:4317',
      scrub: (text: string) => text,
      rules: GRPC_RULES,
    } as const;
    const result = classifyGrpcStatus({ code, message, details: undefined }, sent);
    expect(result).toMatchObject(expected);
    expect(Object.keys(result)).toEqual(Object.keys(expected));
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
