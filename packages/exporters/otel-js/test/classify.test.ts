import { describe, expect, test } from '@jest/globals';
import { REASONS } from '@telemetryflow/kernel';
import { encodeStatus } from '@telemetryflow/otlp';
import fc from 'fast-check';
import { classifyResult, type Handed } from '../src/classify.ts';

const ITEMS = 5;
const HANDED: Handed = {
  signal: 'traces',
  items: { from: 0, to: ITEMS },
  label: '@acme/exporter',
  scrub: (text) => text.replaceAll('s3cret', '[REDACTED]'),
};
const outcome = (result: unknown) => classifyResult(result, HANDED);
const failed = (message: string, more: object = {}) => ({ code: 1, error: Object.assign(new Error(message), more) });

/** As grpc-js makes them. */
const status = (code: number, details: string, retryDelayMs?: number) => {
  const bytes = retryDelayMs === undefined ? [] : [encodeStatus({ code, message: details, retryDelayMs }, 'proto')];
  const metadata = { get: (key: string) => (key === 'grpc-status-details-bin' ? bytes : []) };
  return failed(`${code} NAME: ${details}`, { code, details, metadata });
};

describe('a result', () => {
  test.each<[string, unknown, object]>([
    ['success', { code: 0 }, {}],
    ['HTTP 302', failed('Found', { code: 302 }), { dropped: [{ reason: 'invalid' }] }],
    ['HTTP 400', failed('Bad Request', { code: 400 }), { dropped: [{ reason: 'invalid' }] }],
    [
      'HTTP 400 with a status of OTLP',
      failed('Bad Request', { code: 400, data: '{"code":3,"message":"no such tenant"}' }),
      { dropped: [{ reason: 'invalid', detail: '@acme/exporter answered 400: no such tenant' }] },
    ],
    [
      'HTTP 400 about the size',
      failed('Bad Request', { code: 400, data: 'http: request body too large' }),
      { split: { reason: 'too_large' } },
    ],
    ['HTTP 401', failed('Unauthorized', { code: 401 }), { retry: { reason: 'auth', items: 'all' } }],
    ['HTTP 403', failed('Forbidden', { code: 403 }), { retry: { reason: 'auth' } }],
    ['HTTP 404', failed('Not Found', { code: 404, data: '<html>' }), { dropped: [{ reason: 'invalid' }] }],
    ['HTTP 408', failed('Request Timeout', { code: 408 }), { retry: { reason: 'timeout' } }],
    ['HTTP 413', failed('Too large', { code: 413 }), { split: { reason: 'too_large' } }],
    ['HTTP 429', failed('Too many', { code: 429 }), { retry: { reason: 'throttled' } }],
    ['HTTP 500', failed('Oops', { code: 500 }), { dropped: [{ reason: 'rejected' }] }],
    ['HTTP 503', failed('Not now', { code: 503 }), { retry: { reason: 'unavailable' } }],
    ['gRPC 3', status(3, 'never'), { dropped: [{ reason: 'invalid', detail: expect.stringContaining('never') }] }],
    ['gRPC 4', status(4, 'Deadline exceeded'), { retry: { reason: 'timeout' } }],
    ['gRPC 7', status(7, 'not yours'), { retry: { reason: 'auth' } }],
    ['gRPC 8 with a delay', status(8, 'quota', 7000), { retry: { reason: 'throttled', afterMs: 7000 } }],
    ['gRPC 8 without', status(8, 'quota'), { dropped: [{ reason: 'rejected' }] }],
    [
      'gRPC 8 about the size',
      status(8, 'received message larger than max (5 vs. 4)'),
      { split: { reason: 'too_large' } },
    ],
    ['gRPC 12', status(12, 'unknown service'), { dropped: [{ reason: 'invalid' }] }],
    ['gRPC 14', status(14, 'not now'), { retry: { reason: 'unavailable' } }],
    ['gRPC 14 with a delay', status(14, 'not now', 3000), { retry: { reason: 'unavailable', afterMs: 3000 } }],
    ['gRPC 16', status(16, 'who are you'), { retry: { reason: 'auth' } }],
    ['gRPC 16 of another library', failed('who are you', { code: 16 }), { retry: { reason: 'auth' } }],
    [
      'a refused connection',
      failed('', { code: 'ECONNREFUSED' }),
      { retry: { reason: 'network', detail: '@acme/exporter: ECONNREFUSED' } },
    ],
    [
      'an unknown certificate',
      failed('self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
      { retry: { reason: 'network' } },
    ],
    ['a socket timeout', failed('connect', { code: 'ETIMEDOUT' }), { retry: { reason: 'timeout' } }],
    [
      'a timeout of undici',
      failed('Headers Timeout Error', { code: 'UND_ERR_HEADERS_TIMEOUT' }),
      { retry: { reason: 'timeout' } },
    ],
    ['a timeout in words', failed('Request timed out'), { retry: { reason: 'timeout' } }],
    ['a failure in words', failed('Export failed with retryable status'), { retry: { reason: 'unavailable' } }],
    ['a failure with the status of a success', failed('odd', { code: 204 }), { retry: { reason: 'unavailable' } }],
    ['a failure with an errno', failed('odd', { code: -111 }), { retry: { reason: 'unavailable' } }],
    [
      'a failure without a reason',
      { code: 1 },
      { retry: { reason: 'unavailable', detail: '@acme/exporter: the exporter failed and gave no reason' } },
    ],
    ['nothing', undefined, { retry: { reason: 'unavailable' } }],
  ])('%s', (_, result, expected) => {
    const actual = outcome(result);
    expect(actual).toMatchObject(expected);
    expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  });

  test('tells what the backend answered, cut to a bearable length and without secrets', () => {
    const [dropped] = outcome(failed('Bad', { code: 400, data: `s3cret ${'x'.repeat(10_000)}` })).dropped ?? [];
    expect(dropped?.detail).toMatch(/^@acme\/exporter answered 400: \[REDACTED\] x{501}…$/);
    const { retry } = outcome(failed(`s3cret ${'x'.repeat(10_000)}`));
    expect(retry?.detail).toMatch(/^@acme\/exporter: \[REDACTED\] x{501}…$/);
  });

  test('of whatever form never throws, is a success only where it says so, and loses no more than was handed over', () => {
    const code = fc.oneof(fc.integer({ min: -200, max: 700 }), fc.string(), fc.anything());
    const text = fc.oneof(fc.string(), fc.anything());
    const get = fc.oneof(
      fc.constant(undefined),
      fc.constant(() => [Buffer.from([8, 200])]),
      fc.anything(),
    );
    const error = fc.record(
      { code, message: text, data: text, details: text, metadata: fc.oneof(fc.record({ get }), fc.anything()) },
      { requiredKeys: [] },
    );
    const results = fc.oneof(fc.record({ code: fc.integer(), error: fc.oneof(error, fc.anything()) }), fc.anything());
    fc.assert(
      fc.property(results, (result) => {
        const actual = outcome(result);
        const success = (result as { code?: unknown } | null | undefined)?.code === 0;
        expect(Object.keys(actual).length === 0).toBe(success);
        const reasons = [
          actual.retry?.reason,
          actual.split?.reason,
          ...(actual.dropped ?? []).map((each) => each.reason),
        ];
        for (const reason of reasons) expect([undefined, ...REASONS]).toContain(reason);
        for (const { items } of actual.dropped ?? []) expect(items).toMatchObject({ from: 0 });
        expect(actual.retry?.items ?? 'all').toBe('all');
      }),
      { numRuns: 500 },
    );
  });
});
