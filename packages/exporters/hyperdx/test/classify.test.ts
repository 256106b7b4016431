import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ANSWERED_ITEMS, type AnswerRow, type Answers, OTLP_ANSWERS, startAnswers } from '@telemetryflow/testkit';
import fc from 'fast-check';
import hyperdx from '../src/index.ts';

let answers: Answers;
beforeAll(async () => {
  answers = await startAnswers({
    definition: hyperdx,
    config: ({ url }) => ({ endpoint: url, api_key: 'hyperdx-key' }),
  });
});
afterAll(() => answers.close());

function outcomeOf(status: number, body: string | Uint8Array, type = 'application/json') {
  return answers.to({ status, headers: { 'content-type': type }, body: Buffer.from(body) });
}

describe('answers', () => {
  test.each<AnswerRow>([
    ...OTLP_ANSWERS,
    [401, '', { retry: { detail: expect.stringContaining('Team Settings') } }],
    [404, '', { dropped: [{ detail: expect.stringContaining('4318') }] }],
    [405, '', { dropped: [{ detail: expect.stringContaining('4318') }] }],
  ])('%i %s', async (status, body, expected) => {
    const outcome = await outcomeOf(status, body);
    if (Object.keys(expected).length === 0) expect(outcome).toEqual({});
    else expect(outcome).toMatchObject(expected);
  });

  test('no answer whatever makes it throw, or lose more than the request held', async () => {
    const bytes = fc.oneof(fc.json().map(Buffer.from), fc.uint8Array({ maxLength: 64 }));
    const type = fc.constantFrom('application/json', 'application/x-protobuf', 'text/html');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 200, max: 599 }), bytes, type, async (status, body, mime) => {
        const { dropped = [], retry } = await outcomeOf(status, body, mime);
        for (const { items } of dropped) {
          if (typeof items === 'number') expect(items).toBeLessThanOrEqual(ANSWERED_ITEMS);
          else expect(items).toEqual({ from: 0, to: Number.POSITIVE_INFINITY });
        }
        expect(retry?.items ?? 'all').toBe('all');
      }),
      { numRuns: 200 },
    );
  });
});
