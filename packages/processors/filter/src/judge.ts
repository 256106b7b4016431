/** Asks conditions about an item and deals with those that cannot be evaluated. */
import type { ComponentContext } from '@telemetryflow/kernel';
import { compileCondition } from './condition/compile.ts';
import { EvaluationError } from './condition/expression.ts';
import type { ContextName, Subject } from './condition/subject.ts';
import type { FilterConfig } from './config.ts';

/** True when the item is to be dropped. */
export type Judge = (subject: Subject) => boolean;

/** With `error_mode: propagate`, what a condition that failed costs: the batch. */
export class BatchRefused extends Error {}

/** A list of conditions, ready to be asked. */
export interface Conditions {
  readonly drops: Judge;
  /** True when items of the same resource all get the same answer. */
  readonly resourceOnly: boolean;
}

/** The conditions of one list, compiled; `undefined` for an empty list. */
export function compileConditions(
  texts: readonly string[] | undefined,
  what: ContextName,
  mode: FilterConfig['error_mode'],
  context: Pick<ComponentContext, 'logger' | 'meter'>,
): Conditions | undefined {
  if (texts === undefined || texts.length === 0) return undefined;
  const conditions = texts.map((text) => compileCondition(text, what));
  let errors: ReturnType<ComponentContext['meter']['createCounter']> | undefined;
  const reported = new Set<string>();

  function failed(text: string, error: EvaluationError): void {
    errors ??= context.meter.createCounter('telemetryflow_processor_filter_errors', {
      description: 'Conditions that could not be evaluated.',
      unit: '{error}',
    });
    errors.add(1, { context: what });
    if (mode !== 'silent' && !reported.has(text)) {
      reported.add(text);
      const fields = { condition: text, error: error.message };
      const hint = 'Test the type first, as IsString(attributes["a"]) and …; further failures are counted only.';
      if (mode === 'propagate') {
        context.logger.error(`A condition cannot be evaluated: its batches are dropped. ${hint}`, fields);
      } else context.logger.warn(`A condition cannot be evaluated and is passed over. ${hint}`, fields);
    }
    if (mode === 'propagate') throw new BatchRefused(error.message);
  }

  return {
    resourceOnly: conditions.every(({ resourceOnly }) => resourceOnly),
    drops(subject) {
      for (const { text, matches } of conditions) {
        try {
          if (matches(subject)) return true;
        } catch (error) {
          if (!(error instanceof EvaluationError)) throw error;
          failed(text, error);
        }
      }
      return false;
    },
  };
}
