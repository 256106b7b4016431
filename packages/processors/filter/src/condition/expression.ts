/** A part of a condition, ready to be evaluated. */
import type { AttributeValue } from '@telemetryflow/otlp';
import type { StaticType } from './paths.ts';
import type { Subject } from './subject.ts';

export interface Expression {
  readonly type: StaticType;
  readonly get: (subject: Subject) => AttributeValue;
  /** True when a number is an OTLP double that JavaScript cannot tell from an int. */
  readonly isDouble?: ((subject: Subject) => boolean) | undefined;
  /** Set when the value is the same for every item. */
  readonly constant?: { readonly value: AttributeValue };
  /** True when nothing but the resource is read. */
  readonly resourceOnly: boolean;
}

/** A value that a function or an operator cannot work with; handled as `error_mode` says. */
export class EvaluationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EvaluationError';
  }
}
