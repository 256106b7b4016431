/** The options of a component as a Markdown table, from its schema. */
import type { FieldSchema, ObjectSchema } from '@telemetryflow/kernel';

type Properties = Readonly<Record<string, FieldSchema>>;

/** One row per option, required ones first; nested options are written with dots. */
export function optionsTable(schema: ObjectSchema<Record<string, unknown>>): string {
  const rows = [...optionRows(schema, '')];
  rows.sort((a, b) => Number(b.required) - Number(a.required));
  if (rows.length === 0) return 'None.';
  return [
    '| Option | Type | Default | Meaning |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| \`${row.key}\` | ${row.type} | ${row.fallback} | ${row.meaning} |`),
  ].join('\n');
}

interface Row {
  readonly key: string;
  readonly type: string;
  readonly fallback: string;
  readonly meaning: string;
  readonly required: boolean;
}

function* optionRows(schema: ObjectSchema<Record<string, unknown>>, prefix: string): Generator<Row> {
  const required = new Set(schema.required ?? []);
  for (const [name, field] of Object.entries(schema.properties as Properties)) {
    const key = prefix + name;
    yield row(key, field, prefix === '' && required.has(name));
    const nested = nestedObject(field);
    if (nested !== undefined) yield* optionRows(nested.schema, `${key}${nested.separator}`);
  }
}

function row(key: string, field: FieldSchema, required: boolean): Row {
  const aliases = field.aliases === undefined ? '' : ` Also \`${field.aliases.join('`, `')}\`.`;
  const deprecated = field.deprecated === undefined ? '' : ` Deprecated: ${field.deprecated}.`;
  return {
    key,
    type: typeName(field),
    fallback: required ? '**required**' : defaultText(field),
    meaning: `${escapeCell(field.description)}${aliases}${deprecated}`,
    required,
  };
}

function nestedObject(
  field: FieldSchema,
): { schema: ObjectSchema<Record<string, unknown>>; separator: string } | undefined {
  if ('oneOfTypes' in field) {
    for (const option of field.oneOfTypes) {
      const nested = nestedObject(option);
      if (nested !== undefined) return nested;
    }
    return undefined;
  }
  if (field.type === 'object' && 'properties' in field) return { schema: field, separator: '.' };
  if (field.type === 'array') {
    const nested = nestedObject(field.items);
    return nested === undefined ? undefined : { schema: nested.schema, separator: '[].' };
  }
  return undefined;
}

function typeName(field: FieldSchema): string {
  if ('oneOfTypes' in field) return field.oneOfTypes.map(typeName).join(' or ');
  if ('secret' in field) return 'secret';
  if ('unit' in field) return field.unit;
  if (field.type === 'array') return `list of ${typeName(field.items)}`;
  if (field.type === 'object') return 'values' in field ? `map of ${typeName(field.values)}` : 'object';
  if (field.type === 'string' && field.enum !== undefined) return field.enum.map((v) => `\`${v}\``).join(', ');
  if (field.type === 'string' && field.format !== undefined) return field.format;
  return field.type;
}

function defaultText(field: FieldSchema): string {
  const value = 'default' in field ? field.default : undefined;
  if (value === undefined) return '';
  if (value === '') return '(empty)';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
