/** A configuration as a user writes it, with the component under test as the only plugin that there is. */
import { type Definition, type PluginLookup, resolveConfig } from '@telemetryflow/kernel';

/**
 * Finds this component by its type and its other names, and nothing else.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { onlyPlugin } from '@telemetryflow/testkit';
 *
 * const plugins = onlyPlugin(otlpHttp);
 * assert.equal(await plugins.find('exporter', 'otlphttp'), otlpHttp); // by its alias, too
 * const problem = await plugins.find('exporter', 'loki');
 * assert.ok('problem' in problem);
 * assert.equal(problem.problem, 'there is no exporter loki here');
 * ```
 */
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
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { resolveText } from '@telemetryflow/testkit';
 *
 * const text = 'exporters:\n  otlp_http:\n    endpoint: http://${env:HOST}:4318\n';
 * const { config } = await resolveText(otlpHttp, text, { HOST: 'collector' });
 * const block = config.exporters.get('otlp_http')?.config as { endpoint: string };
 * assert.equal(block.endpoint, 'http://collector:4318');
 * await assert.rejects(
 *   resolveText(otlpHttp, text.replace('endpoint', 'endpont')),
 *   /telemetry\.yaml:3:5 .*endpoint/s,
 * );
 * ```
 */
export function resolveText(
  definition: Definition,
  text: string,
  env: Readonly<Record<string, string>> = {},
): ReturnType<typeof resolveConfig> {
  return resolveConfig([{ name: 'telemetry.yaml', text }], { plugins: onlyPlugin(definition), env });
}
