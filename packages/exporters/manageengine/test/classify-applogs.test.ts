import { describe, expect, test } from '@jest/globals';
import { classify, type HttpFailure, type HttpResponse } from '@telemetryflow/http';
import fc from 'fast-check';
import { RECEIVER_RULES, readUploadAnswer } from '../src/site24x7/classify-applogs.ts';

function answer(status: number, headers: Record<string, string> = {}): HttpResponse {
  return { kind: 'response', status, headers, body: Buffer.alloc(0), url: 'https://logc.site24x7.com/upload' };
}

function read(response: HttpResponse): { readonly outcome: object; readonly ended: readonly string[] } {
  const ended: string[] = [];
  return { outcome: readUploadAnswer(response, (why) => ended.push(why)), ended };
}

const TAKEN = { 'x-uploadid': 'u' };
const PAUSE = { retry: { reason: 'throttled', afterMs: 600_000 } };
const END = { dropped: [{ reason: 'rejected' }] };

describe('an answer of the upload API', () => {
  test.each<[string, HttpResponse, object, boolean]>([
    ['200 with an id', answer(200, TAKEN), {}, false],
    ['200 without an id', answer(200), { retry: { reason: 'unavailable' } }, false],
    [
      '200 with an id and flags that are off',
      answer(200, { ...TAKEN, blocked_logtype: 'False', invalid_account: 'False', api_upload_enabled: 'True' }),
      {},
      false,
    ],
    ['200, licence used up', answer(200, { ...TAKEN, log_license_exceeds: 'True' }), PAUSE, false],
    ['400, licence used up', answer(400, { log_license_exceeds: 'true' }), PAUSE, false],
    ['400, log type blocked', answer(400, { blocked_logtype: 'True' }), PAUSE, false],
    ['200, no such log type', answer(200, { invalid_logtype: 'True' }), END, true],
    ['400, no such account', answer(400, { invalid_account: 'TRUE' }), END, true],
    ['400, upload turned off', answer(400, { api_upload_enabled: 'False' }), END, true],
    ['400', answer(400), { dropped: [{ reason: 'invalid' }] }, false],
    ['401', answer(401), { retry: { reason: 'auth' } }, false],
    ['403', answer(403), { retry: { reason: 'auth' } }, false],
    ['404', answer(404), { retry: { reason: 'unavailable' } }, false],
    ['413', answer(413), { split: { reason: 'too_large' } }, false],
    ['429', answer(429, { 'retry-after': '3' }), { retry: { reason: 'throttled', afterMs: 3000 } }, false],
    ['500', answer(500), { retry: { reason: 'unavailable' } }, false],
    ['302', answer(302), { retry: { reason: 'unavailable' } }, false],
  ])('%s', (_name, response, expected, over) => {
    const { outcome, ended } = read(response);
    expect(outcome).toMatchObject(expected);
    expect(Object.keys(outcome)).toEqual(Object.keys(expected));
    expect(ended.length > 0).toBe(over);
  });

  test.each(['network', 'timeout'] as const)('no answer (%s) is a retry', (reason) => {
    const failure: HttpFailure = { kind: 'failure', reason, code: 'E', message: 'm', url: 'u' };
    expect(readUploadAnswer(failure, () => undefined)).toMatchObject({ retry: { reason } });
  });

  test('whatever its headers hold, it is one outcome', () => {
    const name = fc.constantFrom(
      'log_license_exceeds',
      'blocked_logtype',
      'invalid_logtype',
      'api_upload_enabled',
      'x-uploadid',
      'retry-after',
    );
    const headers = fc.dictionary(name, fc.oneof(fc.string(), fc.constantFrom('True', 'False', ' true ')));
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), headers, (status, values) => {
        const { dropped, retry, split } = readUploadAnswer(answer(status, values), () => undefined);
        expect([dropped, retry, split].filter((part) => part !== undefined).length).toBeLessThanOrEqual(1);
        if (status !== 200) expect(dropped ?? retry ?? split).toBeDefined();
      }),
    );
  });
});

describe('an answer of the HTTPS endpoint', () => {
  test.each<[number, object]>([
    [200, {}],
    [400, { dropped: [{ reason: 'invalid' }] }],
    [401, { retry: { reason: 'auth' } }],
    [404, { dropped: [{ reason: 'invalid' }] }],
    [413, { split: { reason: 'too_large' } }],
    [429, { retry: { reason: 'throttled' } }],
    [500, { retry: { reason: 'unavailable' } }],
    [503, { retry: { reason: 'unavailable' } }],
  ])('%i', (status, expected) => {
    const outcome = classify(answer(status), RECEIVER_RULES);
    expect(outcome).toMatchObject(expected);
    expect(Object.keys(outcome)).toEqual(Object.keys(expected));
  });
});
