/** Records, and what the exporter makes of them. */
import type { HttpMessage } from '@telemetryflow/http';
import { batchFromRecords, type Payload, type Undeliverable } from '@telemetryflow/kernel';
import {
  AggregationTemporality,
  type AttributeMap,
  DataPointType,
  type HrTime,
  type LogRecord,
  type MetricRecord,
  type ResourceMetricsRecord,
  type ResourceRecord,
  ValueType,
} from '@telemetryflow/otlp';
import { type DynatraceLog, throughEncoder } from '@telemetryflow/testkit';
import dynatrace from '../src/index.ts';
import type { MetricsMessage } from '../src/line-request.ts';

/** 2026-01-01T00:00:00.123456789Z, and five seconds later. */
export const TIME: HrTime = [1_767_225_600, 123_456_789];
export const NOW = 1_767_225_605_000;
export const HOUR = 3_600_000;

export const BLOCK = { environment_id: 'abc12345', api_token: 'dt0c01.PUBLIC.SECRET' };

/** A metric of one point; without `endTime` it has no time. */
export function metric(
  name: string,
  shape: Partial<Pick<MetricRecord, 'dataPointType' | 'aggregationTemporality'>> & {
    isMonotonic?: boolean;
    value: unknown;
  },
  point: { attributes?: AttributeMap; endTime?: HrTime; flags?: number } = {},
  descriptor: { unit?: string; description?: string } = {},
): MetricRecord {
  const { value, ...type } = shape;
  return {
    descriptor: { name, unit: '', description: '', valueType: ValueType.DOUBLE, ...descriptor },
    dataPointType: DataPointType.GAUGE,
    aggregationTemporality: AggregationTemporality.DELTA,
    ...type,
    dataPoints: [{ startTime: [0, 0], endTime: [0, 0], attributes: {}, value, ...point }],
  } as MetricRecord;
}

export const gauge = (
  name: string,
  value: unknown,
  point?: Parameters<typeof metric>[2],
  descriptor?: Parameters<typeof metric>[3],
): MetricRecord => metric(name, { value }, point, descriptor);

export const counter = (name: string, value: number, point?: Parameters<typeof metric>[2]): MetricRecord =>
  metric(name, { value, dataPointType: DataPointType.SUM, isMonotonic: true }, point);

export const histogram = (name: string, value: unknown, point?: Parameters<typeof metric>[2]): MetricRecord =>
  metric(name, { value, dataPointType: DataPointType.HISTOGRAM }, point);

export function resourceMetrics(metrics: readonly MetricRecord[], resource: AttributeMap = {}): ResourceMetricsRecord {
  return { resource: { attributes: resource }, scopeMetrics: [{ scope: { name: '' }, metrics }] };
}

export interface Lines {
  readonly lines: readonly string[];
  readonly payloads: readonly Payload<MetricsMessage>[];
  readonly drops: readonly Undeliverable[];
}

/** The lines of these metrics. */
export async function linesOf(
  records: readonly (MetricRecord | ResourceMetricsRecord)[],
  block: Readonly<Record<string, unknown>> = {},
  { now = NOW, mode }: { readonly now?: number; readonly mode?: unknown } = {},
): Promise<Lines> {
  const whole = records.map((each) => ('scopeMetrics' in each ? each : resourceMetrics([each])));
  const batch = batchFromRecords('metrics', whole);
  const { payloads, drops } = await throughEncoder(dynatrace, { ...BLOCK, ...block }, batch, { now, mode });
  const messages = payloads as readonly Payload<MetricsMessage>[];
  return { lines: messages.flatMap(({ body }) => String(body.body).split('\n')), payloads: messages, drops };
}

export const SHOP: ResourceRecord = { attributes: { 'service.name': 'shop', 'host.name': 'web-1' } };

export function log(parts: Partial<LogRecord> = {}): LogRecord {
  return {
    hrTime: TIME,
    hrTimeObserved: [0, 0],
    resource: { attributes: {} },
    instrumentationScope: { name: '' },
    attributes: {},
    droppedAttributesCount: 0,
    ...parts,
  };
}

/** The requests of these log records, as text and read back. */
export async function logsOf(
  records: readonly LogRecord[],
  block: Readonly<Record<string, unknown>> = {},
): Promise<{
  texts: readonly string[];
  logs: readonly DynatraceLog[];
  drops: readonly Undeliverable[];
  payloads: readonly Payload[];
}> {
  const batch = batchFromRecords('logs', records);
  const { payloads, drops } = await throughEncoder(dynatrace, { ...BLOCK, ...block }, batch, { now: NOW });
  const texts = payloads.map(({ body }) => String((body as HttpMessage).body));
  return { texts, logs: texts.flatMap((text) => JSON.parse(text) as DynatraceLog[]), drops, payloads };
}
