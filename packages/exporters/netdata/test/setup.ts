/** A configured exporter as the pipeline makes it, without the delivery chain. */
import { metrics as meters } from '@opentelemetry/api';
import { batchFromRecords, type Encoded, type Exporter, type Payload } from '@telemetryflow/kernel';
import {
  AggregationTemporality,
  DataPointType,
  type MetricRecord,
  type ResourceMetricsRecord,
  ValueType,
} from '@telemetryflow/otlp';
import { configureExporter, FAKE_EPOCH, type FakeClock, fakeClock, hrTime } from '@telemetryflow/testkit';
import type { OtlpBody } from '../src/encode-otlp.ts';
import type { StatsdBody } from '../src/encode-statsd.ts';
import { createExporterTo } from '../src/exporter.ts';
import netdata, { type NetdataConfig } from '../src/index.ts';
import { type Targets, targetsOf } from '../src/target.ts';

/** The decoded block, and the warnings about it. */
export async function resolved(
  block: Readonly<Record<string, unknown>> = {},
): Promise<{ config: NetdataConfig; warnings: string }> {
  const { config, warnings } = await configureExporter(netdata, block);
  return { config: config as NetdataConfig, warnings: warnings.join('\n') };
}

export interface Instance {
  readonly exporter: Exporter;
  readonly config: NetdataConfig;
  readonly clock: FakeClock;
  /** What was logged, one line each. */
  readonly log: string[];
  readonly health: Health;
}

/** What the exporter said about its state. */
export interface Health {
  /** `ok`, or what is wrong. */
  readonly said: readonly string[];
  /** Resolves when at least `count` things were said. */
  changes(count: number): Promise<void>;
}

/** `targets`: other destinations than those of the block. */
export async function instanceOf(block: Readonly<Record<string, unknown>> = {}, targets?: Targets): Promise<Instance> {
  const log: string[] = [];
  const note = (sentence: string, values?: object): void => {
    log.push(`${sentence} ${JSON.stringify(values ?? {})}`);
  };
  const clock = fakeClock();
  const silent = (): void => undefined;
  const said: string[] = [];
  let waiting: (() => void)[] = [];
  const say = (text: string): void => {
    said.push(text);
    for (const wake of waiting.splice(0)) wake();
  };
  const changes = async (count: number): Promise<void> => {
    while (said.length < count) {
      await new Promise<void>((resolve) => {
        waiting = [...waiting, resolve];
      });
    }
  };
  const { config } = await resolved(block);
  const exporter = createExporterTo(targets ?? targetsOf(config) ?? {}, config, {
    id: 'netdata',
    dataSignal: 'metrics',
    logger: { error: note, warn: note, info: note, debug: silent },
    clock,
    meter: meters.getMeter('test'),
    status: { ok: () => say('ok'), recoverable: say, permanent: say },
    signal: new AbortController().signal,
    extension: () => undefined,
  });
  return { exporter: exporter as Exporter, config, clock, log, health: { said, changes } };
}

export type Body = OtlpBody | StatsdBody;

/** Everything encode yields for these records. */
export function encodeAll(
  exporter: Exporter,
  records: readonly ResourceMetricsRecord[],
  { mode, now = FAKE_EPOCH }: { mode?: unknown; now?: number } = {},
): Exclude<Encoded<Body>, undefined>[] {
  const yielded = exporter.encode(batchFromRecords('metrics', records), { now, id: 'b', mode });
  return ([...yielded] as Encoded<Body>[]).filter((each) => each !== undefined);
}

export function payloadsOf(encoded: readonly Exclude<Encoded<Body>, undefined>[]): Payload<Body>[] {
  return encoded.filter((each): each is Payload<Body> => 'body' in each);
}

export const SEND = { signal: new AbortController().signal, attempt: 1 };

export const POINT = { startTime: hrTime(FAKE_EPOCH - 10_000), endTime: hrTime(FAKE_EPOCH), attributes: {} };

type Parts = Record<string, unknown> & { readonly name?: string; readonly unit?: string };

/** A delta gauge `m`, except for what is named. */
export function metric(parts: Parts, ...points: readonly Record<string, unknown>[]): MetricRecord {
  const { name = 'm', unit = '', ...rest } = parts;
  return {
    descriptor: { name, unit, description: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.DELTA,
    dataPointType: DataPointType.GAUGE,
    dataPoints: points.map((point) => ({ ...POINT, ...point })),
    ...rest,
  } as unknown as MetricRecord;
}

export const counter = (parts: Parts, ...points: readonly Record<string, unknown>[]): MetricRecord =>
  metric({ dataPointType: DataPointType.SUM, isMonotonic: true, ...parts }, ...points);

export function of(...metrics: readonly MetricRecord[]): ResourceMetricsRecord[] {
  return [
    { resource: { attributes: { 'service.name': 'checkout' } }, scopeMetrics: [{ scope: { name: 'lib' }, metrics }] },
  ];
}
