/** Conventions about what a component package exports: the definition, and its telemetryflow block. */
import { isDeepStrictEqual } from 'node:util';
import { API_VERSION } from '@telemetryflow/kernel';
import type { Convention } from './conventions.ts';
import { field } from './package-view.ts';

export const DEFINITION_CONVENTIONS: readonly Convention[] = [
  {
    id: 'definition',
    states:
      'A component default-exports its definition, made for the current apiVersion and described in one sentence.',
    breaches(view) {
      if (view.definition === undefined) return [];
      if ('unreadable' in view.definition) return [view.definition.unreadable];
      const { apiVersion, description } = view.definition;
      const problems: string[] = [];
      if (apiVersion !== API_VERSION)
        problems.push(`the definition has apiVersion ${apiVersion}, the kernel ${API_VERSION}`);
      if (!/^[A-Z].*\.$/s.test(description)) problems.push('the description of the definition is not a sentence');
      return problems;
    },
  },
  {
    id: 'telemetryflow-block',
    states: 'The telemetryflow block of package.json says what the definition says.',
    breaches(view) {
      if (view.block === undefined || view.definition === undefined || 'unreadable' in view.definition) return [];
      const { kind, type, apiVersion } = view.definition;
      const signals = field(view.definition, 'signals');
      const expected: Record<string, unknown> = { kind, type, apiVersion };
      if (signals !== undefined) expected['signals'] = Object.keys(signals as object).sort();
      return Object.entries(expected).flatMap(([key, want]) => {
        const found = view.block?.[key];
        const written = Array.isArray(found) ? [...found].sort() : found;
        return isDeepStrictEqual(written, want)
          ? []
          : [
              `package.json: telemetryflow.${key} is ${JSON.stringify(found)}, the definition says ${JSON.stringify(want)}`,
            ];
      });
    },
  },
  {
    id: 'described-options',
    states: 'Every option is described in a sentence and named in snake_case.',
    breaches(view) {
      if (view.definition === undefined || 'unreadable' in view.definition) return [];
      return optionBreaches(view.definition.config, '');
    },
  },
];

function optionBreaches(schema: unknown, path: string): string[] {
  const properties = field(schema, 'properties');
  const branches = field(schema, 'oneOfTypes');
  const items = field(schema, 'items');
  const problems = Object.entries((properties as object | undefined) ?? {}).flatMap(
    ([key, option]: [string, unknown]) => {
      const name = path === '' ? key : `${path}.${key}`;
      const found = optionBreaches(option, name);
      const description = field(option, 'description');
      if (typeof description !== 'string' || description.trim() === '') found.push(`option ${name} has no description`);
      if (!/^[a-z][a-z0-9_]*$/.test(key)) found.push(`option ${name} is not snake_case`);
      return found;
    },
  );
  if (Array.isArray(branches)) for (const branch of branches) problems.push(...optionBreaches(branch, path));
  if (items !== undefined) problems.push(...optionBreaches(items, `${path}[]`));
  return problems;
}
