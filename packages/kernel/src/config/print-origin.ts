/** A resolved configuration with the origin of each value beside it. */
import type { ScalarTag } from 'yaml';
import { ConfigError } from '../errors/config-error.ts';
import { type ConfigPath, formatPath } from '../errors/problem.ts';
import { leaves } from './leaves.ts';
import { describeOrigin, nearestOrigin } from './origin.ts';
import { nativeConfig } from './print.ts';
import type { Resolution } from './resolve.ts';
import { importYaml } from './yaml-source.ts';

/**
 * As `yaml` the configuration of `printConfig` with a comment behind each value, as `json` a list of
 * `{ path, value, origin }`. `object` is what a JS object is called. Throws a {@link ConfigError} when `yaml` is missing.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPluginLookup, printOrigins, resolveConfig } from '@telemetryflow/kernel';
 *
 * const source = { name: 'telemetry.yaml', text: 'exporters:\n  debug:\n    timeout: 90s\n' };
 * const resolution = await resolveConfig([source], { plugins: createPluginLookup({ plugins: [debug] }) });
 * const yaml = await printOrigins(resolution);
 * assert.match(yaml, /^ {4}timeout: 1m30s # telemetry\.yaml:3:14$/m);
 * assert.match(yaml, /^ {4}batch_size: 1000 # default$/m);
 * ```
 */
export async function printOrigins(
  { config, origins }: Pick<Resolution, 'config' | 'origins'>,
  format: 'yaml' | 'json' = 'yaml',
  options: { readonly object?: string } = {},
): Promise<string> {
  const originAt = (path: ConfigPath): string => {
    const origin = nearestOrigin(origins, path);
    return origin === undefined ? 'default' : describeOrigin(origin, options);
  };
  const native = nativeConfig(config);
  if (format === 'json') {
    const rows = [...leaves(native)].map(([path, value]) => ({
      path: formatPath(path),
      value,
      origin: originAt(path),
    }));
    return `${JSON.stringify(rows, null, 2)}\n`;
  }
  const yaml = await importYaml();
  if ('code' in yaml) throw new ConfigError([yaml]);
  const document = new yaml.Document(native, { aliasDuplicateObjects: false, customTags: (tags) => [...tags, EMPTY] });
  for (const [path, value] of leaves(native)) {
    const node = new yaml.Scalar(typeof value === 'object' && value !== null ? new Empty(value) : value);
    node.comment = ` ${originAt(path)}`;
    document.setIn(path, node);
  }
  return document.toString({ lineWidth: 0 });
}

/** An empty map or list, as a scalar: behind a collection a comment would get a line of its own. */
class Empty {
  readonly text: string;
  constructor(value: object) {
    this.text = Array.isArray(value) ? '[]' : '{}';
  }
}

const EMPTY: ScalarTag = {
  tag: 'tag:telemetryflow:empty',
  default: true,
  identify: (value) => value instanceof Empty,
  resolve: (text) => text,
  stringify: ({ value }) => (value as Empty).text,
};
