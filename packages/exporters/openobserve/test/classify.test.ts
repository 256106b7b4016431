import { describe, expect, test } from '@jest/globals';
import { classifyOtlp, type HttpResponse } from '@telemetryflow/http';
import fc from 'fast-check';
import { answerToRecords, RULES } from '../src/classify.ts';

const items = { from: 0, to: 5 };
const response = (status: number, body: string | Uint8Array = '', type = 'application/json'): HttpResponse => ({
  kind: 'response',
  status,
  headers: { 'content-type': type },
  body: Buffer.from(body),
  url: 'http://o2:5080/api/default/v1/logs',
});
const otlp = (...args: Parameters<typeof response>) =>
  classifyOtlp(response(...args), { signal: 'logs', items }, RULES);
const records = (...args: Parameters<typeof response>) => answerToRecords(response(...args), { signal: 'logs', items });

describe('an answer to OTLP', () => {
  test.each<[number, string, object]>([
    [200, '', {}],
    [
      206,
      '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"no"}}',
      { dropped: [{ items: 1, detail: 'no' }] },
    ],
    [206, '{"partial_success":{"rejected_log_records":2,"error_message":"no"}}', { dropped: [{ items: 2 }] }],
    [400, '{"code":400,"message":"Bad Request"}', { dropped: [{ reason: 'invalid' }] }],
    [400, '{"code":400,"message":"Got 1001 columns: ZO_COLS_PER_RECORD_LIMIT"}', { split: { reason: 'rejected' } }],
    [400, '{"code":400,"message":"failed to decode the request"}', { split: { reason: 'rejected' } }],
    [401, 'Unauthorized Access', { retry: { reason: 'auth' } }],
    [403, '', { retry: { reason: 'auth' } }],
    [404, '', { dropped: [{ reason: 'invalid', detail: expect.stringContaining('ZO_BASE_URI') }] }],
    [413, '', { split: { reason: 'too_large' } }],
    [429, '', { retry: { reason: 'throttled' } }],
    [500, 'error while writing trace data', { retry: { reason: 'unavailable' } }],
    [502, '', { retry: { reason: 'unavailable' } }],
    [503, 'memory breaker', { retry: { reason: 'unavailable' } }],
  ])('%i %s', (status, body, outcome) => {
    expect(otlp(status, body)).toMatchObject(outcome);
  });

  const PARTIAL = Buffer.from('0a0d08021209746f6f206f6c642121', 'hex');
  test.each(['application/x-protobuf', 'application/json'])('that rejects two of five as %s (golden 4)', (type) => {
    expect(otlp(200, PARTIAL, type)).toEqual({ dropped: [{ items: 2, reason: 'rejected', detail: 'too old!!' }] });
  });
});

describe('an answer to JSON records', () => {
  const status = (failed: number, error?: string): string =>
    JSON.stringify({ code: 200, status: [{ name: 'default', successful: 5 - failed, failed, error }] });

  test.each<[string, object]>([
    [status(0), {}],
    ['', {}],
    [status(2, 'Too old data, only last 5 hours'), { dropped: [{ items: 2, reason: 'too_old' }] }],
    [status(2, 'schema mismatch'), { dropped: [{ items: 2, reason: 'rejected', detail: 'schema mismatch' }] }],
    [status(99), { dropped: [{ items: 5, reason: 'rejected' }] }],
    ['{"code":200}', { warning: expect.stringContaining('response_unreadable') }],
    ['thanks', { warning: expect.stringContaining('response_unreadable') }],
    ['<html>', { dropped: [{ reason: 'invalid' }] }],
    ['{"status":[null,{"failed":"2"}]}', {}],
  ])('200 %s', (body, outcome) => {
    const result = records(200, body);
    expect(result).toMatchObject(outcome);
    expect(Object.keys(result ?? {})).toEqual(Object.keys(outcome));
  });

  test('that is no success is left to the table', () => {
    expect(records(503, status(1))).toBeUndefined();
  });

  test('of whatever form never throws, nor drops more than was sent', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.anything().map((any) => JSON.stringify({ status: [any] }) ?? ''),
        ),
        (body) => {
          for (const outcome of [records(200, body), otlp(200, body), otlp(206, body)]) {
            const dropped = outcome?.dropped?.[0]?.items ?? 0;
            expect(dropped).toBeGreaterThanOrEqual(0);
            expect(dropped).toBeLessThanOrEqual(5);
          }
        },
      ),
    );
  });
});
