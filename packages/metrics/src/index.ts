export type { Refusal } from './arithmetic.ts';
export { addCounts, equalCounts, narrow, subtractCounts, sumCounts } from './counts.ts';
export { hasValidBuckets, mergeExplicit, rebucket, sameBoundaries, subtractExplicit } from './explicit.ts';
export {
  DEFAULT_MAX_BUCKETS,
  downscale,
  downscaleRange,
  exponentialBound,
  limitBuckets,
  mergeExponential,
  raiseZeroThreshold,
  subtractExponential,
  trimRange,
} from './exponential.ts';
export * from './points.ts';
export { attributesKey, metricKey, scopeKey } from './series-key.ts';
export type { StoreStats } from './series-store.ts';
export {
  type Conversion,
  createTemporalityConverter,
  type TemporalityConverter,
  type TemporalityOptions,
  type TemporalityStats,
  type Unconverted,
} from './temporality.ts';
