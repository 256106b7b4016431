/** Configurations, records and encoders for the tests of this package. */
import datadog, { type DatadogConfig } from '@telemetryflow/exporter-datadog';
import { batchFromRecords, type Encoded, type Exporter, type Items, type Payload } from '@telemetryflow/kernel';
import {
  AggregationTemporality,
  DataPointType,
  type HrTime,
  type LogRecord,
  type MetricRecord,
  type RecordOf,
  type ResourceMetricsRecord,
  type Signal,
  ValueType,
} from '@telemetryflow/otlp';
import { configureExporter, exporterFor } from '@telemetryflow/testkit';
import type { DatadogMessage } from '../src/message.ts';

export const KEY = '0123456789abcdef0123456789abcdef';
/** A whole second. */
export const NOW = 1_700_000_010_000;
export const TIME: HrTime = [1_700_000_010, 0];
export const START: HrTime = [1_700_000_000, 0];

/** The configuration that a block becomes through the kernel's own decoding. */
export async function configOf(block: Readonly<Record<string, unknown>> = {}): Promise<DatadogConfig> {
  return (await configureExporter(datadog, withKey(block))).config as DatadogConfig;
}

const withKey = (block: Readonly<Record<string, unknown>>) => ({ api_key: KEY, hostname: '', ...block });

export function exporterOf(signal: Signal, block: Readonly<Record<string, unknown>> = {}): Promise<Exporter> {
  return exporterFor(datadog, withKey(block), signal);
}

export interface Encoding {
  readonly payloads: readonly Payload<DatadogMessage>[];
  readonly drops: readonly { readonly items: readonly number[]; readonly reason: string; readonly detail?: string }[];
}

/** Everything an exporter makes of these records. */
export async function encode<S extends Signal>(
  signal: S,
  records: readonly RecordOf[S][],
  block: Readonly<Record<string, unknown>> = {},
  now: number = NOW,
): Promise<Encoding> {
  const exporter = await exporterOf(signal, block);
  const context = { now, id: 'b', mode: undefined };
  return sorted(exporter.encode(batchFromRecords(signal, records), context) as Iterable<Encoded<DatadogMessage>>);
}

export function sorted(encoded: Iterable<Encoded<DatadogMessage>>): Encoding {
  const payloads: Payload<DatadogMessage>[] = [];
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

/** The body of the only request of the only payload. */
export function bodyOf({ payloads }: Encoding, request = 0): Buffer {
  if (payloads.length !== 1) throw new Error(`${payloads.length} payloads instead of one`);
  return Buffer.from((payloads[0]?.body.requests[request]?.body ?? '') as string | Uint8Array);
}

export interface PointParts {
  readonly attributes?: object;
  readonly startTime?: HrTime;
  readonly endTime?: HrTime;
  readonly flags?: number;
  readonly value: unknown;
}

/** A metric with these points; delta unless told otherwise. */
export function metric(
  name: string,
  type: {
    readonly dataPointType: number;
    readonly isMonotonic?: boolean;
    readonly cumulative?: boolean;
    readonly unit?: string;
  },
  ...points: readonly PointParts[]
): MetricRecord {
  const { cumulative = false, unit = '1', ...shape } = type;
  return {
    descriptor: { name, unit, description: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: cumulative ? AggregationTemporality.CUMULATIVE : AggregationTemporality.DELTA,
    ...shape,
    dataPoints: points.map((point) => ({ startTime: START, endTime: TIME, attributes: {}, ...point })),
  } as MetricRecord;
}

export const SUM = { dataPointType: DataPointType.SUM, isMonotonic: true } as const;
export const GAUGE = { dataPointType: DataPointType.GAUGE } as const;
export const HISTOGRAM = { dataPointType: DataPointType.HISTOGRAM } as const;
export const EXPONENTIAL = { dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM } as const;
export const SUMMARY = { dataPointType: DataPointType.SUMMARY } as const;

/** The resource of the examples. */
export const CHECKOUT = {
  'service.name': 'checkout',
  'deployment.environment.name': 'production',
  'host.name': 'web-1',
} as const;

export function ofResource(attributes: object, ...metrics: readonly MetricRecord[]): ResourceMetricsRecord[] {
  return [
    {
      resource: { attributes: attributes as ResourceMetricsRecord['resource']['attributes'] },
      scopeMetrics: [{ scope: { name: 'scope', version: '1' }, metrics }],
    },
  ];
}

/** A record with nothing but what is named. */
export function log(parts: Partial<LogRecord> = {}): LogRecord {
  return {
    hrTime: TIME,
    hrTimeObserved: [0, 0],
    body: 'hi',
    resource: { attributes: {} },
    instrumentationScope: { name: '' },
    attributes: {},
    droppedAttributesCount: 0,
    ...parts,
  };
}
