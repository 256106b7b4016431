import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NoAnswer } from '../src/aws-call.ts';
import { classify, namedDatum, rejectedEvents } from '../src/classify.ts';
import { NOW } from './fixtures.ts';

function sdk(
  name: string,
  status: number | undefined = 400,
  headers: Record<string, string> = {},
  message = '',
): Error {
  const error = Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
  return Object.defineProperty(error, '$response', { value: { headers } });
}

function socket(code: string, name = 'Error'): NoAnswer {
  return new NoAnswer(Object.assign(new Error(code), { code, name }));
}

test.each([
  ['Throttling', 400, 'retry', 'throttled'],
  ['ThrottlingException', 400, 'retry', 'throttled'],
  ['ThrottledException', 400, 'retry', 'throttled'],
  ['TooManyRequestsException', 429, 'retry', 'throttled'],
  ['RequestLimitExceeded', 503, 'retry', 'throttled'],
  ['RequestThrottledException', 400, 'retry', 'throttled'],
  ['LimitExceededException', 400, 'retry', 'throttled'],
  ['SlowDown', 503, 'retry', 'throttled'],
  ['BandwidthLimitExceeded', 400, 'retry', 'throttled'],
  ['SomethingNew', 429, 'retry', 'throttled'],
  ['InternalServiceFault', 500, 'retry', 'unavailable'],
  ['InternalServiceError', 500, 'retry', 'unavailable'],
  ['ServiceUnavailableException', 503, 'retry', 'unavailable'],
  ['OperationAbortedException', 400, 'retry', 'unavailable'],
  ['RequestTimeTooSkewed', 403, 'retry', 'unavailable'],
  ['SomethingNew', 502, 'retry', 'unavailable'],
  ['RequestTimeoutException', 400, 'retry', 'timeout'],
  ['TimeoutError', undefined, 'retry', 'timeout'],
  ['SomethingNew', 408, 'retry', 'timeout'],
  ['CredentialsProviderError', undefined, 'retry', 'auth'],
  ['ExpiredTokenException', 400, 'retry', 'auth'],
  ['RequestExpired', 400, 'retry', 'auth'],
  ['AccessDeniedException', 400, 'retry', 'auth'],
  ['UnrecognizedClientException', 400, 'retry', 'auth'],
  ['InvalidClientTokenId', 403, 'retry', 'auth'],
  ['SignatureDoesNotMatch', 403, 'retry', 'auth'],
  ['SomethingNew', 401, 'retry', 'auth'],
  ['InvalidParameterValueException', 400, 'split', 'invalid'],
  ['InvalidParameterCombination', 400, 'split', 'invalid'],
  ['InvalidParameterException', 400, 'split', 'invalid'],
  ['ValidationError', 400, 'drop', 'invalid'],
  ['SerializationException', 400, 'drop', 'invalid'],
  ['SomethingNew', 400, 'drop', 'rejected'],
  ['Unknown', 413, 'split', 'too_large'],
  ['Unknown', 302, 'drop', 'rejected'],
  ['Unknown', 503, 'retry', 'unavailable'],
  ['SyntaxError', 200, 'retry', 'unavailable'],
  ['SyntaxError', 403, 'retry', 'auth'],
  ['SyntaxError', 502, 'retry', 'unavailable'],
  ['ResourceNotFoundException', 400, 'missing', undefined],
  ['ResourceAlreadyExistsException', 400, 'exists', undefined],
])('%s with status %s: %s %s', (name, status, kind, reason) => {
  expect(classify(sdk(name, status), NOW)).toEqual({ kind, ...(reason !== undefined && { reason }) });
});

describe('connections', () => {
  test.each([
    'ECONNRESET',
    'ECONNREFUSED',
    'ENOTFOUND',
    'HPE_INVALID_CONSTANT',
    'ERR_INVALID_IP_ADDRESS',
    'CERT_HAS_EXPIRED',
  ])('%s is worth another try', (code) => {
    expect(classify(socket(code), NOW)).toEqual({ kind: 'retry', reason: 'network' });
  });

  test('timeouts are told apart, and an aborted attempt is for the kernel', () => {
    expect(classify(socket('ETIMEDOUT'), NOW)).toEqual({ kind: 'retry', reason: 'timeout' });
    expect(classify(socket('', 'AbortError'), NOW)).toBeUndefined();
    expect(classify(new TypeError('x is not a function'), NOW)).toBeUndefined();
  });
});

test.each([
  ['7', 7000],
  ['Tue, 14 Nov 2023 22:13:31 GMT', 10_000],
  ['Tue, 14 Nov 2000 22:13:31 GMT', 0],
  ['soon', undefined],
])('retry-after %s means %s ms', (header, afterMs) => {
  const verdict = classify(sdk('Throttling', 400, { 'retry-after': header }), NOW);
  expect(verdict).toEqual({ kind: 'retry', reason: 'throttled', ...(afterMs !== undefined && { afterMs }) });
});

test('a refused namespace is nobody else’s fault: the request is dropped, not searched', () => {
  const message = 'The value AWS/X for parameter Namespace is invalid.';
  expect(classify(sdk('InvalidParameterValue', 400, {}, message), NOW)).toEqual({ kind: 'drop', reason: 'invalid' });
});

test.each([
  ['The value NaN for parameter MetricData.member.1.Value is invalid.', 0],
  ['The parameter MetricData.member.12.Dimensions.member.3.Value must not be empty.', 11],
  ["Value at 'metricData.3.member.metricName' failed to satisfy constraint", 2],
  ['The value for parameter MetricData.member.0.Value is invalid.', undefined],
  ['Something else.', undefined],
])('%j names datum %s', (message, index) => {
  expect(namedDatum(message, [])).toBe(index);
});

test.each([
  ['The value for parameter MetricData.member.2.Value is invalid.', 1],
  ['The value for parameter MetricData.member.4.Value is invalid.', undefined],
  ['The value for parameter EntityMetricData.member.1.MetricData.member.2.Value is invalid.', 4],
  ['The value for parameter EntityMetricData.member.2.MetricData.member.1.Value is invalid.', 5],
  ["Value at 'entityMetricData.2.metricData.3.member.metricName' failed", 7],
  ['The value for parameter EntityMetricData.member.1.MetricData.member.3.Value is invalid.', undefined],
  ['The value for parameter EntityMetricData.member.3.MetricData.member.1.Value is invalid.', undefined],
  ['The value for parameter EntityMetricData.member.0.MetricData.member.1.Value is invalid.', undefined],
  ['The value for parameter EntityMetricData.member.1.Entity is invalid.', undefined],
])('behind three datums without entity and two of the first, %j names datum %s', (message, index) => {
  expect(namedDatum(message, [3, 5])).toBe(index);
});

describe('rejected events', () => {
  test.each([
    [{ tooOldLogEventEndIndex: 2, tooNewLogEventStartIndex: 4 }, 2, 4],
    [{ expiredLogEventEndIndex: 3, tooOldLogEventEndIndex: 1 }, 3, 5],
    [{ tooNewLogEventStartIndex: 0 }, 0, 0],
    [{ tooOldLogEventEndIndex: 9, tooNewLogEventStartIndex: 1 }, 5, 5],
    [{ tooOldLogEventEndIndex: -3, tooNewLogEventStartIndex: Number.NaN }, 0, 5],
    [{ tooOldLogEventEndIndex: '2' }, 0, 5],
    [{}, 0, 5],
  ])('%j of five: the first %d, and from %d on', (info, old, newFrom) => {
    expect(rejectedEvents(info, 5)).toEqual({ old, newFrom });
  });

  test('are always two ends of the request, whatever the service says', () => {
    const anything = fc.record({
      tooOldLogEventEndIndex: fc.anything(),
      expiredLogEventEndIndex: fc.oneof(fc.integer(), fc.double(), fc.anything()),
      tooNewLogEventStartIndex: fc.oneof(fc.integer(), fc.double(), fc.anything()),
    });
    fc.assert(
      fc.property(anything, fc.integer({ min: 1, max: 100 }), (info, count) => {
        const { old, newFrom } = rejectedEvents(info, count);
        expect(Number.isInteger(old) && Number.isInteger(newFrom)).toBe(true);
        expect(0 <= old && old <= newFrom && newFrom <= count).toBe(true);
      }),
    );
  });
});
