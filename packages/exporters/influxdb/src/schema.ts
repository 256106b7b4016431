/** What a schema makes of metrics: a measurement, and the fields of each point. */
import type { Reason } from '@telemetryflow/kernel';
import type { DataPointRecord, MetricRecord } from '@telemetryflow/otlp';
import type { InfluxdbConfig } from './config.ts';
import type { FieldKeys } from './tags.ts';
import { floatText, integerText } from './text.ts';

/** One of several lines of a point, with a tag of its own. */
export interface TaggedFields {
  readonly tag?: { readonly le: string } | { readonly quantile: string };
  /** `key=value,…` */
  readonly fields: string;
}

/** Why a point cannot be written. */
export interface Refusal {
  readonly reason: Reason;
  readonly detail: string;
}

/** The points of one metric. */
export interface PointWriter {
  /** Escaped. */
  readonly measurement: string;
  /** Tells points of different metrics apart that share measurement, tags and time without sharing a field. */
  readonly series: string;
  readonly keys: FieldKeys;
  /** The fields of a point, as one line or several. */
  write(point: DataPointRecord<unknown>): string | readonly TaggedFields[] | Refusal;
}

/** Makes a writer for a metric. */
export type Schema = (metric: MetricRecord) => PointWriter;

export type SchemaOptions = Pick<InfluxdbConfig, 'integer_fields' | 'exponential_histograms'>;

/** Quantiles that are estimated of exponential histograms. */
export const QUANTILES: readonly number[] = [0.5, 0.9, 0.95, 0.99];

export const NOT_A_NUMBER: Refusal = { reason: 'invalid', detail: 'NaN, infinities and no integers as integers' };
export const MALFORMED: Refusal = { reason: 'invalid', detail: 'histograms whose bounds and counts do not match' };
export const DROPPED: Refusal = { reason: 'filtered', detail: 'exponential_histograms: drop' };

const INT = 0;

/** The value of a gauge or sum as a field value. */
export function numberText(
  metric: MetricRecord,
  { value, valueType }: DataPointRecord<unknown>,
  integers: boolean,
): string | undefined {
  const number = value as number | bigint;
  return integers && (valueType ?? metric.descriptor.valueType) === INT ? integerText(number) : floatText(number);
}

/** Field keys of a fixed set, and numbers, which are bounds and quantiles. */
export function fieldKeys(id: string, names: readonly string[], numbers = false): FieldKeys {
  const set = new Set(names);
  return { id, has: (key) => set.has(key) || (numbers && /^(\+Inf|-?\d.*)$/.test(key)) };
}

/** Fields joined, empty ones left out. */
export function joined(fields: readonly string[]): string {
  return fields.filter((field) => field !== '').join(',');
}
