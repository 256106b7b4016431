/** Data points to OTLP requests with which an Agent makes the same charts every time. Pure. */
import { encodeOtlpProto } from '@telemetryflow/http';
import { type Batch, batchFromRecords, type EncodeContext, type Encoded, Refusals } from '@telemetryflow/kernel';
import { attributesKey, exponentialToExplicit, metricKey, scopeKey } from '@telemetryflow/metrics';
import {
  AttributeChanges,
  type AttributeMap,
  type DataPointRecord,
  DataPointType,
  type HrTime,
  hrTimeIsZero,
  type MetricRecord,
  type ResourceMetricsRecord,
  type ScopeMetricsRecord,
  valueToText,
} from '@telemetryflow/otlp';
import { type Chart, chartCost } from './charts.ts';
import type { NetdataConfig } from './config.ts';
import { pointProblem } from './point-problem.ts';
import { resourceChange } from './resource.ts';
import { SeriesIds } from './series-id.ts';

/** An OTLP request, with the charts of its items in order. */
export interface OtlpBody {
  readonly kind: 'otlp';
  readonly body: Uint8Array;
  readonly charts: readonly Chart[];
}

/** Agents take 4 MiB, decompressed. */
export const MAX_BYTES: number = 3.5 * 1024 * 1024;
const MAX_NAME = 200;
/** Dimensions of a heat map; at powers of two they are the same for every point. */
const EXPLICIT = { maxBoundaries: 40, maxScale: 0 };
const TURN = 256;

type Point = DataPointRecord<unknown>;

export function otlpEncoder(
  config: NetdataConfig,
): (batch: Batch<'metrics'>, context: Pick<EncodeContext, 'now'>) => Generator<Encoded<OtlpBody>> {
  const change = resourceChange(config);

  return function* encode(batch, { now }) {
    const time: HrTime = [Math.floor(now / 1000), Math.floor(now % 1000) * 1_000_000];
    const refusals = new Refusals();
    const items: number[] = [];
    const charts: Chart[] = [];
    let item = -1;
    const records: ResourceMetricsRecord[] = [];
    for (const { resource, scopeMetrics } of batch.records()) {
      const sent = change(resource);
      const resourceKey = attributesKey(sent.attributes);
      const scopes: ScopeMetricsRecord[] = [];
      for (const { scope, metrics } of scopeMetrics) {
        const prefix = resourceKey + scopeKey(scope);
        const kept: MetricRecord[] = [];
        for (const metric of metrics) {
          const ready = readyMetric(metric);
          const shared = `${prefix}${metricKey(ready)}${ready.aggregationTemporality}${ready.descriptor.description}`;
          const ids = new SeriesIds(shared);
          const cost = chartCost(ready);
          const points: Point[] = [];
          for (const point of metric.dataPoints) {
            item++;
            if (item % TURN === TURN - 1) yield;
            const problem = pointProblem(metric, point);
            if (problem !== undefined) {
              refusals.add(problem.reason, problem.detail, item);
              continue;
            }
            const next = readyPoint(metric, point, time);
            points.push(next);
            items.push(item);
            charts.push({ id: ids.of(next.attributes), cost });
          }
          if (points.length > 0) kept.push({ ...ready, dataPoints: points } as MetricRecord);
        }
        if (kept.length > 0) scopes.push({ scope: { ...scope, droppedAttributesCount: 0 }, metrics: kept });
      }
      if (scopes.length > 0) records.push({ resource: sent, scopeMetrics: scopes });
    }
    if (items.length > 0) {
      for (const each of encodeOtlpProto(batchFromRecords('metrics', records) as Batch, MAX_BYTES)) {
        if (each === undefined) yield;
        else if ('dropped' in each) yield { ...each, dropped: select(items, each.dropped) };
        else {
          const body = { kind: 'otlp', body: each.body, charts: select(charts, each.items) } as const;
          yield { body, items: select(items, each.items) };
        }
      }
    }
    yield* refusals.end();
  };
}

function select<T>(all: readonly T[], items: Parameters<Batch['select']>[0]): readonly T[] {
  return 'from' in items ? all.slice(items.from, items.to) : items.flatMap((at) => all[at] ?? []);
}

/** A name that survives the Agent's line protocol, and no exponential histogram, which it ignores. */
function readyMetric(metric: MetricRecord): MetricRecord {
  const { name, description, unit, valueType } = metric.descriptor;
  const descriptor = {
    name: name.replaceAll(/[^A-Za-z0-9_.\-/]/g, '_').slice(0, MAX_NAME),
    description,
    unit,
    valueType,
  };
  if (metric.dataPointType !== DataPointType.EXPONENTIAL_HISTOGRAM) return { ...metric, descriptor };
  return { ...metric, descriptor, dataPointType: DataPointType.HISTOGRAM } as unknown as MetricRecord;
}

/** The same object where nothing has to change. Exemplars are left out: an Agent ignores them. */
function readyPoint(metric: MetricRecord, point: MetricRecord['dataPoints'][number], now: HrTime): Point {
  const attributes = labels(point.attributes);
  const value = readyValue(metric, point.value);
  const untimed = hrTimeIsZero(point.endTime);
  if (attributes === point.attributes && value === point.value && !untimed && point.exemplars === undefined)
    return point;
  const { exemplars: _, ...rest } = point;
  return { ...rest, value, endTime: untimed ? now : point.endTime, attributes };
}

function readyValue({ dataPointType }: MetricRecord, value: unknown): unknown {
  switch (dataPointType) {
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return exponentialToExplicit(value as Parameters<typeof exponentialToExplicit>[0], EXPLICIT);
    case DataPointType.SUMMARY: {
      const summary = value as { readonly quantiles: readonly { readonly value: number }[] };
      return { ...summary, quantiles: summary.quantiles.filter((each) => Number.isFinite(each.value)) };
    }
    default:
      return value;
  }
}

/** Maps and arrays would be part of the identity but no label: they become text. */
function labels(attributes: AttributeMap): AttributeMap {
  const changes = new AttributeChanges(attributes);
  for (const name in attributes) {
    const value = attributes[name];
    if (typeof value === 'object' && value !== null) changes.set(name, valueToText(value));
  }
  return changes.result;
}
