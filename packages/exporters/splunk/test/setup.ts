/** A configured exporter as the pipeline makes it, without the delivery chain. */
import splunk, { type SplunkConfig } from '@telemetryflow/exporter-splunk';
import { batchFromRecords, type Encoded, type Payload } from '@telemetryflow/kernel';
import type {
  DataPointRecord,
  LogRecord,
  MetricRecord,
  RecordOf,
  ResourceMetricsRecord,
  Signal,
} from '@telemetryflow/otlp';
import { configureExporter, readSplunkEvents, type SplunkEvent, throughEncoder } from '@telemetryflow/testkit';

export const ENDPOINT = 'http://127.0.0.1:8088/services/collector';

const withDefaults = (block: Readonly<Record<string, unknown>>) => ({ endpoint: ENDPOINT, token: 'geheim', ...block });

/** The decoded block. */
export async function configOf(block: Readonly<Record<string, unknown>>): Promise<SplunkConfig> {
  return (await configureExporter(splunk, withDefaults(block))).config as SplunkConfig;
}

export const TIME: LogRecord['hrTime'] = [1_700_000_000, 123_456_789];
export const RESOURCE = { attributes: { 'host.name': 'web-1', 'service.name': 'checkout' } };

/** A record with nothing but what is named. */
export function record(parts: Partial<LogRecord> = {}): LogRecord {
  return {
    hrTime: TIME,
    hrTimeObserved: [0, 0],
    resource: RESOURCE,
    instrumentationScope: { name: '' },
    attributes: {},
    droppedAttributesCount: 0,
    body: 'hello',
    ...parts,
  };
}

/** A metric of points with nothing but what is named. */
export function metric(
  name: string,
  type: Partial<MetricRecord>,
  points: readonly Partial<DataPointRecord<unknown>>[],
): MetricRecord {
  return {
    descriptor: { name, description: '', unit: '', valueType: 1 },
    aggregationTemporality: 1,
    dataPointType: 2,
    ...type,
    dataPoints: points.map((point) => ({ startTime: [0, 0], endTime: TIME, attributes: {}, value: 1, ...point })),
  } as MetricRecord;
}

export function metricsOf(...all: readonly MetricRecord[]): ResourceMetricsRecord[] {
  return [{ resource: RESOURCE, scopeMetrics: [{ scope: { name: '' }, metrics: all }] }];
}

export interface Body {
  readonly body: Uint8Array;
  readonly events: readonly (number | readonly number[])[];
}
type Yielded = Exclude<Encoded<Body>, undefined>;

/** Everything encode yields for these records. */
export async function encodeAll<S extends Signal>(
  signal: S,
  block: Readonly<Record<string, unknown>>,
  records: readonly RecordOf[S][],
): Promise<Yielded[]> {
  const { payloads, drops } = await throughEncoder(splunk, withDefaults(block), batchFromRecords(signal, records));
  return [...payloads, ...drops] as Yielded[];
}

export function payloadsOf(encoded: readonly Yielded[]): Payload<Body>[] {
  return encoded.filter((each): each is Payload<Body> => 'body' in each);
}

export function dropsOf(encoded: readonly Yielded[]): Exclude<Yielded, Payload<Body>>[] {
  return encoded.filter((each): each is Exclude<Yielded, Payload<Body>> => 'dropped' in each);
}

/** How many items are dropped. */
export function itemsIn(drops: ReturnType<typeof dropsOf>): number {
  return drops.reduce((sum, { dropped }) => sum + ('from' in dropped ? dropped.to - dropped.from : dropped.length), 0);
}

/** The bodies, one after the other. */
export function textOf(encoded: readonly Yielded[]): string {
  return payloadsOf(encoded)
    .map(({ body }) => Buffer.from(body.body).toString())
    .join('\n');
}

/** The events, by the reader of the strict fake. */
export async function eventsOf<S extends Signal>(
  signal: S,
  block: Readonly<Record<string, unknown>>,
  records: readonly RecordOf[S][],
): Promise<SplunkEvent[]> {
  return readSplunkEvents(textOf(await encodeAll(signal, block, records)));
}
