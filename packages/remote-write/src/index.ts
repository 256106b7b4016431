export { LabelSet, labelSet } from './label-set.ts';
export {
  type Exemplar,
  METRIC_TYPE,
  type Metadata,
  type NativeBuckets,
  type NativeHistogram,
  STALE,
} from './messages.ts';
export { type NativeContext, type NativeRefusal, toCustomBuckets, toNativeHistogram } from './native-histogram.ts';
export {
  type MetricsDrop,
  type MetricsEncodeContext,
  MetricsEncoder,
  type MetricsEncoderOptions,
  type MetricsRequest,
} from './otel/encoder.ts';
export type { LabelOptions } from './otel/labels.ts';
export {
  labelName,
  metricName,
  type NameKind,
  TRANSLATION_STRATEGIES,
  type TranslationStrategy,
} from './otel/names.ts';
export type { PointRefusal, SampleOptions } from './otel/point-samples.ts';
export { type MetricsRefusal, REFUSAL_REASONS, type RefusalReason } from './otel/refusal-reasons.ts';
export { NOTHING, RequestBuilder } from './request-builder.ts';
export { REQUEST_HEADERS } from './request-headers.ts';
export { type BlockCompressor, compressBlock, loadCompressor } from './snappy.ts';
export { WireWriter } from './wire.ts';
