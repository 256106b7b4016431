export { classifyOtlp, type OtlpSent, partialOutcome } from './classify.ts';
export { encodeOtlpJson, encodeOtlpProto } from './encode.ts';
export { checkOtlpEndpoint, OTLP_PATHS, type OtlpEndpoints, otlpUrl } from './endpoint.ts';
export { defineOtlpExporter, type OtlpEncode, type OtlpExporterFields, type OtlpExporterOptions } from './exporter.ts';
export type { OtlpGrpcConnect, OtlpGrpcTarget, OtlpGrpcTransport } from './grpc.ts';
export { type OtlpConfig, otlpOptionsSchema, otlpWire } from './options.ts';
