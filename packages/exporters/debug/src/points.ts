/** The data points of one metric on one line: labelled by what differs between them, summed up when many. */
import {
  type AttributeMap,
  type AttributeValue,
  type DataPointRecord,
  DataPointType,
  type ExponentialHistogramValue,
  type HistogramValue,
  type MetricRecord,
  type SummaryValue,
} from '@telemetryflow/otlp';
import { compact, quantity } from './quantity.ts';
import { attributesText, printable, valueText } from './text.ts';

/** More points than this are summed up over the attribute that tells instances apart, where there is one. */
const MAX_POINTS = 8;

/** `system.cpu.utilization  user 8 %, system 3 %  {host=a}`; `type` tells apart what the name does not. */
export function metricLine(metric: MetricRecord): string {
  const name = printable(metric.descriptor.name);
  const points: readonly DataPointRecord<unknown>[] = metric.dataPoints;
  if (points.length === 0) return `${name}  no data points`;
  if (metric.dataPointType === DataPointType.GAUGE || metric.dataPointType === DataPointType.SUM) {
    return `${name}  ${numbers(metric, metric.dataPoints)}`;
  }
  return `${name}  ${labelled(points, (point) => distribution(metric, point.value))}`;
}

type NumberPoint = DataPointRecord<number | bigint | undefined>;

function numbers(metric: MetricRecord, points: readonly NumberPoint[]): string {
  const ratio = /(utilization|ratio|percent)$/.test(metric.descriptor.name);
  const show = (value: number | bigint | undefined): string => quantity(value, metric.descriptor.unit, ratio);
  if (points.length <= MAX_POINTS) return labelled(points, (point) => show(point.value));
  const key = instanceKey(points);
  if (key === undefined) return labelled(points, (point) => show(point.value));
  const mean = metric.dataPointType === DataPointType.GAUGE;
  const groups = new Map<string, { attributes: AttributeMap; sum: number; count: number }>();
  for (const point of points) {
    const { [key]: _left, ...attributes } = point.attributes;
    const group = attributesText(attributes);
    const found = groups.get(group);
    if (found === undefined) groups.set(group, { attributes, sum: Number(point.value ?? 0), count: 1 });
    else {
      found.sum += Number(point.value ?? 0);
      found.count++;
    }
  }
  const merged = [...groups.values()].map(({ attributes, sum, count }) => ({
    attributes,
    value: mean ? sum / count : sum,
  }));
  const how = `${mean ? 'mean' : 'sum'} over ${valuesOf(points, key)} ${printable(key)}`;
  return `${labelled(merged, (point) => show(point.value))} (${how})`;
}

interface Labelled {
  readonly attributes: AttributeMap;
}

/** Points named by the attributes whose values differ; what all have in common stands once, in braces. */
function labelled<P extends Labelled>(points: readonly P[], show: (point: P) => string): string {
  const first = points[0]?.attributes ?? {};
  const common = new Set(
    Object.keys(first).filter((key) => points.every((point) => same(point.attributes[key], first[key]))),
  );
  const shown = points.slice(0, MAX_POINTS).map((point) => {
    const label = Object.entries(point.attributes)
      .filter(([key]) => !common.has(key))
      .map(([, value]) => valueText(value))
      .join('/');
    return label === '' ? show(point) : `${label} ${show(point)}`;
  });
  const rest = points.length - shown.length;
  const differing = new Set(Object.keys(first).filter((key) => !common.has(key)));
  return `${shown.join(', ')}${rest > 0 ? `, and ${rest} more` : ''}${attributesText(first, differing)}`;
}

function same(a: AttributeValue, b: AttributeValue): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && valueText(a) === valueText(b));
}

/**
 * Attributes that number or name instances of the same thing: a total or mean over them means something. Over
 * `state`, `mode` or `direction` it would not: the mean of all CPU modes is always the same.
 */
const INSTANCE_KEY = /(device|interface|name|id|number|instance|index|mountpoint|address|host|container|pod)$/;

function instanceKey(points: readonly Labelled[]): string | undefined {
  let chosen: string | undefined;
  let most = 1;
  for (const [key, value] of Object.entries(points[0]?.attributes ?? {})) {
    if (typeof value !== 'number' && !INSTANCE_KEY.test(key)) continue;
    const values = valuesOf(points, key);
    if (values > most) {
      most = values;
      chosen = key;
    }
  }
  return chosen;
}

function valuesOf(points: readonly Labelled[], key: string): number {
  return new Set(points.map((point) => valueText(point.attributes[key]))).size;
}

/** `count 9, mean 3.5 s, min 0.1 s, max 16 s`. */
function distribution(metric: MetricRecord, value: unknown): string {
  const { unit } = metric.descriptor;
  if (metric.dataPointType === DataPointType.SUMMARY) {
    const { count, sum, quantiles } = value as SummaryValue;
    const shown = quantiles.map((at) => `p${compact(at.quantile * 100)} ${quantity(at.value, unit)}`);
    return [`count ${quantity(count, '1')}`, `sum ${quantity(sum, unit)}`, ...shown].join(', ');
  }
  const { count, sum, min, max } = value as HistogramValue | ExponentialHistogramValue;
  const parts = [`count ${quantity(count, '1')}`];
  if (sum !== undefined && Number(count) > 0) parts.push(`mean ${quantity(sum / Number(count), unit)}`);
  if (min !== undefined) parts.push(`min ${quantity(min, unit)}`);
  if (max !== undefined) parts.push(`max ${quantity(max, unit)}`);
  return parts.join(', ');
}
