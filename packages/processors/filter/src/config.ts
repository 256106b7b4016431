/** Configuration of the filter processor: the Collector's keys. */
import type { ArraySchema, ObjectSchema, Problem } from '@telemetryflow/kernel';
import { compileCondition } from './condition/compile.ts';
import { ConditionError } from './condition/error.ts';
import type { ContextName } from './condition/subject.ts';

/** Decoded. */
export interface FilterConfig {
  readonly error_mode: 'propagate' | 'ignore' | 'silent';
  readonly traces?: { readonly span: readonly string[]; readonly spanevent: readonly string[] };
  readonly metrics?: { readonly metric: readonly string[]; readonly datapoint: readonly string[] };
  readonly logs?: { readonly log_record: readonly string[] };
}

function conditions(what: string): ArraySchema {
  return {
    type: 'array',
    default: [],
    items: { type: 'string', description: 'An OTTL condition.' },
    description: `${what} that match any of these conditions are dropped.`,
  };
}

export const configSchema: ObjectSchema<FilterConfig> = {
  type: 'object',
  properties: {
    error_mode: {
      type: 'string',
      enum: ['propagate', 'ignore', 'silent'],
      default: 'propagate',
      description:
        'When a condition cannot be evaluated: drop the batch, go on with the next condition, or the same without a log line.',
    },
    traces: {
      type: 'object',
      description: 'What is dropped from traces.',
      properties: { span: conditions('Spans'), spanevent: conditions('Span events') },
    },
    metrics: {
      type: 'object',
      description: 'What is dropped from metrics.',
      properties: { metric: conditions('Metrics'), datapoint: conditions('Data points') },
    },
    logs: {
      type: 'object',
      description: 'What is dropped from logs.',
      properties: { log_record: conditions('Log records') },
    },
  },
};

const LISTS: readonly (readonly [signal: 'traces' | 'metrics' | 'logs', context: ContextName])[] = [
  ['traces', 'span'],
  ['traces', 'spanevent'],
  ['metrics', 'metric'],
  ['metrics', 'datapoint'],
  ['logs', 'log_record'],
];

/** Every condition must be understood; a filter without any is a mistake. */
export function checkConditions(config: FilterConfig): Problem[] {
  const problems: Problem[] = [];
  let count = 0;
  for (const [signal, context] of LISTS) {
    const list: readonly string[] = Reflect.get(config[signal] ?? {}, context) ?? [];
    count += list.length;
    for (const [index, text] of list.entries()) {
      const problem = problemOf(text, context);
      if (problem !== undefined) problems.push({ path: [signal, context, index], ...problem });
    }
  }
  if (count > 0) return problems;
  return [{ path: [], message: 'no condition is given', hint: 'Add one, as traces: { span: [...] }.' }];
}

function problemOf(text: string, context: ContextName): { message: string; hint?: string } | undefined {
  try {
    compileCondition(text, context);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    const { message, column, hint } = error;
    return { message: `column ${column} of the condition: ${message}`, ...(hint !== undefined && { hint }) };
  }
}
