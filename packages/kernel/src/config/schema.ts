/**
 * The language in which components describe their configuration: JSON Schema keywords plus a few of ours.
 * From one schema come the decoding, the validation, the README table, the editor's JSON Schema and the docs.
 *
 * Decoded types: `unit: 'duration'` -> milliseconds (number), `unit: 'size'` -> bytes (number),
 * `secret: true` -> {@link Secret}. Everything else keeps its JSON type.
 */
import type { Secret } from './secret.ts';

interface Described {
  /** One sentence for the person who writes the configuration. */
  readonly description: string;
  /** Older or other names of the same key. */
  readonly aliases?: readonly string[];
  readonly deprecated?: string;
}

/** A text. */
export interface StringSchema extends Described {
  readonly type: 'string';
  readonly enum?: readonly string[];
  readonly default?: string;
  /** `url`: absolute http(s) URL; `''` is allowed and means "none". `address`: `host:port`. */
  readonly format?: 'url' | 'address';
  readonly pattern?: string;
}

/** A text that is never printed; decoded to a `Secret`. */
export interface SecretSchema extends Described {
  readonly type: 'string';
  readonly secret: true;
}

/** A number. */
export interface NumberSchema extends Described {
  readonly type: 'number' | 'integer';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: number;
}
/** `30s`, `5m`, `1h30m`, `200ms`; decoded to milliseconds. The default is written the same way. */
export interface DurationSchema extends Described {
  readonly type: 'string';
  readonly unit: 'duration';
  readonly default?: string;
}
/** `64MiB`, `10MB`, or a number of bytes; decoded to bytes. The default is written the same way. */
export interface SizeSchema extends Described {
  readonly type: 'string';
  readonly unit: 'size';
  readonly default?: string;
}

/** A switch. */
export interface BooleanSchema extends Described {
  readonly type: 'boolean';
  readonly default?: boolean;
}

/** A list. */
export interface ArraySchema extends Described {
  readonly type: 'array';
  readonly items: FieldSchema;
  readonly default?: readonly unknown[];
  readonly minItems?: number;
}
/** A map with free keys, as headers, tags or labels. */
export interface MapSchema extends Described {
  readonly type: 'object';
  readonly values: FieldSchema;
  readonly default?: Readonly<Record<string, unknown>>;
  /** Also accepts a list of `key:value` strings (Datadog style tags). */
  readonly fromList?: boolean;
}

/** A block of options, or the whole configuration of a component. */
export interface ObjectSchema<C = unknown> extends Partial<Described> {
  readonly type: 'object';
  readonly properties: { readonly [K in keyof C]-?: FieldSchema };
  readonly required?: readonly (keyof C & string)[];
  /** Decode an absent block as `{}` with its defaults (true), or leave it undefined (false, the default). */
  readonly present?: boolean;
}
/** A value of one of several JSON types (never two of the same type), as a switch that is a boolean or an object. */
export interface UnionSchema extends Described {
  readonly oneOfTypes: readonly FieldSchema[];
  readonly default?: unknown;
}
/** Any JSON value, untouched. */
export interface AnySchema extends Described {
  readonly type: 'any';
  readonly default?: unknown;
}

/**
 * The schema of one option.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import type {
 *   AnySchema,
 *   ArraySchema,
 *   BooleanSchema,
 *   DurationSchema,
 *   MapSchema,
 *   NumberSchema,
 *   SecretSchema,
 *   SizeSchema,
 *   StringSchema,
 *   UnionSchema,
 * } from '@telemetryflow/kernel';
 * import { type FieldSchema, type ObjectSchema, toJsonSchema } from '@telemetryflow/kernel';
 *
 * const region: StringSchema = {
 *   type: 'string',
 *   enum: ['eu', 'us'],
 *   default: 'eu',
 *   description: 'Where data is kept.',
 * };
 * const api_key: SecretSchema = { type: 'string', secret: true, description: 'The API key.' };
 * const level: NumberSchema = { type: 'integer', minimum: 1, maximum: 9, description: 'Compression level.' };
 * const timeout: DurationSchema = { type: 'string', unit: 'duration', default: '30s', description: 'Longest wait.' };
 * const buffer: SizeSchema = { type: 'string', unit: 'size', default: '4MiB', description: 'Most bytes held.' };
 * const enabled: BooleanSchema = { type: 'boolean', default: true, description: 'The switch.' };
 * const labels: MapSchema = { type: 'object', values: region, fromList: true, description: 'Labels.' };
 * const hosts: ArraySchema = { type: 'array', items: region, minItems: 1, description: 'Hosts.' };
 * const compression: UnionSchema = { oneOfTypes: [enabled, level], description: 'Off, on, or a level.' };
 * const extra: AnySchema = { type: 'any', description: 'Sent as it is.' };
 * const fields: Record<string, FieldSchema> = { api_key, timeout, buffer, labels, hosts, compression, extra };
 * const schema: ObjectSchema<Record<string, unknown>> = { type: 'object', properties: fields, required: ['api_key'] };
 * const { properties } = toJsonSchema(schema) as { properties: Record<string, object> };
 * assert.deepEqual(properties['compression'], {
 *   anyOf: [{ type: 'boolean' }, { type: 'integer', minimum: 1, maximum: 9 }],
 * });
 * ```
 */
export type FieldSchema =
  | StringSchema
  | SecretSchema
  | NumberSchema
  | DurationSchema
  | SizeSchema
  | BooleanSchema
  | ArraySchema
  | MapSchema
  | (ObjectSchema<Record<string, unknown>> & Described)
  | UnionSchema
  | AnySchema;

export type { Secret };
