/**
 * The types this project provides, with the other names people know them by. A name given here is an alias before
 * any package is looked for; a test compares the list with the packages of the repository.
 */
import type { ComponentKind } from '../component/definition.ts';

/** One official component. */
export interface OfficialType {
  readonly kind: ComponentKind;
  readonly type: string;
  /** Deprecated or foreign names, as the Collector's. */
  readonly aliases: readonly string[];
}

function official(kind: ComponentKind, type: string, ...aliases: string[]): OfficialType {
  return { kind, type, aliases };
}

/**
 * Every official component.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { OFFICIAL_TYPES, type OfficialType } from '@telemetryflow/kernel';
 *
 * const splunk: OfficialType | undefined = OFFICIAL_TYPES.find(({ type }) => type === 'splunk');
 * assert.deepEqual(splunk, { kind: 'exporter', type: 'splunk', aliases: ['splunk_hec'] });
 * ```
 */
export const OFFICIAL_TYPES: readonly OfficialType[] = Object.freeze([
  official('exporter', 'cloudwatch', 'aws_cloudwatch', 'awscloudwatch'),
  official('exporter', 'coroot'),
  official('exporter', 'datadog'),
  official('exporter', 'debug', 'logging'),
  official('exporter', 'dynatrace'),
  official('exporter', 'elasticsearch', 'opensearch'),
  official('exporter', 'hyperdx'),
  official('exporter', 'influxdb', 'influx'),
  official('exporter', 'instana'),
  official('exporter', 'jaeger'),
  official('exporter', 'kafka'),
  official('exporter', 'loki'),
  official('exporter', 'manageengine'),
  official('exporter', 'netdata'),
  official('exporter', 'newrelic', 'new_relic'),
  official('exporter', 'openobserve'),
  official('exporter', 'otel_js'),
  official('exporter', 'otlp_grpc', 'otlp', 'otlpgrpc'),
  official('exporter', 'otlp_http', 'otlphttp'),
  official('exporter', 'prometheus', 'prometheus_remote_write', 'prometheusremotewrite'),
  official('exporter', 'signoz'),
  official('exporter', 'splunk', 'splunk_hec'),
  official('exporter', 'webhook'),
  official('exporter', 'zipkin'),
  official('receiver', 'host_metrics', 'hostmetrics'),
  official('receiver', 'otlp'),
  official('processor', 'attributes'),
  official('processor', 'batch'),
  official('processor', 'filter'),
  official('processor', 'memory_limiter'),
  official('processor', 'probabilistic_sampler'),
  official('processor', 'resource'),
  official('extension', 'health_check', 'healthcheck'),
]);

/**
 * The type behind a name: itself, unless it is an alias of an official one.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { canonicalType } from '@telemetryflow/kernel';
 *
 * assert.equal(canonicalType('exporter', 'otlphttp'), 'otlp_http');
 * assert.equal(canonicalType('exporter', 'acme'), 'acme');
 * ```
 */
export function canonicalType(kind: ComponentKind, name: string): string {
  for (const entry of OFFICIAL_TYPES) {
    if (entry.kind === kind && entry.aliases.includes(name)) return entry.type;
  }
  return name;
}

/** The official component of this type, not looking at aliases. */
export function officialType(kind: ComponentKind, type: string): OfficialType | undefined {
  return OFFICIAL_TYPES.find((entry) => entry.kind === kind && entry.type === type);
}

/**
 * The package names that may provide a component, most official first.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { packageNames } from '@telemetryflow/kernel';
 *
 * assert.deepEqual(packageNames('exporter', 'otlp_http'), [
 *   '@telemetryflow/exporter-otlp-http',
 *   'telemetryflow-exporter-otlp-http',
 * ]);
 * ```
 */
export function packageNames(kind: ComponentKind, type: string): readonly string[] {
  const dashed = type.toLowerCase().replaceAll('_', '-');
  return [`@telemetryflow/${kind}-${dashed}`, `telemetryflow-${kind}-${dashed}`];
}
