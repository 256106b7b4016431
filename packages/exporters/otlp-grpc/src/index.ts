/** Sends traces, metrics and logs over OTLP/gRPC, to any backend that takes OTLP. */
import { defineOtlpExporter } from '@telemetryflow/http';
import type { ExporterDefinition } from '@telemetryflow/kernel';
import { type OtlpGrpcConfig, properties } from './config.ts';

export type { OtlpGrpcConfig } from './config.ts';

/**
 * The `otlp_grpc` exporter: sends traces, metrics and logs over OTLP/gRPC.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpGrpc from '@telemetryflow/exporter-otlp-grpc';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import otlpReceiver from '@telemetryflow/receiver-otlp';
 * import { fakeOtlp, spans } from '@telemetryflow/testkit';
 *
 * // An OTLP/gRPC server: another pipeline, whose port is in its log.
 * let port: unknown;
 * const quiet = () => undefined;
 * const info = (_message: string, details?: Record<string, unknown>) => void (port ??= details?.['port']);
 * const backend = await fakeOtlp();
 * const receivers = { otlp: { protocols: { grpc: { endpoint: '127.0.0.1:0' } } } };
 * const server = await createPipeline(
 *   { receivers, exporters: { otlp_http: { endpoint: backend.url } } },
 *   { plugins: [otlpReceiver, otlpHttp], logger: { error: quiet, warn: quiet, info, debug: quiet } },
 * );
 * await server.start();
 * const config = { exporters: { otlp_grpc: { endpoint: `http://127.0.0.1:${port}` } } };
 * const pipeline = await createPipeline(config, { plugins: [otlpGrpc] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'traces', records: spans(2) });
 * await pipeline.shutdown();
 * await server.shutdown();
 * await backend.close();
 * assert.deepEqual(backend.items.traces, ['item-0', 'item-1']);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpGrpc, { type OtlpGrpcConfig } from '@telemetryflow/exporter-otlp-grpc';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(otlpGrpc, {
 *   endpoint: 'http://collector:4317',
 *   balancer_name: 'round_robin',
 * });
 * const { timeout, balancer_name } = config as OtlpGrpcConfig;
 * assert.deepEqual([timeout, balancer_name], [30_000, 'round_robin']);
 * ```
 */
const otlpGrpc: ExporterDefinition = defineOtlpExporter<OtlpGrpcConfig>({
  module: import.meta.url,
  type: 'otlp_grpc',
  aliases: ['otlp', 'otlpgrpc'],
  description: 'Sends traces, metrics and logs over OTLP/gRPC.',
  starter: { endpoint: '${OTLP_GRPC_ENDPOINT:-http://collector:4317}' },
  config: { properties },
  grpc: {
    load: () => import('@grpc/grpc-js'),
    options: ({ keepalive, authority, balancer_name }) => ({ keepalive, authority, balancer_name }),
  },
});

export default otlpGrpc;
