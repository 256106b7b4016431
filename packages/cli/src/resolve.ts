/** Resolves what the command line names: files in order, or the built-in configuration. */
import path from 'node:path';
import {
  type ComponentKind,
  createPluginLookup,
  type Plugins,
  type Resolution,
  resolveConfig,
} from '@telemetryflow/kernel';
import type { Distro } from './distro.ts';

/** Receivers for a configuration that names none: the rule is announced in one line when it applies. */
const DEFAULT_RECEIVERS = { otlp: {}, host_metrics: { collection_interval: '10s' } } as const;

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
  const { builtIn } = distro;
  const sources = files.length === 0 && builtIn !== undefined ? [{ object: builtIn.config }] : files;
  const receivers = await defaultReceivers(plugins);
  const resolution = await resolveConfig(sources, { plugins, agentDefaults: { receivers } });
  return { resolution, plugins };
}

/** Every type of the kind that is there, without running its code. */
export async function installedTypes(plugins: Plugins, kind: ComponentKind): Promise<readonly string[]> {
  return (await plugins.installed()).filter((each) => each.kind === kind).map(({ type }) => type);
}

/** Those that are there. Where none is, all: then the configuration is refused with what to install. */
export async function defaultReceivers(plugins: Plugins): Promise<Readonly<Record<string, unknown>>> {
  const installed = await installedTypes(plugins, 'receiver');
  const there = Object.entries(DEFAULT_RECEIVERS).filter(([type]) => installed.includes(type));
  return there.length === 0 ? DEFAULT_RECEIVERS : Object.fromEntries(there);
}
