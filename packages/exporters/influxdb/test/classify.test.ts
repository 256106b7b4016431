import { describe, expect, test } from '@jest/globals';
import { Bisection, type HttpFailure, type HttpResponse } from '@telemetryflow/http';
import type { Outcome } from '@telemetryflow/kernel';
import fc from 'fast-check';
import { lostPoints, refusedLines, unparsableLines } from '../src/answer.ts';
import { classifyAnswer } from '../src/classify.ts';
import type { LinesMessage } from '../src/line-request.ts';

const URL = 'http://influxdb:8086/write?db=t';
/** Five points, the second has two lines. */
const MESSAGE: LinesMessage = {
  body: 'a v=1 1\nb v=1 1\nb v=2 1\nc v=1 1\nd v=1 1\ne v=1 1',
  owners: [0, 1, 1, 2, 3, 4],
  batchId: 'b',
};
const ITEMS = { from: 0, to: 5 };

function answer(status: number, body: unknown = '', headers: HttpResponse['headers'] = {}): HttpResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'response', status, headers, body: Buffer.from(text), url: URL };
}

function failure(code: string): HttpFailure {
  return { kind: 'failure', reason: 'network', code, message: `${URL}: ${code}`, url: URL };
}

function read(result: HttpResponse | HttpFailure, version: 1 | 2 | 3 = 1, message: LinesMessage = MESSAGE): Outcome {
  return classifyAnswer(result, { version, items: ITEMS, message, bisection: new Bisection() });
}

const CONFLICT =
  'partial write: field type conflict: input field "v" on measurement "m" is type integer, already exists as type float dropped=2';

describe('InfluxDB 1', () => {
  test.each<[string, number, unknown, unknown]>([
    ['all stored', 204, '', {}],
    ['a type conflict', 400, { error: CONFLICT }, { dropped: [{ items: 2, reason: 'invalid' }] }],
    [
      'lines that it cannot read, among others',
      400,
      {
        error:
          "partial write: unable to parse 'b v=1 1': missing fields\nunable to parse 'c v=1 1': bad timestamp dropped=0",
      },
      { dropped: [{ items: 2, reason: 'invalid' }] },
    ],
    [
      'only lines that it cannot read',
      400,
      { error: "unable to parse 'a v=1 1': missing fields" },
      { dropped: [{ items: { from: 0 }, reason: 'invalid' }] },
    ],
    [
      'old points',
      400,
      { error: 'partial write: points beyond retention policy dropped=1' },
      { dropped: [{ items: 1, reason: 'too_old' }] },
    ],
    [
      'too many values of a tag',
      400,
      { error: 'partial write: max-values-per-tag limit exceeded (100000/100000) dropped=3' },
      { dropped: [{ items: 3, reason: 'rejected' }] },
    ],
    ['more lost than sent', 400, { error: 'partial write: x dropped=99' }, { dropped: [{ items: 5 }] }],
    ['a partial write without a number', 400, { error: 'partial write' }, { dropped: [{ items: 1 }] }],
    ['mixed types in one request', 400, { error: 'field type conflict' }, { split: { reason: 'invalid' } }],
    [
      'an unknown retention policy',
      500,
      { error: 'retention policy not found: x' },
      { dropped: [{ reason: 'invalid' }] },
    ],
    [
      'an unknown database',
      404,
      { error: 'database not found: "x"' },
      { dropped: [{ reason: 'invalid', detail: expect.stringContaining('create it') }] },
    ],
    ['no credentials', 401, { error: 'unable to parse authentication credentials' }, { retry: { reason: 'auth' } }],
    ['no right', 403, { error: '"u" user is not authorized to write to database "t"' }, { retry: { reason: 'auth' } }],
    ['a defect', 500, { error: 'timeout' }, { retry: { reason: 'unavailable' } }],
    ['too large', 413, 'Request Entity Too Large', { split: { reason: 'too_large' } }],
  ])('%s', (_name, status, body, expected) => {
    const outcome = read(answer(status, body));
    expect(outcome).toMatchObject(expected as object);
    if (status === 400) expect(outcome.retry).toBeUndefined();
  });

  test('a header that Node cannot read is a 400: it repeats what was refused', () => {
    expect(read(failure('HPE_INVALID_HEADER_TOKEN'))).toMatchObject({ split: { reason: 'invalid' } });
  });

  test('a reset during a large request means that it is too large; others are retried', () => {
    const large = { ...MESSAGE, body: 'x'.repeat(1_100_000) };
    for (const code of ['ECONNRESET', 'EPIPE']) {
      expect(read(failure(code), 1, large)).toMatchObject({ split: { reason: 'too_large' } });
      expect(read(failure(code))).toMatchObject({ retry: { reason: 'network' } });
    }
    expect(read(failure('ECONNREFUSED'), 1, large)).toMatchObject({ retry: { reason: 'network' } });
  });
});

describe('InfluxDB 2', () => {
  test.each<[string, number, unknown, unknown]>([
    [
      'old points',
      422,
      {
        code: 'unprocessable entity',
        message: 'failure writing points to database: partial write: points beyond retention policy dropped=2',
      },
      { dropped: [{ items: 2, reason: 'too_old' }] },
    ],
    [
      'a line that it cannot read: nothing is stored, and the others are sent again',
      400,
      { code: 'invalid', message: "unable to parse 'b v=2 1': missing fields" },
      { dropped: [{ items: { from: 1, to: 2 }, reason: 'invalid' }], retry: { items: [0, 2, 3, 4] } },
    ],
    [
      'a text that quotes nothing of ours',
      400,
      { code: 'invalid', message: "unable to parse 'other': missing fields" },
      { split: { reason: 'invalid' } },
    ],
    [
      'an unknown bucket',
      404,
      { code: 'not found', message: 'bucket "x" not found' },
      { dropped: [{ reason: 'invalid' }] },
    ],
    [
      'a server of version 1',
      404,
      '404 page not found',
      { dropped: [{ detail: expect.stringContaining('version: 1') }] },
    ],
    ['no credentials', 401, { code: 'unauthorized', message: 'unauthorized access' }, { retry: { reason: 'auth' } }],
  ])('%s', (_name, status, body, expected) => {
    expect(read(answer(status, body), 2)).toMatchObject(expected as object);
  });

  test('a request of which no line is good is not sent again', () => {
    const message = { ...MESSAGE, body: 'a v=1 1', owners: [0] };
    const outcome = read(answer(400, { message: "unable to parse 'a v=1 1': x" }), 2, message);
    expect(outcome).toEqual({ dropped: [expect.objectContaining({ items: { from: 0, to: 1 } })] });
  });
});

describe('InfluxDB 3', () => {
  const refused = (...lines: readonly [number, string][]) => ({
    error: 'partial write of line protocol occurred',
    data: lines.map(([line_number, error_message]) => ({ original_line: 'x', line_number, error_message })),
  });

  test.each<[string, number, unknown, unknown]>([
    [
      'names the lines',
      400,
      refused([2, 'invalid column type'], [3, 'invalid column type'], [6, 'invalid column type']),
      { dropped: [{ items: [1, 4], reason: 'invalid' }] },
    ],
    [
      'names lines for different reasons',
      422,
      refused([2, 'x'], [3, 'Update to schema would exceed number of columns per table limit of 500'], [4, 'limit']),
      {
        dropped: [
          { items: { from: 1, to: 2 }, reason: 'invalid' },
          { items: { from: 2, to: 3 }, reason: 'rejected' },
        ],
      },
    ],
    [
      'names a line that is none of ours',
      400,
      refused([99, 'x'], [1, 'x']),
      { dropped: [{ items: { from: 0, to: 1 } }] },
    ],
  ])('%s', (_name, status, body, expected) => {
    const outcome = read(answer(status, body), 3);
    expect(outcome).toMatchObject(expected as object);
    expect(outcome.retry).toBeUndefined();
  });
});

describe('every version', () => {
  test.each<[number, HttpResponse['headers'], unknown]>([
    [200, {}, {}],
    [408, {}, { retry: { reason: 'timeout' } }],
    [429, { 'retry-after': '7' }, { retry: { reason: 'throttled', afterMs: 7000 } }],
    [502, {}, { retry: { reason: 'unavailable' } }],
    [503, { 'retry-after': '3' }, { retry: { reason: 'unavailable', afterMs: 3000 } }],
    [504, {}, { retry: { reason: 'unavailable' } }],
    [405, {}, { dropped: [{ reason: 'invalid' }] }],
  ])('answers %i with %j', (status, headers, expected) => {
    for (const version of [1, 2, 3] as const) {
      expect(read(answer(status, '', headers), version)).toMatchObject(expected as object);
    }
  });

  test('no text whatever makes it throw, or lose more than the request held', () => {
    const words = fc.constantFrom(
      "unable to parse '",
      "': ",
      'b v=1 1',
      'partial write: ',
      ' dropped=99999',
      '\n',
      '"',
      'limit',
    );
    const text = fc.array(fc.oneof(words, fc.string()), { maxLength: 10 }).map((parts) => parts.join(''));
    const listed = fc.array(
      fc.record({ line_number: fc.oneof(fc.integer(), fc.double(), fc.string()), error_message: fc.jsonValue() }),
    );
    const body = fc.oneof(
      text,
      fc.json(),
      text.map((error) => JSON.stringify({ error })),
      text.map((message) => JSON.stringify({ message })),
      fc.oneof(listed, fc.array(fc.jsonValue())).map((data) => JSON.stringify({ data })),
    );
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 3), fc.constantFrom(400, 404, 422, 500), body, (version, status, said) => {
        refusedLines(said);
        unparsableLines(said);
        lostPoints(said);
        const { dropped = [], retry } = read(answer(status, said), version as 1 | 2 | 3);
        const lost = dropped.reduce((sum, { items }) => {
          if (typeof items === 'number') return sum + items;
          return sum + ('from' in items ? Math.min(items.to, ITEMS.to) - items.from : items.length);
        }, 0);
        const again = Array.isArray(retry?.items) ? retry.items.length : 0;
        expect(lost + again).toBeLessThanOrEqual(5);
        expect(lost).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});
