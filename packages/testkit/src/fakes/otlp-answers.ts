/** Answers to OTLP/HTTP, and what every OTLP exporter makes of them: rows for a test of a preset, before its own. */

/** Status and JSON body of an answer, and what is in the outcome of a request of five log records that gets it. */
export type AnswerRow = readonly [status: number, body: string, outcome: object];

const partly = (rejected: number, errorMessage: string): string =>
  JSON.stringify({ partialSuccess: { rejectedLogRecords: String(rejected), errorMessage } });
const status = (message: string): string => JSON.stringify({ code: 3, message });
const dropped = (reason: string): object => ({ dropped: [{ reason, items: { from: 0 } }] });

/**
 * An empty outcome is a delivery.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { type AnswerRow, OTLP_ANSWERS, startAnswers } from '@telemetryflow/testkit';
 *
 * const answers = await startAnswers({
 *   definition: otlpHttp,
 *   config: ({ url }) => ({ endpoint: url, encoding: 'json' }),
 * });
 * const own: AnswerRow[] = [[429, '', { retry: { items: 'all', reason: 'throttled' } }]];
 * for (const [status, body, outcome] of [...OTLP_ANSWERS, ...own]) {
 *   const headers = { 'content-type': 'application/json' };
 *   // In a test file: expect(await answers.to(…)).toMatchObject(outcome);
 *   const { retry } = await answers.to({ status, headers, body });
 *   assert.equal(retry !== undefined, 'retry' in outcome);
 * }
 * await answers.close();
 * ```
 */
export const OTLP_ANSWERS: readonly AnswerRow[] = [
  [200, '', {}],
  [200, '{}', {}],
  [200, '{"partialSuccess":{}}', {}],
  [204, '', {}],
  [200, partly(2, 'too old'), { dropped: [{ reason: 'rejected', items: 2, detail: 'too old' }] }],
  [200, partly(0, 'be so kind'), { warning: 'be so kind' }],
  [200, partly(99, ''), { dropped: [{ reason: 'rejected', items: 5 }] }],
  [302, '', dropped('invalid')],
  [400, status('never'), dropped('invalid')],
  [400, status('request body too large'), { split: { reason: 'too_large' } }],
  [401, status('who are you'), { retry: { items: 'all', reason: 'auth' } }],
  [403, '', { retry: { reason: 'auth' } }],
  [404, '', dropped('invalid')],
  [405, '', dropped('invalid')],
  [408, '', { retry: { reason: 'timeout' } }],
  [413, '', { split: { reason: 'too_large' } }],
  [415, '', dropped('invalid')],
  [429, '', { retry: { items: 'all', reason: 'throttled' } }],
  [500, status('exporting failed'), dropped('rejected')],
  [502, '', { retry: { items: 'all', reason: 'unavailable' } }],
  [503, status('data refused due to high memory usage'), { retry: { reason: 'unavailable' } }],
  [504, '', { retry: { reason: 'unavailable' } }],
];
