/** Values of data points as the value members of MetricDatum: Value, Values with Counts, or StatisticValues. */
import { type Histogram, representativesOf, statisticsOf } from '@telemetryflow/metrics';
import type { SummaryValue } from '@telemetryflow/otlp';

/** CloudWatch takes values of this magnitude at most, and no NaN; one bad value fails the whole request. */
const MAX_MAGNITUDE = 2 ** 360;
/** Most unique values of one datum. */
const MAX_VALUES = 150;

/** Value members with their comma in front, one datum each; `empty` has nothing to say, `unsendable` cannot be said. */
export type DatumValues = readonly string[] | 'empty' | 'unsendable';

function sendable(value: number): boolean {
  return Math.abs(value) <= MAX_MAGNITUDE;
}

/** A gauge, or a sum. */
export function numberValues(value: number | bigint, factor: number): DatumValues {
  const number = Number(value) * factor;
  return sendable(number) ? [`,"Value":${number}`] : 'unsendable';
}

/** A delta histogram: one value per bucket that holds any, or its statistics alone. */
export function histogramValues(histogram: Histogram, factor: number, mode: 'values' | 'statistics'): DatumValues {
  const { sum, min, max } = histogram;
  if (!(Number(histogram.count) > 0)) return 'empty';
  if (![sum ?? 0, min ?? 0, max ?? 0].every(Number.isFinite)) return 'unsendable';
  return mode === 'statistics' ? statistics(histogram, factor) : values(histogram, factor);
}

function values(histogram: Histogram, factor: number): DatumValues {
  const all = representativesOf(histogram);
  const members: string[] = [];
  for (let from = 0; from < all.length; from += MAX_VALUES) {
    let numbers = '';
    let counts = '';
    for (let i = from; i < Math.min(from + MAX_VALUES, all.length); i++) {
      const { value, count } = all[i] as (typeof all)[number];
      const number = value * factor;
      if (!sendable(number)) return 'unsendable';
      numbers += `${numbers === '' ? '' : ','}${number}`;
      counts += `${counts === '' ? '' : ','}${count}`;
    }
    members.push(`,"Values":[${numbers}],"Counts":[${counts}]`);
  }
  return members.length === 0 ? 'unsendable' : members;
}

function statistics(histogram: Histogram, factor: number): DatumValues {
  const found = statisticsOf(histogram);
  if (found === undefined) return 'unsendable';
  return statisticSet(found.count, found.sum * factor, found.min * factor, found.max * factor);
}

/** A summary that knows its extremes; `undefined` for one that does not. */
export function summaryValues(summary: SummaryValue, factor: number): DatumValues | undefined {
  const { count, sum, quantiles } = summary;
  const min = quantiles.find(({ quantile }) => quantile === 0)?.value;
  const max = quantiles.find(({ quantile }) => quantile === 1)?.value;
  if (min === undefined || max === undefined) return undefined;
  if (!(Number(count) > 0)) return 'empty';
  return statisticSet(Number(count), sum * factor, min * factor, max * factor);
}

function statisticSet(count: number, sum: number, min: number, max: number): DatumValues {
  if (!(sendable(count) && sendable(sum) && sendable(min) && sendable(max))) return 'unsendable';
  return [`,"StatisticValues":{"SampleCount":${count},"Sum":${sum},"Minimum":${min},"Maximum":${max}}`];
}
