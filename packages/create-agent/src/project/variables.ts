/** The environment variables of a configuration. */

export interface Variable {
  readonly name: string;
  /** It has no default. */
  readonly required: boolean;
  /** The default; empty where there is none. */
  readonly fallback: string;
}

const REFERENCE = /\$\{(?:env:)?(\w+)(?::([-?])([^}]*))?\}/g;

/** In order of appearance, each once; comments do not count. */
export function variablesIn(yaml: string): readonly Variable[] {
  const found = new Map<string, Variable>();
  for (const line of yaml.split('\n')) {
    if (/^\s*#/.test(line)) continue;
    for (const [, name = '', operator, rest = ''] of line.matchAll(REFERENCE)) {
      const required = operator !== '-';
      if (!found.has(name)) found.set(name, { name, required, fallback: required ? '' : rest });
    }
  }
  return [...found.values()];
}
