import { describe, expect, test } from '@jest/globals';
import { encodeStatus } from '@telemetryflow/otlp';
import fc from 'fast-check';
import { classifyGrpcResponse, classifyGrpcStatus, type GrpcSent } from '../../../src/otlp/grpc/classify.ts';

const sent: GrpcSent = {
  signal: 'traces',
  items: { from: 0, to: 10 },
  label: 'http://h:4317',
  scrub: (text) => text.replaceAll('s3cret', '[REDACTED]'),
};

/** otlp.md, golden 8: UNAVAILABLE "busy" with RetryInfo 5 s. */
const BUSY = Buffer.from('CA4SBGJ1c3kaMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIIBQ==', 'base64');

function outcome(code: number, message = '', details?: Uint8Array) {
  return classifyGrpcStatus({ code, message, details }, sent);
}

describe('a status', () => {
  test.each([
    [1, 'CANCELLED', '', 'unavailable'],
    [4, 'DEADLINE_EXCEEDED', '', 'timeout'],
    [7, 'PERMISSION_DENIED', '', 'auth'],
    [10, 'ABORTED', '', 'unavailable'],
    [11, 'OUT_OF_RANGE', '', 'unavailable'],
    [14, 'UNAVAILABLE', 'busy', 'unavailable'],
    [14, 'UNAVAILABLE', 'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1', 'network'],
    [14, 'UNAVAILABLE', 'Connection dropped', 'network'],
    [13, 'INTERNAL', 'Received RST_STREAM with code 2 (Internal server error)', 'network'],
    [13, 'INTERNAL', 'Received RST_STREAM with code 0 (Call ended without gRPC status)', 'network'],
    [15, 'DATA_LOSS', '', 'unavailable'],
    [16, 'UNAUTHENTICATED', '', 'auth'],
  ])('%i %s %p is sent again as %s', (code, name, message, reason) => {
    expect(outcome(code, message)).toMatchObject({
      retry: {
        items: 'all',
        reason,
        detail: expect.stringContaining(`http://h:4317${reason === 'network' ? ':' : ` answered ${name}`}`),
      },
    });
  });

  test.each([
    [2, 'UNKNOWN', '', 'rejected'],
    [3, 'INVALID_ARGUMENT', '', 'invalid'],
    [5, 'NOT_FOUND', '', 'rejected'],
    [6, 'ALREADY_EXISTS', '', 'rejected'],
    [8, 'RESOURCE_EXHAUSTED', 'quota', 'rejected'],
    [9, 'FAILED_PRECONDITION', '', 'rejected'],
    [12, 'UNIMPLEMENTED', '', 'invalid'],
    [13, 'INTERNAL', 'undecodable', 'rejected'],
    [99, 'status 99', '', 'rejected'],
  ])('%i %s %p is dropped as %s', (code, name, message, reason) => {
    expect(outcome(code, message)).toMatchObject({ dropped: [{ reason, detail: expect.stringContaining(name) }] });
  });

  test.each([
    [8, 'grpc: received message larger than max (4194305 vs. 4194304)'],
    [8, 'Received message larger than max (4194305 vs 4194304)'],
    [8, 'Received message that decompresses to a size larger than 4194304'],
    [8, 'request body too large: exceeds the limit of 20971520 bytes'],
    [11, 'Error, decoded message length too large: found 5000000 bytes, the limit is: 4194304 bytes'],
    [2, 'Received HTTP status code 413'],
  ])('%i %p splits the request', (code, message) => {
    expect(outcome(code, message)).toMatchObject({ split: { reason: 'too_large' } });
  });

  test('RESOURCE_EXHAUSTED is throttling only with RetryInfo, even when it is about size', () => {
    const details = encodeStatus({ code: 8, message: 'larger than max', retryDelayMs: 1500 }, 'proto');
    expect(outcome(8, 'larger than max', details)).toMatchObject({ retry: { reason: 'throttled', afterMs: 1500 } });
  });

  test('RetryInfo of a retryable status sets the delay', () => {
    expect(outcome(14, 'busy', BUSY)).toMatchObject({ retry: { reason: 'unavailable', afterMs: 5000 } });
  });

  test('RetryInfo of a permanent status changes nothing', () => {
    expect(outcome(3, 'no', BUSY)).toMatchObject({ dropped: [{ reason: 'invalid' }] });
  });

  test('a delay of an hour is cut to five minutes', () => {
    const details = encodeStatus({ code: 14, message: '', retryDelayMs: 3_600_000 }, 'proto');
    expect(outcome(14, '', details)).toMatchObject({ retry: { afterMs: 300_000 } });
  });

  test.each([
    ['getaddrinfo ENOTFOUND nowhere', /does not resolve/],
    ['self-signed certificate in certificate chain', /tls\.ca_file/],
    ['write EPROTO wrong version number', /tls\.insecure/],
    ['Received HTTP status code 404', /HTTP port/],
  ])('%p comes with advice', (text, advice) => {
    expect(outcome(14, `No connection established. Last error: ${text}`).retry?.detail).toMatch(advice);
  });

  test('never repeats a secret, and never more than a line of the server', () => {
    const detail = outcome(3, `token s3cret\nis\twrong ${'x'.repeat(10_000)}`).dropped?.[0]?.detail ?? '';
    expect(detail).toContain('token [REDACTED] is wrong');
    expect(detail.length).toBeLessThan(700);
  });

  test('with any details is one outcome, never an exception', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.string(), fc.uint8Array(), (code, message, details) => {
        const { retry, dropped, split } = outcome(code, message, details);
        expect([retry, dropped, split].filter((each) => each !== undefined)).toHaveLength(1);
      }),
    );
  });
});

describe('an answer', () => {
  const answer = (hex: string) => classifyGrpcResponse(Buffer.from(hex, 'hex'), sent);

  test.each(['', '0a00'])('of %p is full success', (hex) => {
    expect(answer(hex)).toEqual({});
  });

  test('that rejects two counts them, and repeats no secret', () => {
    expect(answer('0a0708021203626164')).toEqual({ dropped: [{ items: 2, reason: 'rejected', detail: 'bad' }] });
    expect(answer('0a0a08001206733363726574')).toEqual({ warning: '[REDACTED]' });
  });

  test('that is no OTLP response is a delivery with a remark', () => {
    expect(answer('ffffff').warning).toMatch(/^response_unreadable: http:\/\/h:4317/);
  });

  test('of any bytes is an outcome that drops no more than was sent', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const dropped = classifyGrpcResponse(bytes, sent).dropped?.[0]?.items ?? 0;
        expect(dropped).toBeLessThanOrEqual(10);
      }),
    );
  });
});

describe('an exception of a backend', () => {
  const rules = [{ code: 2, message: /not found/, verdict: { retry: 'auth' }, hint: 'check the key' }] as const;
  const ruled = (code: number, message: string) =>
    classifyGrpcStatus({ code, message, details: BUSY }, { ...sent, rules });

  test('wins over the table, with its hint and the delay of the server', () => {
    expect(ruled(2, 'project not found')).toEqual({
      retry: {
        items: 'all',
        reason: 'auth',
        detail: 'http://h:4317 answered UNKNOWN: project not found (check the key)',
        afterMs: 5000,
      },
    });
  });

  test('is about its code and message only', () => {
    expect(ruled(2, 'other')).toMatchObject({ dropped: [{ reason: 'rejected' }] });
    expect(ruled(3, 'project not found')).toMatchObject({ dropped: [{ reason: 'invalid' }] });
  });
});
