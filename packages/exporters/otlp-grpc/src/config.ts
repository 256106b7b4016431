/** Configuration of the `otlp_grpc` exporter: the options of every OTLP exporter, under the Collector's names too. */
import { type GrpcOptions, grpcOptionsSchema, type OtlpConfig, type OtlpExporterFields } from '@telemetryflow/http';
import type { FieldSchema } from '@telemetryflow/kernel';

/** Decoded configuration. */
export interface OtlpGrpcConfig extends OtlpConfig, GrpcOptions {}

function endpointOf(signal: string): FieldSchema {
  return { type: 'string', default: '', description: `Endpoint for ${signal}; empty means endpoint.` };
}

export const properties: OtlpExporterFields<OtlpGrpcConfig> = {
  endpoint: {
    type: 'string',
    default: '',
    description:
      'Server, as localhost:4317, http://localhost:4317 or unix:/path. http:// is plain and https:// is TLS; without either it is TLS unless tls.insecure is set.',
  },
  traces_endpoint: endpointOf('traces'),
  metrics_endpoint: endpointOf('metrics'),
  logs_endpoint: endpointOf('logs'),
  protocol: { type: 'string', enum: ['grpc'], default: 'grpc', description: 'Always grpc.' },
  encoding: { type: 'string', enum: ['proto', 'protobuf'], default: 'proto', description: 'Always protobuf.' },
  compression: {
    description: 'Compression of messages: gzip or none (true means gzip).',
    default: 'gzip',
    oneOfTypes: [
      { type: 'string', enum: ['gzip', 'none'], description: 'gzip or none.' },
      { type: 'boolean', description: 'gzip or none.' },
    ],
  },
  ...grpcOptionsSchema,
};
