/** Sends traces to Jaeger: over OTLP, or over its older protocols, api_v2 over gRPC and Thrift over HTTP. */
import { checkGrpcHealth } from '@telemetryflow/http';
import {
  defineExporter,
  type Exporter,
  type ExporterContext,
  type ExporterDefinition,
  type HealthcheckResult,
} from '@telemetryflow/kernel';
import { checkConfig } from './check.ts';
import { FALLBACK_RULES, GRPC_RULES } from './classify.ts';
import { type JaegerConfig, schema } from './config.ts';
import { fallBack } from './fall-back.ts';
import { otlpExporter } from './otlp.ts';
import { createPostSpansExporter, postSpansTarget } from './post-spans.ts';
import { type Route, routeOf } from './route.ts';
import { settingsOf } from './settings.ts';
import { checkThriftHealth, createThriftExporter } from './thrift.ts';

export type { JaegerConfig } from './config.ts';

/**
 * The `jaeger` exporter: sends traces to Jaeger over OTLP, gRPC or Thrift.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import jaeger from '@telemetryflow/exporter-jaeger';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeJaeger, spans } from '@telemetryflow/testkit';
 *
 * const server = await fakeJaeger(); // Jaeger 1; Jaeger 2 takes OTLP, which is the default protocol
 * const config = { exporters: { jaeger: { protocol: 'http/thrift', endpoint: `${server.url}/api/traces` } } };
 * const pipeline = await createPipeline(config, { plugins: [jaeger] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'traces', records: spans(2) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.deepEqual(server.stored, ['item-0', 'item-1']);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import jaeger, { type JaegerConfig } from '@telemetryflow/exporter-jaeger';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(jaeger, { endpoint: 'http://jaeger:4318', flush_interval: '2s' });
 * const { batch_size, flush_interval } = config as JaegerConfig;
 * assert.deepEqual([batch_size, flush_interval], [100, 2000]);
 * ```
 */
const jaeger: ExporterDefinition = defineExporter<JaegerConfig>({
  module: import.meta.url,
  type: 'jaeger',
  description: 'Sends traces to Jaeger over OTLP, gRPC or Thrift.',
  starter: { endpoint: '${JAEGER_ENDPOINT:-http://jaeger:4318}' },
  signals: { traces: 'stable' },
  reads: (config) => (routeOf(config).wire.startsWith('otlp/') ? 'otlp' : 'records'),
  config: schema,
  check: checkConfig,
  sendsTo: (config) => [routeOf(config).url],
  create,
  healthcheck,
});

function create(config: JaegerConfig, context: ExporterContext): Exporter {
  const route = routeOf(config);
  switch (route.wire) {
    case 'http/thrift':
      return createThriftExporter(config, route, context);
    case 'grpc':
      return createGrpc(config, route, context);
    default:
      return otlpExporter(config).create(settingsOf(config, route), context);
  }
}

function createGrpc(config: JaegerConfig, route: Route, context: ExporterContext): Exporter {
  const thrift = thriftRoute(route);
  if (thrift === undefined) return createPostSpansExporter(config, route, GRPC_RULES, context);
  return fallBack(
    createPostSpansExporter(config, route, FALLBACK_RULES, context),
    createThriftExporter(config, thrift, context),
    context.logger,
    `no Jaeger answers gRPC at ${route.url}: spans go to ${thrift.url} as Thrift from now on`,
  );
}

/** Where Thrift goes when gRPC does not: the endpoint as it is written. */
function thriftRoute({ fallback }: Route): Route | undefined {
  return fallback === undefined ? undefined : { wire: 'http/thrift', url: fallback };
}

async function healthcheck(config: JaegerConfig, { signal }: { signal: AbortSignal }): Promise<HealthcheckResult> {
  const route = routeOf(config);
  if (route.wire === 'http/thrift') return checkThriftHealth(config, route, signal);
  if (route.wire === 'grpc') {
    const result = await checkGrpcHealth(postSpansTarget(config, route, GRPC_RULES), 'traces', signal);
    const thrift = thriftRoute(route);
    return result.ok || thrift === undefined ? result : checkThriftHealth(config, thrift, signal);
  }
  const otlp = otlpExporter(config);
  return (await otlp.healthcheck?.(settingsOf(config, route), { signal })) ?? { ok: false, message: 'no health check' };
}

export default jaeger;
