/**
 * The schema language as JSON Schema (draft 2020-12). Only keywords whose compiled form needs no helper of ajv's:
 * no minLength, maxLength, uniqueItems, format, const or enum of objects.
 */
import type { AnyObjectSchema } from './decode.ts';
import type { FieldSchema, StringSchema } from './schema.ts';

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Absolute http(s) URL, or nothing. */
const URL_PATTERN = '^$|^[hH][tT][tT][pP][sS]?://[^\\s/?#]+';
/** `host:port`, `:port`, `[::1]:port`, or nothing. */
const ADDRESS_PATTERN = '^$|^(?:\\[[0-9a-fA-F:.%]+\\]|[^\\s:/\\[\\]]*):\\d{1,5}$';
const DURATION_PATTERN = '^0+(?:\\.0+)?$|^(?:\\d+(?:\\.\\d+)?(?:ms|s|m|h|d))+$';
const SIZE_PATTERN = '^\\d+(?:\\.\\d+)?\\s*(?:[bB]|[kKmMgGtT][iI]?[bB])?$';

/**
 * What the validator checks: the block as written, under canonical keys, with types already decided.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { toJsonSchema } from '@telemetryflow/kernel';
 *
 * const properties = { wait: { type: 'integer', minimum: 3, description: 'Seconds between two polls.' } } as const;
 * assert.deepEqual(toJsonSchema({ type: 'object', properties, required: ['wait'] }), {
 *   type: 'object',
 *   properties: { wait: { type: 'integer', minimum: 3 } },
 *   required: ['wait'],
 *   additionalProperties: false,
 * });
 * ```
 */
export function toJsonSchema(schema: AnyObjectSchema): JsonSchema {
  return objectSchema(schema, (field) => fieldSchema(field));
}

/** JSON Schema of one field. */
export function fieldSchema(field: FieldSchema): JsonSchema {
  if ('oneOfTypes' in field) return { anyOf: field.oneOfTypes.map(fieldSchema) };
  switch (field.type) {
    case 'any':
      return {};
    case 'boolean':
      return { type: 'boolean' };
    case 'number':
    case 'integer':
      return clean({ type: field.type, minimum: field.minimum, maximum: field.maximum });
    case 'array':
      return clean({ type: 'array', items: fieldSchema(field.items), minItems: field.minItems });
    case 'object':
      return 'values' in field
        ? { type: 'object', additionalProperties: fieldSchema(field.values) }
        : objectSchema(field, (each) => fieldSchema(each));
    default:
      return stringSchema(field);
  }
}

/** An object of known keys, each by `of`. */
function objectSchema(schema: AnyObjectSchema, of: (field: FieldSchema) => JsonSchema): JsonSchema {
  const properties = Object.fromEntries(Object.entries(schema.properties).map(([key, field]) => [key, of(field)]));
  const required = schema.required ?? [];
  return clean({
    type: 'object',
    properties,
    required: required.length > 0 ? [...required] : undefined,
    additionalProperties: false,
  });
}

const fingerprints = new WeakMap<AnyObjectSchema, string>();

/**
 * Equal for equal schemas: ties a prebuilt validator to the definition it was built from. A schema is read once.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { schemaFingerprint } from '@telemetryflow/kernel';
 *
 * const shown = { type: 'object', properties: { id: { type: 'string', description: 'Its id.' } } } as const;
 * const other = { type: 'object', properties: { id: { type: 'string', description: 'Its name.' } } } as const;
 * assert.equal(schemaFingerprint(shown), schemaFingerprint(structuredClone(shown)));
 * assert.notEqual(schemaFingerprint(shown), schemaFingerprint(other));
 * ```
 */
export function schemaFingerprint(schema: AnyObjectSchema): string {
  let known = fingerprints.get(schema);
  if (known === undefined) {
    known = fingerprint(JSON.stringify(schema));
    fingerprints.set(schema, known);
  }
  return known;
}

/**
 * Length and FNV-1a over words of 32 bits: nobody forges a schema, and node:crypto would cost every program that creates
 * a pipeline 4 ms.
 */
function fingerprint(text: string): string {
  // Three spaces, so that the last word is whole.
  const bytes = Buffer.from(`${text}   `);
  let hash = 0x811c9dc5;
  for (let at = 0; at + 4 <= bytes.length; at += 4) hash = Math.imul(hash ^ bytes.readInt32LE(at), 0x01000193);
  return `${bytes.length}-${(hash >>> 0).toString(16)}`;
}

function stringSchema(field: Exclude<FieldSchema, { oneOfTypes: unknown }>): JsonSchema {
  if ('secret' in field) return { type: 'string' };
  if ('unit' in field) {
    return { type: 'string', pattern: field.unit === 'duration' ? DURATION_PATTERN : SIZE_PATTERN };
  }
  const text = field as StringSchema;
  return clean({ type: 'string', enum: text.enum, pattern: patternOf(text) });
}

function patternOf(text: StringSchema): string | undefined {
  if (text.format === 'url') return URL_PATTERN;
  return text.format === 'address' ? ADDRESS_PATTERN : text.pattern;
}

function clean(schema: Readonly<Record<string, unknown>>): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));
}
