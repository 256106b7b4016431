/**
 * JSON Schema (draft 2020-12) of a whole configuration file, for completion and checking in editors. Wider than the
 * validator's: aliases are keys too, and any value may be a `${…}` reference or left out.
 */
import type { ComponentKind, Definition } from '../component/definition.ts';
import { blockSchema, sectionOf } from './component-block.ts';
import type { AnyObjectSchema } from './decode.ts';
import { fieldSchema, type JsonSchema } from './json-schema.ts';
import type { FieldSchema } from './schema.ts';
import { KINDS } from './sections.ts';
import { serviceSchema } from './service-options.ts';
import { shareSubschemas } from './share-subschemas.ts';

const REFERENCE: JsonSchema = { type: 'string', pattern: '\\$\\{' };

/**
 * The schema of everything that these components can be told. A block is found by its type; `type/name` too.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { editorSchema, type JsonSchema } from '@telemetryflow/kernel';
 *
 * const schema: JsonSchema = editorSchema([debug]);
 * assert.equal(schema['title'], 'TelemetryFlow configuration');
 * assert.match(JSON.stringify(schema), /"enum":\["basic","normal","detailed"\]/);
 * ```
 */
export function editorSchema(definitions: readonly Definition[]): JsonSchema {
  const sections = KINDS.map((kind) => [sectionOf(kind), componentSection(definitions, kind)] as const);
  const exporters = componentSection(definitions, 'exporter');
  return shareSubschemas({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'TelemetryFlow configuration',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(sections),
      integrations: exporters,
      plugins: {
        type: ['array', 'null'],
        items: { type: 'string' },
        description: 'Packages or paths of further components.',
      },
      service: editorObject(serviceSchema as unknown as AnyObjectSchema, 'Pipelines and own telemetry.'),
    },
  });
}

function componentSection(definitions: readonly Definition[], kind: ComponentKind): JsonSchema {
  const patternProperties: Record<string, JsonSchema> = {};
  for (const definition of definitions.filter((each) => each.kind === kind)) {
    const types = [definition.type, ...(definition.aliases ?? [])].join('|');
    patternProperties[`^(?:${types})(?:/.+)?$`] = editorObject(blockSchema(definition), definition.description);
  }
  return { type: ['object', 'null'], patternProperties, additionalProperties: false };
}

function editorObject(schema: AnyObjectSchema, description: string | undefined): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const [key, field] of Object.entries(schema.properties)) {
    properties[key] = editorField(field);
    for (const alias of field.aliases ?? []) properties[alias] = { ...editorField(field), deprecated: true };
  }
  // Required keys are not stated: an alias, a second file or a reference may hold them.
  return { type: ['object', 'null'], description: description ?? '', properties, additionalProperties: false };
}

function editorField(field: FieldSchema): JsonSchema {
  const notes: Record<string, unknown> = { description: field.description };
  if ('default' in field && field.default !== undefined) notes['default'] = field.default;
  if (field.deprecated !== undefined) notes['deprecated'] = true;
  return { ...editorType(field), ...notes };
}

function editorType(field: FieldSchema): JsonSchema {
  if ('oneOfTypes' in field) return { anyOf: [...field.oneOfTypes.map(editorType), REFERENCE, { type: 'null' }] };
  switch (field.type) {
    case 'any':
      return {};
    case 'array':
      return { type: ['array', 'null'], items: editorField(field.items) };
    case 'object':
      return 'values' in field ? editorMap(field) : editorObject(field, field.description);
    default:
      return { anyOf: [scalarSchema(field), REFERENCE, { type: 'null' }] };
  }
}

function editorMap(field: Extract<FieldSchema, { values: FieldSchema }>): JsonSchema {
  const map: JsonSchema = { type: ['object', 'null'], additionalProperties: editorField(field.values) };
  return field.fromList === true ? { anyOf: [map, { type: 'array', items: { type: 'string' } }] } : map;
}

/** Unquoted numbers and booleans are text where text is wanted. */
function scalarSchema(field: Exclude<FieldSchema, { oneOfTypes: unknown }>): JsonSchema {
  const schema = fieldSchema(field);
  const anyText = field.type === 'string' && !('unit' in field) && !('enum' in schema) && !('pattern' in schema);
  if (anyText) return { type: ['string', 'number', 'boolean'] };
  return 'unit' in field && field.unit === 'size' ? { anyOf: [schema, { type: 'integer', minimum: 0 }] } : schema;
}
