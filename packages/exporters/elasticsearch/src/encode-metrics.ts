/** Turns batches of data points into bulk requests: points of the same attributes and time share a document. */
import type { Batch, EncodeContext, Encoded } from '@telemetryflow/kernel';
import { attributesKey } from '@telemetryflow/metrics';
import {
  AggregationTemporality,
  type AttributeMap,
  type DataPointRecord,
  DataPointType,
  type MetricRecord,
  type ResourceRecord,
  type ScopeRecord,
} from '@telemetryflow/otlp';
import { BulkBuilder, type BulkMessage } from './bulk.ts';
import { chosenIndex, DocumentParts, document, isKnown, string } from './document.ts';
import type { EncodingOptions } from './encoding.ts';
import { fnv1a } from './fnv.ts';
import { JsonValues, jsonString } from './json-text.ts';
import { longestText, modeOf } from './mode.ts';
import type { Notice } from './notices.ts';
import { pointValue } from './point-value.ts';
import { timeOfMillis, timestamp } from './timestamp.ts';

/** Data points between two turns of the event loop. */
const TURN = 256;

/** Points that become one document. */
interface Group {
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
  readonly attributes: AttributeMap;
  readonly unit: string;
  readonly point: DataPointRecord<unknown>;
  readonly items: number[];
  readonly values: Map<string, { readonly json: string; readonly template: string }>;
}

export function* encodeMetrics(
  batch: Batch<'metrics'>,
  { now, id, mode }: EncodeContext,
  { config, targets }: EncodingOptions,
): Generator<Encoded<BulkMessage>> {
  const cluster = modeOf(mode);
  const target = targets.metrics;
  const parts = new DocumentParts(new DimensionValues(longestText(cluster)));
  const groups = new Groups();
  const dropped = new Map<string, number[]>();
  const notices = new Set<Notice>();
  let item = 0;
  for (const { resource, scopeMetrics } of batch.records()) {
    for (const { scope, metrics } of scopeMetrics) {
      groups.enter();
      for (const metric of metrics) {
        const notice = noticeOf(metric);
        if (notice !== undefined) notices.add(notice);
        const name = metricName(metric.descriptor.name);
        for (const point of metric.dataPoints) {
          const value = pointValue(metric, point);
          if (name === undefined || 'dropped' in value) {
            const detail = name === undefined ? 'the metric has no name' : 'detail' in value ? value.detail : '';
            const list = dropped.get(detail);
            if (list === undefined) dropped.set(detail, [item]);
            else list.push(item);
          } else groups.add(resource, scope, metric, point, name, value, item);
          item++;
          if (item % TURN === 0) yield undefined;
        }
      }
    }
  }
  for (const [detail, items] of dropped) yield { dropped: items, reason: 'invalid', detail };

  const bulk = new BulkBuilder({
    flushBytes: config.flush_bytes,
    batchId: id,
    identified: false,
    notices,
    mode: cluster,
  });
  const present = timeOfMillis(now);
  const stream = target.stream?.field ?? '';
  let turn = 0;
  for (const { resource, scope, attributes, unit, point, items, values } of groups.all) {
    const time = isKnown(point.endTime) ? point.endTime : present;
    const chosen = chosenIndex(attributes) ?? chosenIndex(resource.attributes);
    const start = isKnown(point.startTime) ? `,"start_timestamp":${timestamp(point.startTime)}` : '';
    const source = document(
      time,
      `${stream}${start}${string('unit', unit)}${parts.attributes(attributes)}${parts.resource(
        resource,
      )}${parts.scope(scope)},"metrics":{${membersOf(values)}},"_metric_names_hash":"${namesHash(values.keys())}"`,
    );
    const index = chosen ?? target.index(time, now);
    const templates = cluster.dynamicTemplates && chosen === undefined ? templatesOf(values) : '';
    const line = `{"create":{"_index":${jsonString(index)}${templates}}}`;
    const full = bulk.add({ lines: [line, source], items, index, chosen: chosen !== undefined });
    if (full !== undefined) yield full;
    if (++turn % TURN === 0) yield undefined;
  }
  const last = bulk.close();
  if (last !== undefined) yield last;
}

function noticeOf({ dataPointType, aggregationTemporality }: MetricRecord): Notice | undefined {
  if (dataPointType === DataPointType.SUMMARY) return 'summary';
  const histogram = dataPointType === DataPointType.HISTOGRAM || dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM;
  return histogram && aggregationTemporality === AggregationTemporality.CUMULATIVE ? 'cumulative histogram' : undefined;
}

/** Dimensions are scalars: maps become JSON text, also within arrays. */
class DimensionValues extends JsonValues {
  protected override map(value: object): string {
    return this.text(value);
  }
}

/** Groups of points, in the order of their first. */
class Groups {
  readonly all: Group[] = [];
  #open = new Map<string, Group>();

  /** Points of another scope begin groups of their own. */
  enter(): void {
    this.#open = new Map();
  }

  add(
    resource: ResourceRecord,
    scope: ScopeRecord,
    { descriptor: { unit } }: MetricRecord,
    point: DataPointRecord<unknown>,
    name: string,
    value: { readonly json: string; readonly template: string },
    item: number,
  ): void {
    const { attributes, startTime, endTime } = point;
    const key = `${unit.length}:${unit}${startTime[0]},${startTime[1]},${endTime[0]},${endTime[1]},${attributesKey(attributes)}`;
    let group = this.#open.get(key);
    // A second point of a name goes into a new document.
    if (group === undefined || group.values.has(name)) {
      group = { resource, scope, attributes, unit, point, items: [], values: new Map() };
      this.#open.set(key, group);
      this.all.push(group);
    }
    group.values.set(name, value);
    group.items.push(item);
  }
}

/** Names with empty parts are refused where `metrics` has sub-objects: those parts become `_`. */
function metricName(name: string): string | undefined {
  if (name.trim() === '') return undefined;
  const legal = name.toWellFormed().replaceAll('\0', '\ufffd');
  if (!legal.startsWith('.') && !legal.endsWith('.') && !legal.includes('..')) return legal;
  return legal
    .split('.')
    .map((part) => (part.trim() === '' ? '_' : part))
    .join('.');
}

function membersOf(values: Group['values']): string {
  let text = '';
  for (const [name, { json }] of values) text += `${text === '' ? '' : ','}${jsonString(name)}:${json}`;
  return text;
}

/** The value of `_metric_names_hash`, a dimension that tells apart documents of the same attributes and time. */
export function namesHash(names: Iterable<string>): string {
  return fnv1a([...names].sort().join('')).toString(16);
}

function templatesOf(values: Group['values']): string {
  let text = '';
  for (const [name, { template }] of values) {
    text += `${text === '' ? '' : ','}${jsonString(`metrics.${name}`)}:"${template}"`;
  }
  return `,"dynamic_templates":{${text}}`;
}
