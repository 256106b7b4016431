export type { Refusal } from './arithmetic.ts';
export { type Bucket, bucketsOf, type Histogram, isExponential, repairCount } from './buckets.ts';
export { addCounts, subtractCounts, sumCounts } from './counts.ts';
export { decimalText } from './decimal-text.ts';
export { quantileOf, type Statistics, statisticsOf } from './estimates.ts';
export { hasValidBuckets, mergeExplicit, rebucket, sameBoundaries, subtractExplicit } from './explicit.ts';
export {
  downscale,
  exponentialBound,
  limitBuckets,
  mergeExponential,
  raiseZeroThreshold,
  subtractExponential,
} from './exponential.ts';
export {
  type AttributesLike,
  type Count,
  CUMULATIVE,
  type DataPointLike,
  DELTA,
  type ExplicitHistogram,
  type ExponentialHistogram,
  type ExponentialRange,
  hasNoRecordedValue,
  type MetricLike,
  POINT_TYPE,
  type ResourceMetricsLike,
  type ScopeMetricsLike,
  type Summary,
  type Time,
} from './points.ts';
export { type Representative, representativesOf } from './representatives.ts';
export { attributesKey, metricKey, scopeKey } from './series-key.ts';
export type { StoreStats } from './series-store.ts';
export {
  type Conversion,
  createTemporalityConverter,
  type Summaries,
  type TemporalityConverter,
  type TemporalityOptions,
  type TemporalityStats,
  type Unconverted,
} from './temporality.ts';
export { exponentialToExplicit, type ToExplicitOptions } from './to-explicit.ts';
