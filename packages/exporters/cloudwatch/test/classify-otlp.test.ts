import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { HttpResponse } from '@telemetryflow/http';
import { countItems } from '@telemetryflow/kernel';
import { type AnswerRow, type Answers, OTLP_ANSWERS, startAnswers } from '@telemetryflow/testkit';
import fc from 'fast-check';
import { classifyAnswer } from '../src/classify-otlp.ts';
import cloudwatch from '../src/index.ts';

let answers: Answers;
beforeAll(async () => {
  answers = await startAnswers({
    definition: cloudwatch,
    config: ({ url }) => ({
      region: 'eu-west-1',
      endpoint_override: url,
      logs_protocol: 'otlp',
      access_key_id: 'AKIAIOSFODNN7EXAMPLE',
      secret_access_key: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    }),
  });
});
afterAll(() => answers.close());

const says = (message: string): string => JSON.stringify({ code: 3, message });
const retried = (reason: string): object => ({ retry: { items: 'all', reason } });

const OWN: readonly AnswerRow[] = [
  [400, says('ThrottlingException: Rate exceeded'), retried('throttled')],
  [400, says('RequestLimitExceeded'), retried('throttled')],
  [400, says('LimitExceededException'), retried('throttled')],
  [403, says('Rate exceeded'), retried('throttled')],
  [400, says('ExpiredTokenException'), retried('auth')],
  [400, says('UnrecognizedClientException'), retried('auth')],
  [400, says('AccessDeniedException: logs:PutLogEvents'), retried('auth')],
  [403, '<ErrorResponse><Code>SignatureDoesNotMatch</Code></ErrorResponse>', retried('auth')],
  [400, says('ResourceNotFoundException'), retried('unavailable')],
  [404, says('The specified log group does not exist.'), retried('unavailable')],
  [500, says('InternalServerException'), retried('unavailable')],
  [400, says('InvalidRequestException: A span is too large'), { dropped: [{ reason: 'invalid' }] }],
];

test.each([...OTLP_ANSWERS, ...OWN])('%i %s', async (status, body, expected) => {
  const outcome = await answers.to({ status, headers: { 'content-type': 'application/json' }, body });
  if (Object.keys(expected).length === 0) expect(outcome).toEqual({});
  expect(outcome).toMatchObject(expected);
});

test.each([
  [404, says('ResourceNotFoundException'), /create the log group and the log stream/],
  [403, '', /bearer_token.*clock/],
])('%i %s says what to do', async (status, body, expected) => {
  const outcome = await answers.to({ status, headers: { 'content-type': 'application/json' }, body });
  expect(outcome.retry?.detail).toMatch(expected);
});

test('no answer makes it throw, or lose more than was sent', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 200, max: 599 }),
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc
          .string()
          .map((text) => Buffer.from(`{"partialSuccess":{"rejectedLogRecords":"9","errorMessage":"${text}"}}`)),
      ),
      fc.constantFrom('application/json', 'application/x-protobuf', 'text/html'),
      (status, body, type) => {
        const headers = { 'content-type': type };
        const answer: HttpResponse = { kind: 'response', status, headers, body, url: 'https://logs/v1/logs' };
        const { dropped = [] } = classifyAnswer(answer, { signal: 'logs', items: { from: 0, to: 5 } });
        const lost = dropped.map(({ items }) => (typeof items === 'number' ? items : Math.min(5, countItems(items))));
        expect(lost.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(5);
      },
    ),
  );
});
