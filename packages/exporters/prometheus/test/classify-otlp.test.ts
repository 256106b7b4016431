/** Every text was said by Prometheus 3.14.0. */
import { describe, expect, test } from '@jest/globals';
import type { HttpResponse } from '@telemetryflow/http';
import type { Outcome } from '@telemetryflow/kernel';
import fc from 'fast-check';
import { OtlpAnswers } from '../src/classify-otlp.ts';

const MESSAGE = { body: new Uint8Array(0), batchId: 'b1', items: 50 };
const ITEMS = { from: 0, to: 50 };

function answer(status: number, body = '', headers: Record<string, string> = {}): HttpResponse {
  const url = 'http://prometheus:9090/api/v1/otlp/v1/metrics';
  return { kind: 'response', status, headers, body: Buffer.from(body), url };
}

function judge(status: number, body = '', message = MESSAGE): Outcome {
  return new OtlpAnswers(true).read(answer(status, body), message, ITEMS);
}

const COUNT =
  "3 observations found in buckets, but the Count field is 7: histogram's observation count should equal the number of observations found in the buckets (in absence of NaN)\n";

describe('answers to OTLP', () => {
  test.each([200, 202, 204])('%i is delivery', (status) => {
    expect(judge(status)).toEqual({});
  });

  test.each<[number, string, 'retry' | 'split' | 'drop', string]>([
    [400, 'out of order sample\n', 'split', 'rejected'],
    [400, 'duplicate sample for timestamp 1; overrides not allowed: existing 1, new value 2\n', 'split', 'rejected'],
    [400, 'out of bounds\n', 'split', 'rejected'],
    [400, 'out of bounds: timestamp is too far in the future\n', 'split', 'rejected'],
    [400, 'too old sample\n', 'split', 'rejected'],
    [400, 'decoded size exceeds the 33554432 bytes limit\n', 'split', 'too_large'],
    [400, 'unsupported content type: text/plain, supported: [application/json, …]\n', 'drop', 'unsupported'],
    [400, 'unsupported compression: zstd. Only "gzip" or no compression supported\n', 'drop', 'unsupported'],
    [401, '', 'retry', 'auth'],
    [403, '', 'retry', 'auth'],
    [404, '404 page not found\n', 'drop', 'invalid'],
    [408, '', 'retry', 'timeout'],
    [413, '', 'split', 'too_large'],
    [415, '', 'drop', 'invalid'],
    [429, '', 'retry', 'throttled'],
    [500, 'invalid temporality and type combination for metric "del"\n', 'split', 'rejected'],
    [500, 'normalization for metric "..." resulted in empty name\n', 'split', 'rejected'],
    [500, 'normalization for label name "___" resulted in invalid name "___"\n', 'split', 'rejected'],
    [500, 'label name is empty\n', 'split', 'rejected'],
    [500, COUNT, 'split', 'rejected'],
    [500, 'cannot convert exponential to native histogram. Scale must be >= -4, was -5\n', 'split', 'rejected'],
    [500, 'could not get aggregation temporality for x as it has unsupported metric type Empty\n', 'split', 'rejected'],
    [500, 'empty data points. eg is dropped\n', 'split', 'rejected'],
    [500, 'write /data/wal/00000001: no space left on device\n', 'retry', 'unavailable'],
    [502, '', 'retry', 'unavailable'],
    [503, 'empty data points', 'retry', 'unavailable'],
  ])('%i %s means %s %s', (status, body, what, reason) => {
    const { retry, split, dropped } = judge(status, body);
    const found = { retry: retry?.reason, split: split?.reason, drop: dropped?.[0]?.reason };
    expect(found).toEqual({ retry: undefined, split: undefined, drop: undefined, [what]: reason });
  });

  test('a single point that is refused is dropped, with the text of the server', () => {
    const { dropped } = judge(400, 'out of order sample\n', { ...MESSAGE, items: 1 });
    expect(dropped).toEqual([expect.objectContaining({ reason: 'rejected' })]);
    expect(dropped?.[0]?.detail).toMatch(/answered 400: out of order sample.*out_of_order_time_window/);
  });

  test('the search for culprits ends: a batch of which all is bad is dropped after 24 cuts', () => {
    const answers = new OtlpAnswers(true);
    const outcomes = Array.from({ length: 25 }, () => answers.read(answer(400, 'out of bounds'), MESSAGE, ITEMS));
    expect(outcomes.slice(0, 24).every(({ split }) => split !== undefined)).toBe(true);
    expect(outcomes[24]?.dropped?.[0]?.reason).toBe('rejected');
  });

  test('the same unknown 500 five times over is a refusal', () => {
    const answers = new OtlpAnswers(true);
    const outcomes = Array.from({ length: 5 }, () => answers.read(answer(500, 'no idea'), MESSAGE, ITEMS));
    expect(outcomes.map(({ retry }) => retry?.reason)).toEqual([...Array(4).fill('unavailable'), undefined]);
    expect(outcomes[4]?.split?.reason).toBe('rejected');
  });

  test('a refusal is told, by its batch; a retry is none', () => {
    const refused: string[] = [];
    const answers = new OtlpAnswers(true, (batchId) => refused.push(batchId));
    for (const status of [200, 503, 401, 400]) answers.read(answer(status), MESSAGE, ITEMS);
    expect(refused).toEqual(['b1']);
  });

  test('a receiver that is off is named with its flag', () => {
    expect(judge(404).dropped?.[0]?.detail).toContain('--web.enable-otlp-receiver');
  });

  test('waits as long as it is told, and not at all where retry_on_429 is off', () => {
    const throttled = answer(429, '', { 'retry-after': '7' });
    expect(new OtlpAnswers(true).read(throttled, MESSAGE, ITEMS).retry?.afterMs).toBe(7000);
    expect(new OtlpAnswers(false).read(throttled, MESSAGE, ITEMS).dropped?.[0]?.reason).toBe('throttled');
    expect(new OtlpAnswers(true).read({ ...throttled, status: 503 }, MESSAGE, ITEMS).retry?.afterMs).toBe(7000);
  });
});

test('no answer makes it throw, or lose more than was sent', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('out of order sample', COUNT, '\ud800', 'x'.repeat(100_000)));
  const headers = fc.record(
    { 'retry-after': fc.string(), 'content-type': fc.constantFrom('application/json', 'application/x-protobuf', 'x') },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), text, headers, (status, body, given) => {
      const result = answer(status, body, given as Record<string, string>);
      const { dropped = [] } = new OtlpAnswers(true).read(result, MESSAGE, ITEMS);
      const lost = dropped.reduce((sum, { items }) => sum + (typeof items === 'number' ? items : 0), 0);
      expect(lost).toBeLessThanOrEqual(MESSAGE.items);
    }),
    { numRuns: 500 },
  );
});
