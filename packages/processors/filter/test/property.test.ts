/** Whatever text stands in a condition, reading it ends, at once, with a condition or with its own error. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileCondition } from '../src/condition/compile.ts';
import { ConditionError } from '../src/condition/error.ts';
import { EvaluationError } from '../src/condition/expression.ts';
import type { ContextName } from '../src/condition/subject.ts';

const CONTEXTS: readonly ContextName[] = ['span', 'spanevent', 'metric', 'datapoint', 'log_record'];
const FRAGMENTS = [
  'name',
  'attributes["k"]',
  'resource.attributes["a"]',
  'body',
  'metric.name',
  'value_int',
  '"text"',
  '"(a+"',
  '1',
  '1.5',
  '-',
  'nil',
  'true',
  'SPAN_KIND_SERVER',
  'STATUS_CODE_X',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'and',
  'or',
  'not',
  '(',
  ')',
  'IsMatch(',
  'HasPrefix(',
  'Len(',
  'Int(',
  ',',
  '[',
  ']',
  '.',
  '+',
  '*',
  '"',
  '\\',
  '\u0000',
  '🙂',
];
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 40 }).map((parts) => parts.join(' ')),
);

test('any text is a condition or a ConditionError whose column lies in the text', () => {
  const resource = { attributes: {} };
  fc.assert(
    fc.property(anyText, fc.constantFrom(...CONTEXTS), (text, context) => {
      try {
        compileCondition(text, context).matches({ resource, scope: { name: '' } });
      } catch (error) {
        if (error instanceof EvaluationError) return;
        expect(error).toBeInstanceOf(ConditionError);
        const { column } = error as ConditionError;
        expect(column).toBeGreaterThanOrEqual(1);
        expect(column).toBeLessThanOrEqual(text.length + 1);
      }
    }),
    { numRuns: 2000, seed: 20_261_124 },
  );
});

test('integers compare as numbers, whatever their size', () => {
  const int = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
  fc.assert(
    fc.property(int, int, (a, b) => {
      const subject = { resource: { attributes: { a } }, scope: { name: '' } };
      const holds = (op: string) => compileCondition(`resource.attributes["a"] ${op} ${b}`, 'span').matches(subject);
      expect([holds('<'), holds('=='), holds('>')]).toEqual([a < b, a === b, a > b]);
      expect([holds('<='), holds('!='), holds('>=')]).toEqual([a <= b, a !== b, a >= b]);
    }),
    { numRuns: 200, seed: 20_261_124 },
  );
});
