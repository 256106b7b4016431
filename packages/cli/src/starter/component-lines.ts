/** The block of one component in a new configuration: what it sets, explained, and what it could set, commented out. */
import type { Definition, FieldSchema } from '@telemetryflow/kernel';
import { stringify } from 'yaml';
import { type StarterVariable, variablesIn } from './variables.ts';

export interface ComponentLines {
  readonly lines: readonly string[];
  readonly variables: readonly StarterVariable[];
}

type Fields = Readonly<Record<string, FieldSchema>>;

/** Defaults longer than this are left to the reference. */
const LONGEST_DEFAULT = 60;

/** `definition` as `<section>.<type>`; `package` is named for the options that every component of its kind has. */
export function componentLines(
  definition: Definition,
  section: string,
  packageName: string | undefined,
): ComponentLines {
  const fields = (definition.config as { readonly properties: Fields }).properties;
  const starter = starterOf(definition);
  const variables: StarterVariable[] = [];
  const path = `${section}.${definition.type}`;
  const set = Object.entries(starter).flatMap(([key, value]) => settingLines(key, value, fields[key], path, variables));
  const others = Object.entries(fields).filter(([key, field]) => !(key in starter) && field.deprecated === undefined);
  const optional = others.map(([key, field]) => `# ${optionText(key, field, definition.type)}`);
  const reference = packageName === undefined ? [] : [`# Every option is explained in the README of ${packageName}.`];
  const block = [
    ...set,
    ...(optional.length === 0 ? [] : ['# Further options, with their defaults:', ...optional]),
    ...reference,
  ];
  // A key without any value is an empty block.
  return { lines: [`# ${definition.description}`, `${definition.type}:`, ...block.map(indent)], variables };
}

/** What the definition suggests, and every option it cannot do without. */
function starterOf(definition: Definition): Readonly<Record<string, unknown>> {
  const { properties, required = [] } = definition.config as { properties: Fields; required?: readonly string[] };
  const missing = required.filter((key) => !(key in (definition.starter ?? {})));
  const variable = (key: string): string => `\${${variableName(definition.type, key)}}`;
  const needed = missing.map((key) => {
    const field = properties[key];
    if (field !== undefined && 'items' in field) return [key, [variable(key)]] as const;
    // Of a few words the first is a beginning; a variable would hide which there are.
    return [key, field !== undefined && 'enum' in field ? field.enum?.[0] : variable(key)] as const;
  });
  return { ...Object.fromEntries(needed), ...definition.starter };
}

function settingLines(
  key: string,
  value: unknown,
  field: FieldSchema | undefined,
  parent: string,
  variables: StarterVariable[],
): readonly string[] {
  const path = `${parent}.${key}`;
  const description = field?.description ?? '';
  const comment = description === '' ? [] : [`# ${description}`];
  const nested = childFields(field);
  if (nested !== undefined && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const inner = Object.entries(value).flatMap(([name, each]) =>
      settingLines(name, each, nested[name], path, variables),
    );
    return [...comment, `${key}:`, ...inner.map(indent)];
  }
  variables.push(...variablesIn(JSON.stringify(value), path, description));
  return [
    ...comment,
    ...stringify({ [key]: value }, { lineWidth: 0 })
      .trimEnd()
      .split('\n'),
  ];
}

function childFields(field: FieldSchema | undefined): Fields | undefined {
  if (field === undefined) return undefined;
  if ('oneOfTypes' in field) return field.oneOfTypes.map(childFields).find((fields) => fields !== undefined);
  return field.type === 'object' && 'properties' in field ? field.properties : undefined;
}

/** `key: default  # description`; a secret shows the variable to put it into. */
function optionText(key: string, field: FieldSchema, type: string): string {
  if ('secret' in field) return `${key}: \${${variableName(type, key)}}  # ${field.description}`;
  const fallback = 'default' in field && field.default !== undefined ? ` ${flow(field.default)}` : '';
  return `${key}:${fallback.length > LONGEST_DEFAULT ? '' : fallback}  # ${field.description}`;
}

/** A value on one line. */
function flow(value: unknown): string {
  return stringify(value, { lineWidth: 0, collectionStyle: 'flow', flowCollectionPadding: false }).trimEnd();
}

function variableName(type: string, key: string): string {
  return `${type}_${key}`.toUpperCase();
}

function indent(line: string): string {
  return line === '' ? line : `  ${line}`;
}
