import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import kafkajsLibrary from 'kafkajs';
import { classifyFailure } from '../src/classify.ts';
import type { KafkaFailure } from '../src/driver/failure.ts';
import { kafkajs } from '../src/driver/kafkajs.ts';
import { platformatic } from '../src/driver/platformatic.ts';

const verdict = (failure: Partial<KafkaFailure>, attempt = 1): string => {
  const outcome = classifyFailure({
    failure: { kind: 'protocol', message: 'said the broker', ...failure },
    attempt,
    target: 'topic/0',
  });
  if (outcome.retry !== undefined) {
    const { reason, afterMs } = outcome.retry;
    return `retry ${reason}${afterMs === undefined ? '' : ` after ${afterMs}`}`;
  }
  return outcome.split === undefined ? `drop ${outcome.dropped?.[0]?.reason}` : `split ${outcome.split.reason}`;
};

describe('codes of the protocol', () => {
  test.each([
    ...[2, 3, 5, 6, 7, 8, 13, 19, 20, 56, 74, 75].map((code) => [code, 'retry unavailable']),
    [89, 'retry throttled'],
    [44, 'retry throttled'],
    [-1, 'retry unavailable'],
    ...[10, 18].map((code) => [code, 'split too_large']),
    ...[32, 87].map((code) => [code, 'drop invalid']),
    [76, 'drop unsupported'],
    ...[17, 21, 35, 54].map((code) => [code, 'retry invalid after 60000']),
    ...[29, 31, 33, 34, 53, 58].map((code) => [code, 'retry auth']),
    ...[45, 46, 47, 59].map((code) => [code, 'retry unavailable']),
    [1234, 'retry unavailable'],
  ] as [number, string][])('%d: %s', (code, expected) => {
    expect(verdict({ code })).toBe(expected);
  });

  test('what may be the fault of the data is tried a few times only', () => {
    expect([1, 2, 3].map((attempt) => verdict({ code: -1 }, attempt))).toEqual([
      'retry unavailable',
      'retry unavailable',
      'drop rejected',
    ]);
    expect(verdict({ code: 44 }, 5)).toBe('drop rejected');
    expect(verdict({ code: 1234 }, 3)).toBe('drop rejected');
    expect(verdict({ code: 19 }, 1000)).toBe('retry unavailable');
  });

  test('the detail names the place, the code and what to do', () => {
    const { dropped } = classifyFailure({
      failure: { kind: 'protocol', code: 87, message: 'One or more records have been rejected' },
      attempt: 1,
      target: 'logs/3',
    });
    expect(dropped?.[0]?.detail).toBe(
      'logs/3: INVALID_RECORD (87): One or more records have been rejected; a compacted topic needs keys: set partition_key to one that is always there',
    );
  });
});

test.each([
  ['connection', 'retry network'],
  ['timeout', 'retry timeout'],
  ['authentication', 'retry auth'],
  ['unsupported', 'retry unsupported after 60000'],
  ['unknown', 'retry unavailable'],
] as const)('without a code, %s is %s', (kind, expected) => {
  expect(verdict({ kind })).toBe(expected);
});

describe('errors of kafkajs', () => {
  const library = kafkajsLibrary as unknown as Record<string, new (...args: unknown[]) => Error>;
  const make = (name: string, ...args: unknown[]): Error => {
    const Type = library[name];
    if (Type === undefined) throw new Error(`kafkajs has no ${name}`);
    return new Type(...args);
  };
  const protocol = (code: number, type: string): Error =>
    make('KafkaJSProtocolError', Object.assign(new Error('said the broker'), { code, type, retriable: false }));
  const wrapped = (error: Error): Error => make('KafkaJSNonRetriableError', error, { cause: error });
  const exhausted = (error: Error): Error =>
    make('KafkaJSNumberOfRetriesExceeded', error, { retryCount: 0, retryTime: 300 });

  test.each([
    ['bare', protocol(10, 'MESSAGE_TOO_LARGE'), { kind: 'protocol', code: 10 }],
    ['wrapped as not retriable', wrapped(protocol(5, 'LEADER_NOT_AVAILABLE')), { kind: 'protocol', code: 5 }],
    ['wrapped as exhausted', exhausted(protocol(6, 'NOT_LEADER')), { kind: 'protocol', code: 6 }],
    ['wrapped twice', exhausted(wrapped(protocol(19, 'X'))), { kind: 'protocol', code: 19 }],
    ['connection', exhausted(make('KafkaJSConnectionError', 'x', { code: 'ECONNREFUSED' })), { kind: 'connection' }],
    ['time-out', exhausted(make('KafkaJSRequestTimeoutError', 'x')), { kind: 'timeout' }],
    ['credentials', wrapped(make('KafkaJSSASLAuthenticationError', 'x')), { kind: 'authentication' }],
    ['codec', make('KafkaJSNotImplemented', 'x'), { kind: 'unsupported' }],
    ['a closed producer', make('KafkaJSNonRetriableError', 'x'), { kind: 'connection' }],
    ['no error at all', 'nothing', { kind: 'unknown' }],
  ] as [string, unknown, Partial<KafkaFailure>][])('%s', (_name, error, expected) => {
    expect(kafkajs.failureOf(error)).toMatchObject(expected);
  });
});

describe('errors of @platformatic/kafka', () => {
  const error = (fields: object): Error => Object.assign(new Error('said the client'), fields);

  test.each([
    [
      'the code inside of what failed',
      error({
        code: 'PLT_KFK_MULTIPLE',
        errors: [error({ code: 'PLT_KFK_RESPONSE', errors: [error({ code: 'PLT_KFK_PROTOCOL', apiCode: 10 })] })],
      }),
      { kind: 'protocol', code: 10 },
    ],
    ['an unknown topic', Object.assign(new Error('Unknown topic x.'), { code: 'PLT_KFK_USER' }), { code: 3 }],
    [
      'a refused connection',
      error({ code: 'PLT_KFK_NETWORK', cause: error({ code: 'ECONNREFUSED' }) }),
      { kind: 'connection' },
    ],
    ['a time-out', error({ name: 'TimeoutError', code: 'PLT_KFK_NETWORK' }), { kind: 'timeout' }],
    [
      'credentials',
      error({ code: 'PLT_KFK_MULTIPLE', errors: [error({ code: 'PLT_KFK_AUTHENTICATION' })] }),
      { kind: 'authentication' },
    ],
  ] as [string, unknown, Partial<KafkaFailure>][])('%s', (_name, thrown, expected) => {
    expect(platformatic.failureOf(thrown)).toMatchObject(expected);
  });
});

test('whatever is thrown is read without throwing, and ends in an outcome', () => {
  fc.assert(
    fc.property(fc.anything(), fc.integer({ min: 1, max: 9 }), (thrown, attempt) => {
      for (const driver of [kafkajs, platformatic]) {
        const failure = driver.failureOf(thrown);
        const outcome = classifyFailure({ failure, attempt, target: 't' });
        expect(Object.keys(outcome)).toHaveLength(1);
      }
    }),
  );
  const circular: { cause?: unknown; errors?: unknown[] } = {};
  circular.cause = circular;
  circular.errors = [circular];
  expect(kafkajs.failureOf(circular).kind).toBe('unknown');
  expect(platformatic.failureOf(circular).kind).toBe('unknown');
});
