import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  ANSWERED_ITEMS,
  type Answers,
  type GrpcAnswer,
  type GrpcRequest,
  otlpGrpcDelay,
  otlpGrpcPartial,
  startAnswers,
  startOtlpGrpc,
} from '@telemetryflow/testkit';
import fc from 'fast-check';
import otlpGrpc from '../src/index.ts';

let answers: Answers<GrpcAnswer>;
beforeAll(async () => {
  answers = await startAnswers<GrpcRequest, GrpcAnswer>({
    definition: otlpGrpc,
    config: ({ url }) => ({ endpoint: url }),
    start: (script, { tls }) => startOtlpGrpc(script, { tls }),
  });
});
afterAll(() => answers.close());

describe('answers', () => {
  test.each<[number, string, object]>([
    [0, '', {}],
    [1, '', { retry: { items: 'all', reason: 'unavailable' } }],
    [2, 'exporting failed', { dropped: [{ reason: 'rejected', detail: expect.stringContaining('exporting failed') }] }],
    [3, 'never', { dropped: [{ reason: 'invalid', detail: expect.stringContaining('INVALID_ARGUMENT') }] }],
    [4, '', { retry: { reason: 'timeout' } }],
    [5, '', { dropped: [{ reason: 'rejected' }] }],
    [7, '', { retry: { reason: 'auth' } }],
    [8, 'quota', { dropped: [{ reason: 'rejected' }] }],
    [8, 'grpc: received message larger than max (5 vs. 4)', { split: { reason: 'too_large' } }],
    [10, '', { retry: { reason: 'unavailable' } }],
    [11, 'Error, decoded message length too large: found 5 bytes, the limit is: 4', { split: { reason: 'too_large' } }],
    [12, 'unknown service', { dropped: [{ reason: 'invalid', detail: expect.stringContaining('OTLP service') }] }],
    [13, 'undecodable', { dropped: [{ reason: 'rejected' }] }],
    [14, 'busy', { retry: { items: 'all', reason: 'unavailable' } }],
    [15, '', { retry: { reason: 'unavailable' } }],
    [16, 'who are you', { retry: { items: 'all', reason: 'auth', detail: expect.stringContaining('who are you') } }],
  ])('%i %s', async (code, text, expected) => {
    const outcome = await answers.to({ code, text });
    if (Object.keys(expected).length === 0) expect(outcome).toEqual({});
    else expect(outcome).toMatchObject(expected);
  });

  test.each<[string, GrpcAnswer, object]>([
    ['some items refused', { response: otlpGrpcPartial(2, 'too old') }, { dropped: [{ items: 2, detail: 'too old' }] }],
    ['more refused than were sent', { response: otlpGrpcPartial(99, '') }, { dropped: [{ items: ANSWERED_ITEMS }] }],
    ['a remark', { response: otlpGrpcPartial(0, 'be so kind') }, { warning: 'be so kind' }],
    ['a delay', otlpGrpcDelay(14, '', 7000), { retry: { reason: 'unavailable', afterMs: 7000 } }],
    ['a delay of a quota', otlpGrpcDelay(8, '', 7000), { retry: { reason: 'throttled', afterMs: 7000 } }],
    ['a reset', { fault: 'reset' }, { retry: { reason: 'network' } }],
  ])('%s', async (_what, answer, expected) => {
    expect(await answers.to(answer)).toMatchObject(expected);
  });

  test('no answer whatever makes it throw, or lose more than the request held', async () => {
    const response = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 20 }),
        fc.string({ maxLength: 40 }),
        response,
        async (code, text, bytes) => {
          const { dropped = [], retry } = await answers.to({ code, text, response: bytes, details: bytes });
          for (const { items } of dropped) {
            if (typeof items === 'number') expect(items).toBeLessThanOrEqual(ANSWERED_ITEMS);
            else expect(items).toEqual({ from: 0, to: Number.POSITIVE_INFINITY });
          }
          expect(retry?.items ?? 'all').toBe('all');
        },
      ),
      { numRuns: 200 },
    );
  });
});
