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
import { counterLine, gaugeLines, type LineTags } from './statsd-lines.ts';
import { SeriesNames, seriesName } from './statsd-names.ts';

/** A body as lines. They are made once: a retry sends those that are left. */
export interface StatsdLines {
  readonly lines: readonly string[];
  /** Lines that have been written to a socket. */
  sent: number;
  readonly dropped: readonly DroppedItems[];
}

const QUANTILES = [0.5, 0.95, 0.99];
/** Remainders kept; the least recently used leave first. */
const MAX_REMAINDERS = 10_000;

export class StatsdSession {
  readonly #config: NetdataConfig;
  readonly #converter: TemporalityConverter | undefined;
  readonly #names = new SeriesNames();
  readonly #remainders = new Map<string, number>();
  readonly #made = new WeakMap<StatsdBody, StatsdLines>();

  /** `cumulative`: counters come as totals, because the same points may go out by OTLP. */
  constructor(config: NetdataConfig, options: { readonly cumulative: boolean; readonly startedAtMs: number }) {
    this.#config = config;
    const { startedAtMs } = options;
    this.#converter = options.cumulative
      ? createTemporalityConverter({ target: 'delta', summaries: 'delta', startedAtMs })
      : undefined;
  }

  /** Names in use: an Agent makes 1000 charts at most. */
  get names(): number {
    return this.#names.size;
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
    for (const point of metric.dataPoints) {
      const wanted = seriesName(this.#config.statsd, host, name, point.attributes);
      const series = { name: this.#names.of(key + attributesKey(point.attributes), wanted), unit, family, label: name };
      switch (metric.dataPointType) {
        case DataPointType.GAUGE:
          lines.push(...gauge(series, Number(point.value)));
          break;
        case DataPointType.SUM:
          if (metric.isMonotonic) lines.push(this.#counter(series, Number(point.value)));
          else lines.push(...gauge(series, Number(point.value)));
          break;
        case DataPointType.SUMMARY:
          this.#summary(lines, series, point.value as SummaryValue);
          break;
        default:
          this.#histogram(lines, series, point.value as Histogram);
      }
    }
  }

  /** Counters are whole: what is behind the point waits for the next time. */
  #counter(series: Series, value: number): string {
    const total = value + (this.#remainders.get(series.name) ?? 0);
    const whole = Math.trunc(total);
    this.#remainders.delete(series.name);
    this.#remainders.set(series.name, total - whole);
    if (this.#remainders.size > MAX_REMAINDERS) this.#remainders.delete([...this.#remainders.keys()][0] ?? '');
    return counterLine(series.name, whole, tagsOf({ ...series, unit: series.unit === '' ? '' : `${series.unit}/s` }));
  }

  #histogram(lines: string[], series: Series, histogram: Histogram): void {
    const found = statisticsOf(histogram);
    lines.push(this.#counter(part(series, 'count', 'events'), found?.count ?? 0));
    if (found === undefined) return;
    lines.push(...gauge(part(series, 'avg'), found.sum / found.count));
    lines.push(...gauge(part(series, 'min'), found.min), ...gauge(part(series, 'max'), found.max));
    for (const quantile of QUANTILES) {
      const value = quantileOf(histogram, quantile);
      if (value !== undefined) lines.push(...gauge(part(series, `p${quantile * 100}`), value));
    }
  }

  #summary(lines: string[], series: Series, { count, sum, quantiles }: SummaryValue): void {
    const number = Number(count);
    lines.push(this.#counter(part(series, 'count', 'events'), number));
    if (number > 0) lines.push(...gauge(part(series, 'avg'), sum / number));
    for (const { quantile, value } of quantiles) {
      const percent = String(Number((quantile * 100).toPrecision(6))).replace('.', '_');
      if (Number.isFinite(value)) lines.push(...gauge(part(series, `q${percent}`), value));
    }
  }
}

interface Series {
  readonly name: string;
  readonly unit: string;
  readonly family: string;
  readonly label: string;
}

function part(series: Series, name: string, unit = series.unit): Series {
  return { ...series, name: `${series.name}.${name}`, unit, label: name };
}

function tagsOf({ unit, family, label }: Series): LineTags {
  return { units: unit, family, name: label };
}

function gauge(series: Series, value: number): readonly string[] {
  return gaugeLines(series.name, value, tagsOf(series));
}
