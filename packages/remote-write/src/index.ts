export { compareBytes, LabelSet, labelSet } from './label-set.ts';
export * from './messages.ts';
export { type NativeContext, type NativeRefusal, toCustomBuckets, toNativeHistogram } from './native-histogram.ts';
export { histogramBytes, NOTHING, RequestBuilder } from './request-builder.ts';
export { type BlockCompressor, compressBlock, loadCompressor } from './snappy.ts';
export { encodeWriteRequest } from './write-request.ts';
export { encodeWriteRequestV2 } from './write-request-v2.ts';
