/** Batches, configurations and payloads for the tests of this package. */

import {
  batchFromRecords,
  type Encoded,
  type Items,
  type LogBatch,
  type MetricBatch,
  type Payload,
} from '@telemetryflow/kernel';
import {
  AggregationTemporality,
  DataPointType,
  type HrTime,
  type LogRecord,
  type MetricRecord,
  type ResourceMetricsRecord,
  type ResourceRecord,
  ValueType,
} from '@telemetryflow/otlp';
import { configureExporter } from '@telemetryflow/testkit';
import cloudwatch, { type CloudwatchConfig } from '../src/index.ts';

/** 123 ms after a full second. */
export const TIME: HrTime = [1_700_000_000, 123_456_789];
export const NOW = 1_700_000_001_000;
export const HOUR = 3_600_000;

/** The configuration that a block becomes through the kernel's own decoding. */
export async function configure(block: Record<string, unknown> = {}): Promise<CloudwatchConfig> {
  return (await configureExporter(cloudwatch, { region: 'us-west-2', ...block })).config as CloudwatchConfig;
}

export const RESOURCE: ResourceRecord = { attributes: { 'service.name': 'checkout' } };

/** A metric of one point. */
export function metric(
  name: string,
  unit: string,
  shape: { readonly dataPointType: number; readonly isMonotonic?: boolean; readonly value: unknown },
  point: { readonly attributes?: object; readonly endTime?: HrTime; readonly flags?: number } = {},
): MetricRecord {
  const { value, ...type } = shape;
  return {
    descriptor: { name, unit, description: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.DELTA,
    ...type,
    dataPoints: [{ startTime: [1_699_999_940, 0], endTime: TIME, attributes: {}, ...point, value }],
  } as MetricRecord;
}

export function gauge(
  name: string,
  value: unknown,
  point: Parameters<typeof metric>[3] = {},
  unit = '1',
): MetricRecord {
  return metric(name, unit, { dataPointType: DataPointType.GAUGE, value }, point);
}

export function histogram(value: object, unit = 'ms'): MetricRecord {
  return metric('http.latency', unit, { dataPointType: DataPointType.HISTOGRAM, value });
}

export function metricBatch(
  metrics: readonly MetricRecord[],
  resource: ResourceRecord = { attributes: {} },
): MetricBatch {
  const record: ResourceMetricsRecord = {
    resource,
    scopeMetrics: [{ scope: { name: 'auth', version: '1.0' }, metrics }],
  };
  return batchFromRecords('metrics', [record]);
}

export function log(changes: Partial<LogRecord> = {}): LogRecord {
  return {
    hrTime: TIME,
    hrTimeObserved: [0, 0],
    body: 'hi',
    attributes: {},
    droppedAttributesCount: 0,
    resource: RESOURCE,
    instrumentationScope: { name: 'auth', version: '1.0' },
    ...changes,
  };
}

export function logBatch(records: readonly LogRecord[]): LogBatch {
  return batchFromRecords('logs', records);
}

export interface Split<B> {
  readonly payloads: readonly Payload<B>[];
  readonly drops: readonly { readonly items: readonly number[]; readonly reason: string; readonly detail?: string }[];
}

/** The payloads and drops among what `encode` yielded. */
export function split<B>(encoded: Iterable<Encoded<B>>): Split<B> {
  const payloads: Payload<B>[] = [];
  const drops: { items: readonly number[]; reason: string; detail?: string }[] = [];
  for (const each of encoded) {
    if (each === undefined) continue;
    if ('dropped' in each) {
      const { dropped, reason, detail } = each;
      drops.push({ items: numbers(dropped), reason, ...(detail !== undefined && { detail }) });
    } else payloads.push(each);
  }
  return { payloads, drops };
}

/** Items as numbers. */
export function numbers(items: Items): readonly number[] {
  return 'from' in items ? Array.from({ length: items.to - items.from }, (_, i) => items.from + i) : items;
}
