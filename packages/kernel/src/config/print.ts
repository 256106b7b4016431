/** A resolved configuration in the native layout, as a person would write it, without its secrets. */
import type { Definition } from '../component/definition.ts';
import { ConfigError } from '../errors/config-error.ts';
import { blockSchema } from './component-block.ts';
import type { Configured, ResolvedConfig } from './resolved.ts';
import type { FieldSchema } from './schema.ts';
import { REDACTED, Secret } from './secret.ts';
import { formatDuration, formatSize } from './units.ts';
import { importYaml } from './yaml-source.ts';

const USER_INFO = /(:\/\/)[^/@\s]+@/g;

/**
 * Every option of every component with its value in effect; throws a {@link ConfigError} when `yaml` is missing.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPluginLookup, printConfig, resolveConfig } from '@telemetryflow/kernel';
 *
 * const source = { object: { exporters: { debug: { timeout: '90s' } } } };
 * const { config } = await resolveConfig([source], { plugins: createPluginLookup({ plugins: [debug] }) });
 * const yaml = await printConfig(config);
 * assert.match(yaml, /^ {4}timeout: 1m30s$/m);
 * assert.match(yaml, /^ {4}batch_size: 1000$/m);
 * ```
 */
export async function printConfig(config: ResolvedConfig, format: 'yaml' | 'json' = 'yaml'): Promise<string> {
  const native = nativeConfig(config);
  if (format === 'json') return `${JSON.stringify(native, null, 2)}\n`;
  const yaml = await importYaml();
  if ('code' in yaml) throw new ConfigError([yaml]);
  return yaml.stringify(native, { lineWidth: 0, aliasDuplicateObjects: false });
}

/**
 * The same as a plain object; reading it back gives the same configuration, secrets aside.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPluginLookup, nativeConfig, resolveConfig } from '@telemetryflow/kernel';
 *
 * // The other dialect, and no pipelines written.
 * const source = { object: { integrations: { debug: {} } } };
 * const { config } = await resolveConfig([source], { plugins: createPluginLookup({ plugins: [debug] }) });
 * const native = nativeConfig(config);
 * assert.deepEqual(Object.keys(native), ['exporters', 'service']);
 * const { pipelines } = native['service'] as { pipelines: object };
 * assert.deepEqual(Object.keys(pipelines), ['traces', 'metrics', 'logs']);
 * ```
 */
export function nativeConfig(config: ResolvedConfig): Readonly<Record<string, unknown>> {
  return withoutEmpty({
    extensions: section(config.extensions),
    receivers: section(config.receivers),
    processors: section(config.processors),
    connectors: section(config.connectors),
    exporters: section(config.exporters),
    service: withoutEmpty({
      extensions: [...config.serviceExtensions],
      pipelines: Object.fromEntries(
        config.pipelines.map(({ id, receivers, processors, exporters }) => [id, { receivers, processors, exporters }]),
      ),
      telemetry: {
        metrics: withoutEmpty({ ...config.telemetry.metrics }),
        logs: { ...config.telemetry.logs },
      },
      shutdown_timeout: formatDuration(config.shutdownTimeoutMs),
    }),
  });
}

function section(components: ReadonlyMap<string, Configured<Definition>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...components].map(([id, { definition, config }]) => {
      const { properties } = blockSchema(definition);
      return [id, written({ type: 'object', description: '', properties }, config)];
    }),
  );
}

/** A decoded value as it is written. Values that do not fit their schema are printed as they are. */
function written(schema: FieldSchema | undefined, value: unknown): unknown {
  if (value instanceof Secret) return REDACTED;
  if (schema !== undefined && 'oneOfTypes' in schema) return written(alternativeFor(schema.oneOfTypes, value), value);
  if (typeof value === 'number') return schema !== undefined && 'unit' in schema ? unit(schema.unit, value) : value;
  if (typeof value === 'string') return value.replaceAll(USER_INFO, `$1${REDACTED}@`);
  if (Array.isArray(value)) {
    const items = schema !== undefined && 'items' in schema ? schema.items : undefined;
    return value.map((item) => written(items, item));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, written(fieldOf(schema, key), item)]));
}

function unit(name: 'duration' | 'size', value: number): string {
  return name === 'duration' ? formatDuration(value) : formatSize(value);
}

function fieldOf(schema: FieldSchema | undefined, key: string): FieldSchema | undefined {
  if (schema === undefined || 'oneOfTypes' in schema || schema.type !== 'object') return undefined;
  if ('values' in schema) return schema.values;
  return Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
}

/** Decoded numbers of a duration or size are told from plain ones by the schema alone. */
function alternativeFor(alternatives: readonly FieldSchema[], value: unknown): FieldSchema | undefined {
  return alternatives.find((each) => {
    if ('oneOfTypes' in each) return alternativeFor(each.oneOfTypes, value) !== undefined;
    if (Array.isArray(value)) return each.type === 'array';
    if (typeof value === 'object') return each.type === 'object';
    if (typeof value === 'number') return each.type === 'number' || each.type === 'integer' || 'unit' in each;
    return each.type === typeof value;
  });
}

function withoutEmpty(object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(object).filter(
      ([, value]) =>
        value !== undefined && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0),
    ),
  );
}
