/**
 * What StatsD needs to remember between requests: the last totals (counters are sent as what was added), what is left
 * of counters after their whole part, and the names in use.
 */
import type { DroppedItems } from '@telemetryflow/kernel';
import {
  attributesKey,
  createTemporalityConverter,
  type Histogram,
  metricKey,
  quantileOf,
  scopeKey,
  statisticsOf,
  type TemporalityConverter,
} from '@telemetryflow/metrics';
import {
  type AttributeMap,
  DataPointType,
  type MetricRecord,
  type SummaryValue,
  valueToText,
} from '@telemetryflow/otlp';
import type { NetdataConfig } from './config.ts';
import type { StatsdBody } from './encode-statsd.ts';
import { SeriesIds } from './series-id.ts';
import { addGauge, counterTail, gaugeTail, type LineTags } from './statsd-lines.ts';
import { KnownSeries, type Series, seriesName } from './statsd-names.ts';

/** A body as lines. They are made once: a retry sends those that are left. */
export interface StatsdLines {
  readonly lines: readonly string[];
  /** Lines that have been written to a socket. */
  sent: number;
  readonly dropped: readonly DroppedItems[];
}

const QUANTILES = [0.5, 0.95, 0.99];
const ONE_CHART = { charts: 1, suffix: 0 };
/** Those of a histogram are count, avg, min, max and quantiles; of a summary fewer, mostly. */
const MANY_CHARTS = { charts: 4 + QUANTILES.length, suffix: '.q99_9999'.length };

export class StatsdSession {
  readonly #config: NetdataConfig;
  readonly #converter: TemporalityConverter | undefined;
  readonly #series = new KnownSeries();
  readonly #made = new WeakMap<StatsdBody, StatsdLines>();

  /** `cumulative`: counters come as totals, because the same points may go out by OTLP. */
  constructor(config: NetdataConfig, options: { readonly cumulative: boolean; readonly startedAtMs: number }) {
    this.#config = config;
    const { startedAtMs } = options;
    this.#converter = options.cumulative
      ? createTemporalityConverter({ target: 'delta', summaries: 'delta', startedAtMs })
      : undefined;
  }

  /** Charts made so far: an Agent makes 1000 at most. */
  get charts(): number {
    return this.#series.charts;
  }

  /** The lines of a body. Bodies must come in order. */
  lines(body: StatsdBody, nowMs: number): StatsdLines {
    const known = this.#made.get(body);
    if (known !== undefined) return known;
    const converted = this.#converter?.convert(body.records, nowMs);
    const dropped = (converted?.dropped ?? []).map(({ items, reason, detail }) => ({
      items: items.flatMap((at) => body.items[at] ?? []),
      reason,
      detail,
    }));
    const lines: string[] = [];
    for (const { resource, scopeMetrics } of converted?.records ?? body.records) {
      const resourceKey = attributesKey(resource.attributes);
      const shared = {
        family: valueToText(resource.attributes['service.name']),
        host: this.#host(resource.attributes),
      };
      for (const { scope, metrics } of scopeMetrics) {
        const prefix = resourceKey + scopeKey(scope);
        for (const metric of metrics) this.#metric(lines, metric, prefix + metricKey(metric), shared);
      }
    }
    const made = { lines, sent: 0, dropped };
    this.#made.set(body, made);
    return made;
  }

  #host(attributes: AttributeMap): string {
    if (!this.#config.statsd.include_host) return '';
    return this.#config.hostname_override || valueToText(attributes['host.name']);
  }

  #metric(
    lines: string[],
    metric: MetricRecord,
    key: string,
    { family, host }: { readonly family: string; readonly host: string },
  ): void {
    const { name, unit } = metric.descriptor;
    const { dataPointType } = metric;
    const ids = new SeriesIds(key);
    const charts =
      dataPointType === DataPointType.GAUGE || dataPointType === DataPointType.SUM ? ONE_CHART : MANY_CHARTS;
    const write = this.#writer(metric, { units: unit, family, name });
    for (const { attributes, value } of metric.dataPoints) {
      const id = ids.of(attributes);
      const series =
        this.#series.get(id) ?? this.#series.add(id, seriesName(this.#config.statsd, host, name, attributes), charts);
      write(lines, series, value);
    }
  }

  /** Writes points of one metric; what their lines share is made once. */
  #writer(metric: MetricRecord, tags: LineTags): (lines: string[], series: Series, value: unknown) => void {
    if (metric.dataPointType === DataPointType.SUM && metric.isMonotonic) {
      const tail = counterTail(tags);
      return (lines, series, value) => lines.push(counter(series, series.name, Number(value), tail));
    }
    if (metric.dataPointType === DataPointType.GAUGE || metric.dataPointType === DataPointType.SUM) {
      const tail = gaugeTail(tags);
      return (lines, series, value) => addGauge(lines, series.name, Number(value), tail);
    }
    const tail = new Map<string, string>();
    const part = (lines: string[], series: Series, name: string, value: number): void => {
      let known = tail.get(name);
      if (known === undefined) {
        known = gaugeTail({ ...tags, name });
        tail.set(name, known);
      }
      addGauge(lines, `${series.name}.${name}`, value, known);
    };
    const counts = counterTail({ ...tags, units: 'events', name: 'count' });
    const count = (lines: string[], series: Series, value: number): void => {
      lines.push(counter(series, `${series.name}.count`, value, counts));
    };
    return metric.dataPointType === DataPointType.SUMMARY
      ? (lines, series, value) =>
          summary(value as SummaryValue, count.bind(undefined, lines, series), part.bind(undefined, lines, series))
      : (lines, series, value) =>
          histogram(value as Histogram, count.bind(undefined, lines, series), part.bind(undefined, lines, series));
  }
}

type Count = (value: number) => void;
type Part = (name: string, value: number) => void;

/** Counters are whole: what is behind the point waits for the next time. */
function counter(series: Series, name: string, value: number, tail: string): string {
  const total = value + series.remainder;
  const whole = Math.trunc(total);
  series.remainder = total - whole;
  return `${name}:${whole}${tail}`;
}

function histogram(value: Histogram, count: Count, part: Part): void {
  const found = statisticsOf(value);
  count(found?.count ?? 0);
  if (found === undefined) return;
  part('avg', found.sum / found.count);
  part('min', found.min);
  part('max', found.max);
  for (const quantile of QUANTILES) {
    const at = quantileOf(value, quantile);
    if (at !== undefined) part(`p${quantile * 100}`, at);
  }
}

function summary({ count: all, sum, quantiles }: SummaryValue, count: Count, part: Part): void {
  const number = Number(all);
  count(number);
  if (number > 0) part('avg', sum / number);
  for (const { quantile, value } of quantiles) {
    const percent = String(Number((quantile * 100).toPrecision(6))).replace('.', '_');
    if (Number.isFinite(value)) part(`q${percent}`, value);
  }
}
