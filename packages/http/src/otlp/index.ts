export { classifyOtlp, type OtlpSent, partialOutcome } from './classify.ts';
export { encodeOtlpJson, encodeOtlpProto } from './encode.ts';
export { checkOtlpEndpoint, OTLP_PATHS, type OtlpEndpoints, otlpUrl } from './endpoint.ts';
export { defineOtlpExporter, type OtlpEncode, type OtlpExporterFields, type OtlpExporterOptions } from './exporter.ts';
export type { OtlpGrpcSupport } from './grpc/exporter.ts';
export { type GrpcKeepalive, type GrpcOptions, grpcOptionsSchema } from './grpc/options.ts';
export { type OtlpConfig, otlpOptionsSchema, otlpWire } from './options.ts';
