/** Resolves what the command line names: files in order, or the built-in configuration. */
import path from 'node:path';
import { createPluginLookup, type Plugins, type Resolution, resolveConfig } from '@telemetryflow/kernel';
import { DEFAULT_CONFIG, DEFAULT_RECEIVERS } from './default-config.ts';

export interface Agent {
  readonly resolution: Resolution;
  readonly plugins: Plugins;
}

/** `files` empty means the built-in configuration. Throws a ConfigError that names every problem. */
export async function resolveAgent(files: readonly string[], resolveFrom: readonly string[] = []): Promise<Agent> {
  const [first] = files;
  const plugins = createPluginLookup({
    configFolder: first === undefined ? undefined : path.dirname(path.resolve(first)),
    resolveFrom: [...resolveFrom, import.meta.url],
  });
  const sources = files.length === 0 ? [{ object: DEFAULT_CONFIG }] : files;
  const resolution = await resolveConfig(sources, { plugins, agentDefaults: { receivers: DEFAULT_RECEIVERS } });
  return { resolution, plugins };
}
