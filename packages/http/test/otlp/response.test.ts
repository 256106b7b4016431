import { describe, expect, test } from '@jest/globals';
import { classifyOtlp, type HttpResponse } from '@telemetryflow/http';
import fc from 'fast-check';
import { parsePartialSuccess, parseStatusMessage } from '../../src/otlp/response.ts';

const PROTO = 'application/x-protobuf';
const JSON_TYPE = 'application/json; charset=utf-8';
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

describe('a partial success', () => {
  test.each([
    ['two rejected spans', PROTO, hex('0a0708021203626164'), 2, 'bad'],
    ['an empty body', PROTO, hex(''), 0, ''],
    ['an empty partial success', PROTO, hex('0a00'), 0, ''],
    ['an unknown field', PROTO, hex('10012205aabbccddee0a020805'), 5, ''],
    ['a negative count', PROTO, hex('0a0b08ffffffffffffffffff01'), 0, ''],
    ['JSON', JSON_TYPE, Buffer.from('{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"old"}}'), 3, 'old'],
    ['JSON with a number', JSON_TYPE, Buffer.from('{"partialSuccess":{"rejectedDataPoints":1}}'), 1, ''],
    ['JSON of full success', JSON_TYPE, Buffer.from('{"partialSuccess":{}}'), 0, ''],
    ['JSON of nothing', JSON_TYPE, Buffer.from('{}'), 0, ''],
    ['JSON with null', JSON_TYPE, Buffer.from('{"partialSuccess":null}'), 0, ''],
  ])('is read from %s', (name, type, body, rejected, message) => {
    const signal = name === 'JSON' ? 'logs' : name === 'JSON with a number' ? 'metrics' : 'traces';
    expect(parsePartialSuccess(signal, body, type)).toEqual({ rejected, message });
  });

  test.each([
    [PROTO, hex('0a07')],
    [PROTO, hex('0a0208')],
    [PROTO, hex('ff')],
    [PROTO, hex('0b')],
    [PROTO, hex('0900')],
    [PROTO, Buffer.from('<html>')],
    [JSON_TYPE, Buffer.from('{')],
    [JSON_TYPE, Buffer.from('[]')],
  ])('cannot be read from %s %p', (type, body) => {
    expect(parsePartialSuccess('traces', body, type)).toBeUndefined();
  });

  test('of any bytes is an answer or none, never an exception', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.constantFrom(PROTO, JSON_TYPE, 'text/html', undefined),
        (body, type) => {
          const parsed = parsePartialSuccess('traces', body, type);
          expect(parsed === undefined || parsed.rejected >= 0).toBe(true);
          parseStatusMessage(body, type);
        },
      ),
    );
  });
});

describe('an OTLP answer', () => {
  const items = { signal: 'logs' as const, items: { from: 10, to: 14 } };
  function response(status: number, body: Buffer | string = '', type = PROTO): HttpResponse {
    return {
      kind: 'response',
      status,
      headers: { 'content-type': type },
      body: Buffer.from(body),
      url: 'http://h/v1/logs',
    };
  }

  test('of full success is delivered', () => {
    expect(classifyOtlp(response(200, hex('0a00')), items)).toEqual({});
  });

  test('with rejected items counts them, never more than were sent, and never retries', () => {
    expect(classifyOtlp(response(200, hex('0a0708021203626164')), items)).toEqual({
      dropped: [{ items: 2, reason: 'rejected', detail: 'bad' }],
    });
    expect(classifyOtlp(response(200, hex('0a0708631203626164')), items).dropped?.[0]?.items).toBe(4);
    expect(
      classifyOtlp(response(200, hex('0a0708631203626164')), { signal: 'logs', items: [3, 7] }).dropped?.[0]?.items,
    ).toBe(2);
  });

  test('with a message only is a warning', () => {
    expect(classifyOtlp(response(202, hex('0a0512036c6f77')), items)).toEqual({ warning: 'low' });
  });

  test('of a 2xx that is no OTLP at all is still a success', () => {
    const outcome = classifyOtlp(response(200, 'thanks', 'text/plain'), items);
    expect(outcome.warning).toContain('response_unreadable');
    expect(outcome.dropped ?? outcome.retry).toBeUndefined();
    expect(classifyOtlp({ ...response(200), unreadable: 'too_large' }, items).warning).toContain('response_unreadable');
  });

  test('of a 2xx that is a page took nothing', () => {
    expect(classifyOtlp(response(200, '<html>', 'text/html'), items).dropped?.[0]?.reason).toBe('invalid');
  });

  test.each([
    [413, '', 'text/plain'],
    [400, 'http: request body too large', 'text/plain'],
    [400, hex('0803121c687474703a207265717565737420626f647920746f6f206c61726765'), PROTO],
    [400, '{"code":3,"message":"http: request body too large"}', 'application/json'],
  ])('%i that says "too large" is split (%p, %s)', (status, body, type) => {
    expect(classifyOtlp(response(status, body, type), items).split?.reason).toBe('too_large');
  });

  test('of an error carries the message of its google.rpc.Status', () => {
    const outcome = classifyOtlp(response(400, hex('0803120474657374')), items);
    expect(outcome.dropped?.[0]).toMatchObject({ reason: 'invalid', detail: 'http://h/v1/logs answered 400: test' });
  });

  test.each([429, 502, 503, 504])('%i is retried', (status) => {
    expect(classifyOtlp(response(status), items).retry).toBeDefined();
  });

  test('500 is not retried', () => {
    expect(classifyOtlp(response(500), items).dropped?.[0]?.reason).toBe('rejected');
  });

  test('is judged by the rules of a preset first', () => {
    const rules = { rules: [{ status: 400, verdict: { retry: 'unavailable' as const } }] };
    expect(classifyOtlp(response(400, 'http: request body too large'), items, rules).retry?.reason).toBe('unavailable');
  });
});
