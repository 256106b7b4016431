export { limitAge } from './age-limit.ts';
export { classifyOtlp, type OtlpSent } from './classify.ts';
export { encodeOtlpJson, encodeOtlpProto } from './encode.ts';
export { checkOtlpEndpoint, OTLP_PATHS, type OtlpEndpoints, otlpUrl } from './endpoint.ts';
export { defineOtlpExporter, type OtlpEncode, type OtlpExporterFields, type OtlpExporterOptions } from './exporter.ts';
export { checkGrpc } from './grpc/check.ts';
export { classifyGrpcStatus, type GrpcRule, type GrpcSent, type GrpcStatus } from './grpc/classify.ts';
export { checkGrpcHealth, createGrpcExporter, type GrpcExporterTarget, type OtlpGrpcSupport } from './grpc/exporter.ts';
export { checkGrpcInstalled } from './grpc/load.ts';
export { type GrpcKeepalive, type GrpcOptions, grpcOptionsSchema } from './grpc/options.ts';
export { type OtlpConfig, otlpWire } from './options.ts';
export { encodeSelection } from './selection.ts';
export { type ItemTransform, transformItems, transformResources } from './transform-items.ts';
export {
  eventNameAsAttribute,
  hasLogAttribute,
  logTimeFromObserved,
  mapLogAttributes,
  withLogFields,
} from './transform-logs.ts';
export { type MetricTransform, type PointRule, transformMetrics } from './transform-metrics.ts';
export {
  hasSpanAttribute,
  mapSpanAttributes,
  spanEndNotBeforeStart,
  withSpanFields,
} from './transform-spans.ts';
