/** Sends traces, metrics and logs to HyperDX (ClickStack), in the cloud or self-hosted, over OTLP. */
import {
  type ClassifyRules,
  defineOtlpExporter,
  logTimeFromObserved,
  spanEndNotBeforeStart,
  transformItems,
} from '@telemetryflow/http';
import type { ExporterDefinition } from '@telemetryflow/kernel';
import { authorizationOf, check, endpointsOf, type HyperdxConfig, properties } from './config.ts';

export type { HyperdxConfig } from './config.ts';

const WRONG_PORT: ClassifyRules = {
  rules: [
    {
      status: [404, 405],
      verdict: { drop: 'invalid' },
      hint: 'the endpoint must be the OTLP port 4318, not that of the user interface',
    },
  ],
};

/**
 * The `hyperdx` exporter: sends telemetry to HyperDX (ClickStack) over OTLP.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import hyperdx from '@telemetryflow/exporter-hyperdx';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeHyperdx, logs } from '@telemetryflow/testkit';
 *
 * const server = await fakeHyperdx({ authorization: 'ingestion-key' });
 * const config = { exporters: { hyperdx: { endpoint: server.url, api_key: 'ingestion-key' } } };
 * const pipeline = await createPipeline(config, { plugins: [hyperdx] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(2) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.deepEqual(server.items.logs, ['item-0', 'item-1']);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import hyperdx, { type HyperdxConfig } from '@telemetryflow/exporter-hyperdx';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(hyperdx, {
 *   endpoint: 'http://hyperdx:4318',
 *   api_key: 'ingestion-key',
 * });
 * const { encoding, flush_interval } = config as HyperdxConfig;
 * assert.deepEqual([encoding, flush_interval], ['proto', 10_000]);
 * ```
 */
const hyperdx: ExporterDefinition = defineOtlpExporter<HyperdxConfig>({
  module: import.meta.url,
  type: 'hyperdx',
  description: 'Sends telemetry to HyperDX (ClickStack) over OTLP.',
  starter: { api_key: '${HYPERDX_API_KEY}' },
  config: { properties },
  check,
  grpc: {},
  endpoints: endpointsOf,
  headers: (config) => ({ authorization: authorizationOf(config) }),
  prepare: (_config, signal, encode) => {
    if (signal === 'logs') return transformItems(encode, [logTimeFromObserved]);
    return signal === 'traces' ? transformItems(encode, [spanEndNotBeforeStart]) : encode;
  },
  authHint:
    'api_key must be the ingestion API key of Team Settings, API Keys, and goes without "Bearer" unless the server uses OIDC',
  classify: WRONG_PORT,
});

export default hyperdx;
