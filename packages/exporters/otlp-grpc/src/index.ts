/** Sends traces, metrics and logs over OTLP/gRPC, to any backend that takes OTLP. */
import { defineOtlpExporter } from '@telemetryflow/http';
import type { ExporterDefinition } from '@telemetryflow/kernel';
import { type OtlpGrpcConfig, properties } from './config.ts';

export type { OtlpGrpcConfig } from './config.ts';

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
