/** Items of records: counted and selected. An item is a span, a log record or a data point. */
import type { MetricRecord, RecordOf, ResourceMetricsRecord, ScopeMetricsRecord, Signal } from './records.ts';

/**
 * Number of items in these records.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { countRecords, DataPointType, ValueType } from '@telemetryflow/otlp';
 * import type { GaugeRecord, ScopeMetricsRecord } from '@telemetryflow/otlp';
 *
 * const gauge: GaugeRecord = {
 *   descriptor: { name: 'queue.length', description: '', unit: '{item}', valueType: ValueType.INT },
 *   dataPointType: DataPointType.GAUGE,
 *   aggregationTemporality: 0,
 *   dataPoints: [7, 9].map((value) => ({ startTime: [0, 0], endTime: [1, 0], attributes: {}, value })),
 * };
 * const scope: ScopeMetricsRecord = { scope: { name: 'queue' }, metrics: [gauge] };
 * assert.equal(countRecords('metrics', [{ resource: { attributes: {} }, scopeMetrics: [scope] }]), 2);
 * ```
 */
export function countRecords<S extends Signal>(signal: S, records: readonly RecordOf[S][]): number {
  if (signal !== 'metrics') return records.length;
  let points = 0;
  for (const { scopeMetrics } of records as readonly ResourceMetricsRecord[]) {
    for (const { metrics } of scopeMetrics) for (const metric of metrics) points += metric.dataPoints.length;
  }
  return points;
}

/**
 * The records of these items only: `items` are numbers in ascending order, or a range with exclusive `to`. Data
 * points are numbered through all ResourceMetrics; metrics, scopes and resources that lose all their points go, what
 * keeps all of them stays the same object. Numbers that no item has are passed over.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decodeJson, type RecordOf, selectRecords } from '@telemetryflow/otlp';
 *
 * const body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"name":"b"},{"name":"c"}]}]}]}';
 * const spans: RecordOf['traces'][] = decodeJson('traces', body);
 * assert.deepEqual(selectRecords('traces', spans, [0, 2]), [spans[0], spans[2]]);
 * assert.deepEqual(selectRecords('traces', spans, { from: 1, to: 3 }), [spans[1], spans[2]]);
 * ```
 */
export function selectRecords<S extends Signal>(
  signal: S,
  records: readonly RecordOf[S][],
  items: readonly number[] | { readonly from: number; readonly to: number },
): readonly RecordOf[S][] {
  if (signal !== 'metrics') {
    if ('from' in items) return records.slice(Math.max(0, items.from), Math.max(0, items.to));
    return items.flatMap((item) => records[item] ?? []);
  }
  const points = new PointSelection(items);
  return kept(records as readonly ResourceMetricsRecord[], (record) =>
    points.resource(record),
  ) as readonly RecordOf[S][];
}

/** Walks data points in order and says which of them stay. */
class PointSelection {
  private readonly items: readonly number[] | undefined;
  private readonly from: number;
  private readonly to: number;
  private nextItem = 0;
  private point = 0;

  constructor(items: readonly number[] | { readonly from: number; readonly to: number }) {
    this.items = 'from' in items ? undefined : items;
    this.from = 'from' in items ? items.from : 0;
    this.to = 'from' in items ? items.to : 0;
  }

  resource(record: ResourceMetricsRecord): ResourceMetricsRecord | undefined {
    const scopeMetrics = kept(record.scopeMetrics, (scope) => this.scope(scope));
    if (scopeMetrics === record.scopeMetrics) return record;
    return scopeMetrics.length === 0 ? undefined : { resource: record.resource, scopeMetrics };
  }

  private scope(scope: ScopeMetricsRecord): ScopeMetricsRecord | undefined {
    const metrics = kept(scope.metrics, (metric) => this.metric(metric));
    if (metrics === scope.metrics) return scope;
    return metrics.length === 0 ? undefined : { scope: scope.scope, metrics };
  }

  private metric(metric: MetricRecord): MetricRecord | undefined {
    const dataPoints = (metric.dataPoints as readonly unknown[]).filter(() => this.takes());
    if (dataPoints.length === 0) return undefined;
    return dataPoints.length === metric.dataPoints.length ? metric : ({ ...metric, dataPoints } as MetricRecord);
  }

  private takes(): boolean {
    const point = this.point++;
    const { items } = this;
    if (items === undefined) return point >= this.from && point < this.to;
    while (this.nextItem < items.length && (items[this.nextItem] as number) < point) this.nextItem++;
    return items[this.nextItem] === point;
  }
}

/** The elements as `keep` changes them, without those it takes away; the same array when it leaves all alone. */
function kept<T>(elements: readonly T[], keep: (element: T) => T | undefined): readonly T[] {
  let changed = false;
  const out: T[] = [];
  for (const element of elements) {
    const next = keep(element);
    if (next !== element) changed = true;
    if (next !== undefined) out.push(next);
  }
  return changed ? out : elements;
}
