/** The environment variables that a new configuration refers to. */

/** One `${NAME}` of a configuration. */
export interface StarterVariable {
  readonly name: string;
  /** The text after `:-`; undefined where the variable must be set. */
  readonly fallback: string | undefined;
  /** Where it is used first, as `exporters.datadog.api_key`. */
  readonly path: string;
  /** What the option is for. */
  readonly description: string;
}

const REFERENCE = /\$\{(\w+)(?::([-?])([^}]*))?\}/g;

/** The variables in a text, in order. */
export function variablesIn(text: string, path: string, description: string): readonly StarterVariable[] {
  return [...text.matchAll(REFERENCE)].map(([, name = '', operator, rest]) => ({
    name,
    fallback: operator === '-' ? rest : undefined,
    path,
    description,
  }));
}
