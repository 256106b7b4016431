/** Data points as the JSON of MetricDatum. One point may become several datums, which CloudWatch adds up again. */
import { hasNoRecordedValue } from '@telemetryflow/metrics';
import {
  type DataPointRecord,
  DataPointType,
  hrTimeIsZero,
  hrTimeToMillis,
  type MetricRecord,
  type SummaryRecord,
  type SummaryValue,
} from '@telemetryflow/otlp';
import type { CloudwatchConfig } from './config.ts';
import { type DatumValues, histogramValues, numberValues, summaryValues } from './datum-values.ts';
import { asciiText, type BaseDimensions, type DimensionEncoder } from './dimensions.ts';
import { standardUnit } from './units.ts';

const MAX_NAME = 255;

/** A data point of any type. */
export type Point = MetricRecord['dataPoints'][number];

/** What one point became. */
export interface PointDatums {
  /** At least one. */
  readonly datums: readonly string[];
  readonly timeMs: number;
  /** Dimensions left out. */
  readonly cut: number;
}

/** Why a point has no datums. */
export interface PointRefusal {
  readonly reason: 'filtered' | 'invalid';
  readonly detail: string;
}

const NO_VALUE: PointRefusal = { reason: 'filtered', detail: 'points without a recorded value' };
const REFUSALS: Readonly<Record<'empty' | 'unsendable', PointRefusal>> = {
  empty: { reason: 'filtered', detail: 'histograms and summaries without measurements' },
  unsendable: { reason: 'invalid', detail: 'a value that is not finite, or beyond 2^360' },
};

/** One metric of a batch, with what its points share worked out once. */
export class MetricDatums {
  readonly #metric: MetricRecord;
  readonly #base: BaseDimensions;
  readonly #dimensions: DimensionEncoder;
  readonly #mode: CloudwatchConfig['histogram_mode'];
  readonly #name: string;
  /** `{"MetricName":…` */
  readonly #head: string;
  readonly #factor: number;
  readonly #tail: string;
  readonly #countTail: string;

  constructor(
    metric: MetricRecord,
    base: BaseDimensions,
    dimensions: DimensionEncoder,
    options: { readonly mode: CloudwatchConfig['histogram_mode']; readonly resolution: number },
  ) {
    const isCounter = metric.dataPointType === DataPointType.SUM && metric.isMonotonic;
    const unit = standardUnit(metric.descriptor.unit, isCounter);
    const resolution = options.resolution === 1 ? ',"StorageResolution":1}' : '}';
    this.#metric = metric;
    this.#base = base;
    this.#dimensions = dimensions;
    this.#mode = options.mode;
    this.#name = metric.descriptor.name;
    this.#head = headOf(this.#name);
    this.#factor = unit.factor;
    this.#tail = `,"Unit":"${unit.name}"${resolution}`;
    this.#countTail = `,"Unit":"Count"${resolution}`;
  }

  /** `nowMs` stands in for a time that is missing. */
  point(point: Point, nowMs: number): PointDatums | PointRefusal {
    const timeMs = hrTimeIsZero(point.endTime) ? nowMs : Math.floor(hrTimeToMillis(point.endTime));
    if (hasNoRecordedValue(point) || point.value === undefined) return NO_VALUE;
    if (this.#metric.dataPointType === DataPointType.SUMMARY) {
      return this.#summary(point as SummaryRecord['dataPoints'][number], timeMs);
    }
    const values = this.#values(point);
    if (typeof values === 'string') return REFUSALS[values];
    const { members, cut } = this.#dimensions.point(this.#base, point.attributes);
    const datums: string[] = [];
    this.#write(datums, { head: this.#head, members, timeMs, values, tail: this.#tail });
    return { datums, timeMs, cut };
  }

  #values(point: Point): DatumValues {
    switch (this.#metric.dataPointType) {
      case DataPointType.HISTOGRAM:
      case DataPointType.EXPONENTIAL_HISTOGRAM:
        return histogramValues(point.value as Parameters<typeof histogramValues>[0], this.#factor, this.#mode);
      default:
        return numberValues(point.value as number | bigint, this.#factor);
    }
  }

  #summary(point: DataPointRecord<SummaryValue>, timeMs: number): PointDatums | PointRefusal {
    const { value, attributes } = point;
    const values = summaryValues(value, this.#factor);
    if (typeof values === 'string') return REFUSALS[values];
    const datums: string[] = [];
    const { members, cut } = this.#dimensions.point(this.#base, attributes);
    if (values !== undefined) {
      this.#write(datums, { head: this.#head, members, timeMs, values, tail: this.#tail });
      return { datums, timeMs, cut };
    }
    const sum = numberValues(value.sum, this.#factor);
    const count = numberValues(value.count, 1);
    if (typeof sum === 'string' || typeof count === 'string') return REFUSALS.unsendable;
    this.#write(datums, { head: headOf(`${this.#name}.sum`), members, timeMs, values: sum, tail: this.#tail });
    this.#write(datums, { head: headOf(`${this.#name}.count`), members, timeMs, values: count, tail: this.#countTail });
    for (const { quantile, value: at } of value.quantiles) {
      const gauge = numberValues(at, this.#factor);
      // The quantile of a window without measurements is NaN.
      if (typeof gauge === 'string') continue;
      const sets = this.#dimensions.point(this.#base, attributes, ['quantile', String(quantile)]);
      this.#write(datums, { head: this.#head, members: sets.members, timeMs, values: gauge, tail: this.#tail });
    }
    return { datums, timeMs, cut };
  }

  #write(datums: string[], parts: DatumParts): void {
    const time = `,"Timestamp":${parts.timeMs / 1000}`;
    for (const dimensions of parts.members) {
      for (const values of parts.values) {
        datums.push(`${parts.head}${dimensions}${time}${values}${parts.tail}`);
      }
    }
  }
}

function headOf(name: string): string {
  return `{"MetricName":${JSON.stringify(asciiText(name, MAX_NAME))}`;
}

interface DatumParts {
  readonly head: string;
  readonly members: readonly string[];
  readonly timeMs: number;
  readonly values: readonly string[];
  readonly tail: string;
}
