/** The host_metrics receiver: measures the machine by the OpenTelemetry semantic conventions. */
import { defineReceiver, didYouMean, type Problem, type ReceiverDefinition } from '@telemetryflow/kernel';
import { configSchema, type HostMetricsConfig } from './config.ts';
import { METRIC_NAMES } from './metric-names.ts';
import { HostMetricsReceiver } from './receiver.ts';
import { SCRAPERS } from './scrapers.ts';

export type { HostMetricsConfig };

/**
 * The `host_metrics` receiver: measures the host: cpu, load, memory, paging, disk, filesystem, network and processes.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { decode } from '@telemetryflow/otlp';
 * import hostMetrics from '@telemetryflow/receiver-host-metrics';
 * import { otlpBody, startBackend } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend();
 * const receivers = { host_metrics: { collection_interval: '1s', scrapers: { memory: {} } } };
 * const config = { receivers, exporters: { otlp_http: { endpoint: backend.url } } };
 * const pipeline = await createPipeline(config, { plugins: [hostMetrics, otlpHttp] });
 * await pipeline.start();
 * await backend.received(1);
 * await pipeline.shutdown();
 * await backend.close();
 * const [machine] = backend.requests.flatMap((request) => decode('metrics', otlpBody(request)));
 * const names = machine?.scopeMetrics.flatMap((scope) =>
 *   scope.metrics.map(({ descriptor }) => descriptor.name),
 * );
 * assert.ok(names?.includes('system.memory.usage'));
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPluginLookup, resolveConfig } from '@telemetryflow/kernel';
 * import hostMetrics, { type HostMetricsConfig } from '@telemetryflow/receiver-host-metrics';
 *
 * // A block as the receiver gets it: with its defaults, durations in milliseconds.
 * const object = { receivers: { host_metrics: { collection_interval: '30s' } }, exporters: { debug: {} } };
 * const plugins = createPluginLookup({ plugins: [hostMetrics, debug], discover: false });
 * const { config } = await resolveConfig([{ object }], { plugins });
 * const { collection_interval, root_path } = config.receivers.get('host_metrics')?.config as HostMetricsConfig;
 * assert.deepEqual([collection_interval, root_path], [30_000, '']);
 * ```
 */
const definition: ReceiverDefinition = defineReceiver<HostMetricsConfig>({
  module: import.meta.url,
  type: 'host_metrics',
  aliases: ['hostmetrics'],
  description: 'Measures the host: cpu, load, memory, paging, disk, filesystem, network and processes.',
  starter: { collection_interval: '10s', root_path: '${HOST_ROOT:-}' },
  signals: { metrics: 'stable' },
  config: configSchema,
  check: (config) => [
    ...checkInterval(config),
    ...checkSwitches(config),
    ...checkPatterns(config.scrapers, ['scrapers']),
  ],
  create: (config, context) => new HostMetricsReceiver(config, context),
});
export default definition;

function checkInterval(config: HostMetricsConfig): Problem[] {
  if (config.collection_interval >= 100) return [];
  const hint = 'Use 1s or more; 10s is the default.';
  return [{ path: ['collection_interval'], message: 'an interval below 100ms measures nothing useful', hint }];
}

/** A switch for a metric that there is not changes nothing: the Collector has some that we have not. */
function checkSwitches({ scrapers }: HostMetricsConfig): Problem[] {
  return SCRAPERS.flatMap((scraper) => {
    const names = METRIC_NAMES[scraper];
    const unknown = Object.keys(scrapers[scraper]?.metrics ?? {}).filter((name) => !names.includes(name));
    return unknown.map((name): Problem => {
      const hint = didYouMean(name, names) ?? `It has ${names.join(', ')}.`;
      const message = `the ${scraper} scraper has no metric ${name}`;
      return { path: ['scrapers', scraper, 'metrics', name], message, hint, severity: 'warning' };
    });
  });
}

/** Every list under `match_type: regexp` must hold regular expressions. */
function checkPatterns(node: object, path: readonly (string | number)[]): Problem[] {
  const problems: Problem[] = [];
  const byPattern = 'match_type' in node && node.match_type === 'regexp';
  for (const [key, value] of Object.entries(node)) {
    if (byPattern && Array.isArray(value)) {
      for (const [index, pattern] of value.entries()) {
        const fault = patternFault(String(pattern));
        if (fault !== undefined)
          problems.push({
            path: [...path, key, index],
            message: fault,
            hint: 'Correct the pattern, or use match_type: strict.',
          });
      }
    } else if (typeof value === 'object' && value !== null) problems.push(...checkPatterns(value, [...path, key]));
  }
  return problems;
}

function patternFault(pattern: string): string | undefined {
  try {
    new RegExp(pattern, 'u');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
