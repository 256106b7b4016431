import { describe, expect, test } from '@jest/globals';
import { classify, classifyGrpcStatus, type HttpResponse } from '@telemetryflow/http';
import fc from 'fast-check';
import { FALLBACK_RULES, GRPC_RULES, THRIFT_RULES } from '../src/classify.ts';

const thrift = (status: number, body = '') => {
  const response: HttpResponse = {
    kind: 'response',
    status,
    headers: {},
    body: Buffer.from(body),
    url: 'http://j:14268/api/traces',
  };
  return classify(response, THRIFT_RULES);
};

describe('an answer to Thrift', () => {
  test.each<[number, string, object]>([
    [202, '', {}],
    [400, 'Unsupported content type: application/json', { dropped: [{ reason: 'invalid' }] }],
    [
      400,
      'Unable to process request body: Unknown data type 31',
      { dropped: [{ detail: expect.stringContaining('compression') }] },
    ],
    [401, '', { retry: { reason: 'auth' } }],
    [403, '', { retry: { reason: 'auth' } }],
    [404, '', { dropped: [{ reason: 'invalid', detail: expect.stringContaining('14268') }] }],
    [405, '', { dropped: [{ reason: 'invalid' }] }],
    [413, '', { split: { reason: 'too_large' } }],
    [429, '', { retry: { reason: 'throttled' } }],
    [500, 'Cannot submit Jaeger batch: queue is full', { retry: { reason: 'unavailable' } }],
    [500, 'Cannot submit Jaeger batch: Permanent error: rejected', { dropped: [{ reason: 'rejected' }] }],
    [500, 'Unable to process request body: http: request body too large', { split: { reason: 'too_large' } }],
    [503, '', { retry: { reason: 'unavailable' } }],
  ])('%i %s', (status, body, outcome) => {
    expect(thrift(status, body)).toMatchObject(outcome);
  });

  test('of whatever form never throws', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), fc.string(), (status, body) => void thrift(status, body)),
    );
  });
});

describe('a status of PostSpans', () => {
  const sent = {
    signal: 'traces',
    items: { from: 0, to: 5 },
    label: 'http://j:14250',
    scrub: (text: string) => text,
  } as const;
  const outcome = (code: number, message = '', rules = GRPC_RULES) =>
    classifyGrpcStatus({ code, message, details: undefined }, { ...sent, rules });

  test.each<[number, string, object]>([
    [2, 'something', { retry: { reason: 'unavailable' } }],
    [2, 'Permanent error: bad', { dropped: [{ reason: 'rejected' }] }],
    [3, 'bad', { dropped: [{ reason: 'invalid' }] }],
    [4, '', { retry: { reason: 'timeout' } }],
    [7, '', { retry: { reason: 'auth' } }],
    [8, 'server busy', { retry: { reason: 'throttled' } }],
    [8, 'grpc: received message larger than max (4200081 vs. 4194304)', { split: { reason: 'too_large' } }],
    [10, '', { retry: { reason: 'unavailable' } }],
    [
      12,
      'unknown service jaeger.api_v2.CollectorService',
      { dropped: [{ detail: expect.stringContaining('otlp/grpc') }] },
    ],
    [13, 'grpc: error unmarshalling request: invalid length for TraceID', { dropped: [{ reason: 'invalid' }] }],
    [14, 'busy', { retry: { reason: 'unavailable' } }],
    [16, '', { retry: { reason: 'auth' } }],
  ])('%i %s', (code, message, expected) => {
    expect(outcome(code, message)).toMatchObject(expected);
  });

  test.each([12, 14])('%i says to fall back where there is an address for it', (code) => {
    expect(outcome(code, '', FALLBACK_RULES)).toMatchObject({ retry: { reason: 'unsupported' } });
  });
});
