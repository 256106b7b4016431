/** A configured exporter as the pipeline makes it, without the delivery chain. */
import { metrics } from '@opentelemetry/api';
import splunk, { type SplunkConfig } from '@telemetryflow/exporter-splunk';
import {
  batchFromRecords,
  type Encoded,
  type Exporter,
  type Payload,
  type PluginLookup,
  resolveConfig,
} from '@telemetryflow/kernel';
import type {
  DataPointRecord,
  LogRecord,
  MetricRecord,
  RecordOf,
  ResourceMetricsRecord,
  Signal,
} from '@telemetryflow/otlp';
import { FAKE_EPOCH, fakeClock, readSplunkEvents, type SplunkEvent } from '@telemetryflow/testkit';

export const ENDPOINT = 'http://127.0.0.1:8088/services/collector';

export const plugins: PluginLookup = {
  find: async (kind, type) =>
    kind === 'exporter' && type === 'splunk' ? splunk : { problem: `no ${kind} ${type}`, hint: 'install it' },
  known: () => ['splunk'],
};

/** The decoded block. */
export async function configOf(block: Readonly<Record<string, unknown>>): Promise<SplunkConfig> {
  const source = { object: { exporters: { splunk: { endpoint: ENDPOINT, token: 'geheim', ...block } } } };
  const { config } = await resolveConfig([source], { plugins, env: {} });
  return config.exporters.get('splunk')?.config as SplunkConfig;
}

export async function instanceOf(signal: Signal, block: Readonly<Record<string, unknown>>): Promise<Exporter> {
  const log = (): undefined => undefined;
  return splunk.create(await configOf(block), {
    id: 'splunk',
    dataSignal: signal,
    logger: { error: log, warn: log, info: log, debug: log },
    clock: fakeClock(),
    meter: metrics.getMeter('test'),
    status: { ok: log, recoverable: log, permanent: log },
    signal: new AbortController().signal,
    extension: () => undefined,
  });
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
  const exporter = await instanceOf(signal, block);
  const context = { now: FAKE_EPOCH, id: 'b', mode: undefined };
  return [...exporter.encode(batchFromRecords(signal, records), context)].filter(
    (each) => each !== undefined,
  ) as Yielded[];
}

export function payloadsOf(encoded: readonly Yielded[]): Payload<Body>[] {
  return encoded.filter((each): each is Payload<Body> => 'body' in each);
}

export function dropsOf(encoded: readonly Yielded[]): Exclude<Yielded, Payload<Body>>[] {
  return encoded.filter((each): each is Exclude<Yielded, Payload<Body>> => 'dropped' in each);
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
