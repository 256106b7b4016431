/** What is wrong with a condition, and where. */

/** The only error that reading a condition throws. `column` is 1-based. */
export class ConditionError extends Error {
  readonly column: number;
  readonly hint: string | undefined;

  constructor(message: string, column: number, hint?: string) {
    super(message);
    this.name = 'ConditionError';
    this.column = column;
    this.hint = hint;
  }
}
