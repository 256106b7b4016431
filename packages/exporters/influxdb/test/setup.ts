/** Metrics, and the lines that the exporter makes of them. */
import { batchFromRecords, type Payload, type Undeliverable } from '@telemetryflow/kernel';
import {
  AggregationTemporality,
  type AttributeMap,
  DataPointType,
  type HrTime,
  type MetricRecord,
  type ResourceMetricsRecord,
  type ScopeRecord,
  ValueType,
} from '@telemetryflow/otlp';
import { throughEncoder } from '@telemetryflow/testkit';
import influxdb from '../src/index.ts';
import type { LinesMessage } from '../src/line-request.ts';

export const TIME: HrTime = [1_700_000_000, 0];
export const NOW = 1_700_000_001_000;
export const BLOCK = { endpoint: 'http://127.0.0.1:8086', version: 1, database: 't' };

interface Shape {
  readonly dataPointType?: number;
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
  readonly valueType?: number;
  readonly unit?: string;
  readonly value: unknown;
}

interface Point {
  readonly attributes?: AttributeMap;
  readonly endTime?: HrTime;
  readonly startTime?: HrTime;
  readonly flags?: number;
}

/** A metric of one point; cumulative, at {@link TIME}. */
export function metric(name: string, shape: Shape, point: Point = {}): MetricRecord {
  const { value, valueType = ValueType.DOUBLE, unit = '', ...kind } = shape;
  return {
    descriptor: { name, unit, description: '', valueType },
    dataPointType: DataPointType.GAUGE,
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    ...kind,
    dataPoints: [{ startTime: [0, 0], endTime: TIME, attributes: {}, value, ...point }],
  } as unknown as MetricRecord;
}

export const gauge = (name: string, value: unknown, point?: Point): MetricRecord => metric(name, { value }, point);
export const counter = (name: string, value: unknown, point?: Point): MetricRecord =>
  metric(name, { value, dataPointType: DataPointType.SUM, isMonotonic: true }, point);
export const histogram = (name: string, value: unknown, point?: Point): MetricRecord =>
  metric(name, { value, dataPointType: DataPointType.HISTOGRAM }, point);

export function resourceMetrics(
  metrics: readonly MetricRecord[],
  resource: AttributeMap = {},
  scope: ScopeRecord = { name: '' },
): ResourceMetricsRecord {
  return { resource: { attributes: resource }, scopeMetrics: [{ scope, metrics }] };
}

export interface Lines {
  readonly lines: readonly string[];
  readonly payloads: readonly Payload<LinesMessage>[];
  readonly drops: readonly Undeliverable[];
}

/** The lines of these metrics. */
export async function linesOf(
  records: readonly (MetricRecord | ResourceMetricsRecord)[],
  block: Readonly<Record<string, unknown>> = {},
): Promise<Lines> {
  const whole = records.map((each) => ('scopeMetrics' in each ? each : resourceMetrics([each])));
  const batch = batchFromRecords('metrics', whole);
  const { payloads, drops } = await throughEncoder(influxdb, { ...BLOCK, ...block }, batch, { now: NOW });
  const messages = payloads as readonly Payload<LinesMessage>[];
  return { lines: messages.flatMap(({ body }) => body.body.split('\n')), payloads: messages, drops };
}
