/** Resolves what the command line names: files in order, or the built-in configuration. */
import path from 'node:path';
import { createPluginLookup, type Plugins, type Resolution, resolveConfig } from '@telemetryflow/kernel';
import { DEFAULT_CONFIG, DEFAULT_RECEIVERS } from './default-config.ts';
import type { Distro } from './distro.ts';

export interface Agent {
  readonly resolution: Resolution;
  readonly plugins: Plugins;
}

/** The components that a configuration in this folder may name. */
export function agentPlugins(distro: Distro, configFolder?: string): Plugins {
  const { components } = distro;
  if (components !== undefined) {
    return createPluginLookup({ plugins: components.map(({ definition }) => definition), discover: false });
  }
  const own = distro.resolveFrom === undefined ? [] : [distro.resolveFrom];
  return createPluginLookup({ configFolder, resolveFrom: [...own, import.meta.url] });
}

/** `files` empty means the built-in configuration. Throws a ConfigError that names every problem. */
export async function resolveAgent(files: readonly string[], distro: Distro = {}): Promise<Agent> {
  const [first] = files;
  const plugins = agentPlugins(distro, first === undefined ? undefined : path.dirname(path.resolve(first)));
  const sources = files.length === 0 ? [{ object: DEFAULT_CONFIG }] : files;
  const receivers = defaultReceivers(plugins, distro);
  const resolution = await resolveConfig(sources, { plugins, agentDefaults: { receivers } });
  return { resolution, plugins };
}

/** Those that are there: a distribution may have been built without one of them. */
function defaultReceivers(plugins: Plugins, distro: Distro): Readonly<Record<string, unknown>> {
  if (distro.components === undefined) return DEFAULT_RECEIVERS;
  const known = plugins.known('receiver');
  return Object.fromEntries(Object.entries(DEFAULT_RECEIVERS).filter(([type]) => known.includes(type)));
}
