/** A configuration as a user writes it, with the component under test as the only plugin that there is. */
import { type Definition, type PluginLookup, resolveConfig } from '@telemetryflow/kernel';

/** Finds this component by its type and its other names, and nothing else. */
export function onlyPlugin(definition: Definition): PluginLookup {
  const names: readonly string[] = [definition.type, ...(definition.aliases ?? [])];
  return {
    find: async (kind, type) =>
      kind === definition.kind && names.includes(type)
        ? definition
        : { problem: `there is no ${kind} ${type} here`, hint: 'the testkit knows the component under test only' },
    known: () => [definition.type],
  };
}

/**
 * Resolve the text of a configuration file, which errors call `telemetry.yaml`; without `env` no variable is set.
 * @example
 * const { config } = await resolveText(loki, 'exporters:\n  loki:\n    endpoint: http://loki:3100\n');
 */
export function resolveText(
  definition: Definition,
  text: string,
  env: Readonly<Record<string, string>> = {},
): ReturnType<typeof resolveConfig> {
  return resolveConfig([{ name: 'telemetry.yaml', text }], { plugins: onlyPlugin(definition), env });
}
