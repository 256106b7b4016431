/**
 * Data points for the Metric API: gauges, counts and summaries. Counters and histograms are deltas by now, sums that
 * can fall are levels. The API keeps no buckets.
 */
import type { Batch, EncodeContext, Encoded } from '@telemetryflow/kernel';
import { statisticsOf } from '@telemetryflow/metrics';
import {
  DataPointType,
  type HistogramValue,
  hrTimeIsZero,
  type JsonBytes,
  jsonConstant,
  type MetricRecord,
  type ResourceRecord,
  type ScopeRecord,
  type SummaryValue,
} from '@telemetryflow/otlp';
import { cut } from './cut-text.ts';
import { AttributeWriter, ENTITY_NAMES, type Taken } from './json-attributes.ts';
import { writeNumber } from './json-members.ts';
import { type ApiMessage, JsonRequests } from './json-request.ts';
import type { Losses } from './losses.ts';
import { type PointProblem, pointProblem } from './point-problem.ts';
import { wholeMillis } from './whole-millis.ts';

const MAX_ATTRIBUTES = 150;
const MAX_VALUE = 4096;
const MAX_NAME = 254;
const TURN = 256;

/** Names that have a meaning of their own in the API, or that the service writes itself. */
const RESERVED: ReadonlySet<string> = new Set([
  ...ENTITY_NAMES,
  'interval.ms',
  'timestamp',
  'value',
  'common',
  'min',
  'max',
  'count',
  'sum',
  'metrics',
  'metricName',
  'endTimestamp',
  'newrelic.source',
  'accountId',
  'appId',
  'eventType',
]);

/** Names that a point may have besides its attributes. */
const FIELDS = ['unit', 'description', 'percentile'] as const;
const [UNIT, DESCRIPTION, PERCENTILE] = [1, 2, 4];

const TIMESTAMP = jsonConstant('"timestamp":');
const INTERVAL = jsonConstant('"interval.ms":');
const ATTRIBUTES = jsonConstant('"attributes":{');
const WITH_PERCENTILE = jsonConstant('"attributes":{"percentile":');
const COMMA = 0x2c;
const BRACE = 0x7d;

type Point = MetricRecord['dataPoints'][number];

export function metricsEncoder(environment: string, flushInterval: number) {
  const attributes = new AttributeWriter({ reserved: RESERVED, fields: FIELDS, maxValue: MAX_VALUE, flatten: false });
  const requests = new JsonRequests({ list: 'metrics', attributes, maxAttributes: MAX_ATTRIBUTES, environment });
  // The last one stays: the engine drops the code of objects that are gone.
  let points: PointWriter;

  return (batch: Batch<'metrics'>, { now }: EncodeContext, maxBytes: number): Generator<Encoded<ApiMessage>> =>
    requests.encode(maxBytes, function* write(request, refusals) {
      let item = -1;
      for (const [resource, scope, metric] of metricsOf(batch)) {
        points = new PointWriter(metric, attributes, flushInterval);
        const unnamed = nameProblem(metric.descriptor.name);
        for (const point of metric.dataPoints) {
          item++;
          if (item % TURN === TURN - 1) yield;
          const problem = unnamed ?? pointProblem(metric, point, now);
          if (problem !== undefined) {
            refusals.add(problem.reason, problem.detail, item);
            continue;
          }
          const group = request.group(resource, scope);
          const end = hrTimeIsZero(point.endTime) ? now : wholeMillis(point.endTime);
          const json = request.begin(group);
          points.write(json, { point, end, room: group.room, losses: request.losses });
          if (!request.fits) {
            request.discard();
            refusals.add('too_large', 'a data point of more than 900 kB', item);
            continue;
          }
          const full = request.add(item, group, end);
          if (full !== undefined) yield full;
        }
      }
    });
}

function* metricsOf(batch: Batch<'metrics'>): Generator<readonly [ResourceRecord, ScopeRecord, MetricRecord]> {
  for (const { resource, scopeMetrics } of batch.records()) {
    for (const { scope, metrics } of scopeMetrics) for (const metric of metrics) yield [resource, scope, metric];
  }
}

function nameProblem(name: string): PointProblem | undefined {
  if (name !== '' && name.length <= MAX_NAME) return undefined;
  return { reason: 'invalid', detail: 'a metric without a name, or with one of more than 254 characters' };
}

/** A point on its way. */
interface Writing {
  readonly losses: Losses;
  /** How many attributes it may have. */
  readonly room: number;
  readonly point: Point;
  /** Whole milliseconds since the epoch. */
  readonly end: number;
}

/** One metric of a batch, with what its points share written once. */
class PointWriter {
  readonly #metric: MetricRecord;
  readonly #attributes: AttributeWriter;
  readonly #flushInterval: number;
  readonly #taken: Taken;
  /** `{"name":"…","type":"…","value":` */
  readonly #head: Uint8Array;
  /** Unit and description as members, each with a comma. */
  readonly #own: Uint8Array;
  readonly #ownCount: number;

  constructor(metric: MetricRecord, attributes: AttributeWriter, flushInterval: number) {
    const { name, unit, description } = metric.descriptor;
    this.#metric = metric;
    this.#attributes = attributes;
    this.#flushInterval = flushInterval;
    this.#head = headOf(name, typeOf(metric));
    const own = Object.entries({ unit, description }).filter(([, value]) => value !== '');
    this.#ownCount = own.length;
    this.#own = Buffer.from(own.map(([key, value]) => `"${key}":${JSON.stringify(cut(value, MAX_VALUE))},`).join(''));
    const percentile = metric.dataPointType === DataPointType.SUMMARY ? PERCENTILE : 0;
    const fields = (unit === '' ? 0 : UNIT) | (description === '' ? 0 : DESCRIPTION) | percentile;
    this.#taken = { fields, own: name };
  }

  /** One metric of the API, or several with commas between them. */
  write(json: JsonBytes, writing: Writing): void {
    const { point, end } = writing;
    if (this.#metric.dataPointType === DataPointType.SUMMARY) {
      this.#writeSummary(json, writing, point.value as SummaryValue);
      return;
    }
    json.raw(this.#head);
    if (this.#metric.dataPointType === DataPointType.GAUGE) {
      json.number(Number(point.value));
      json.byte(COMMA);
      writeNumber(json, TIMESTAMP, end);
    } else if (this.#metric.dataPointType === DataPointType.SUM) {
      json.number(Number(point.value));
      json.byte(COMMA);
      if (this.#metric.isMonotonic) this.#writeWindow(json, writing);
      else writeNumber(json, TIMESTAMP, end);
    } else {
      const { count = 0, sum = 0, min = 0, max = 0 } = statisticsOf(point.value as HistogramValue) ?? {};
      this.#writeStatistics(json, writing, { count, sum, min, max });
    }
    json.put(ATTRIBUTES);
    const start = json.pos;
    this.#writeMembers(json, writing);
    if (json.pos === start) json.pos -= ATTRIBUTES.length;
    else json.close(BRACE);
    json.close(BRACE);
    // The comma behind the whole.
    json.pos--;
  }

  #writeMembers(json: JsonBytes, { losses, room, point }: Writing): void {
    json.raw(this.#own);
    this.#attributes.write(json, point.attributes, room - this.#ownCount, losses, this.#taken);
  }

  #writeStatistics(json: JsonBytes, writing: Writing, statistics: Readonly<Record<string, number>>): void {
    json.ascii(JSON.stringify(statistics));
    json.byte(COMMA);
    this.#writeWindow(json, writing);
  }

  #writeSummary(json: JsonBytes, writing: Writing, { sum, quantiles, ...value }: SummaryValue): void {
    const { pos } = json;
    this.#writeMembers(json, writing);
    const members = json.copy(pos);
    json.pos = pos;
    const count = Number(value.count);
    const mean = sum / count;
    const at = (wanted: number): number => {
      const found = quantiles.find(({ quantile }) => quantile === wanted)?.value;
      return found !== undefined && Number.isFinite(found) ? found : mean;
    };
    json.raw(this.#head);
    this.#writeStatistics(json, writing, { count, sum, min: at(0), max: at(1) });
    if (members.length > 0) {
      json.put(ATTRIBUTES);
      json.raw(members);
      json.close(BRACE);
    }
    json.close(BRACE);
    const head = headOf(`${this.#metric.descriptor.name}.percentiles`, 'gauge');
    for (const { quantile, value: each } of quantiles) {
      // The quantile of a window without measurements is NaN.
      if (quantile === 0 || quantile === 1 || !Number.isFinite(each)) continue;
      json.raw(head);
      json.number(each);
      json.byte(COMMA);
      writeNumber(json, TIMESTAMP, writing.end);
      writeNumber(json, WITH_PERCENTILE, Number((quantile * 100).toPrecision(12)));
      json.raw(members);
      json.close(BRACE);
      json.close(BRACE);
    }
    // The comma behind the whole.
    json.pos--;
  }

  /** A start that is missing, or not before the end, is one flush interval ago. */
  #writeWindow(json: JsonBytes, { point, end }: Writing): void {
    const start = hrTimeIsZero(point.startTime) ? end : wholeMillis(point.startTime);
    const interval = start < end ? end - start : Math.max(1, this.#flushInterval);
    writeNumber(json, TIMESTAMP, end - interval);
    writeNumber(json, INTERVAL, interval);
  }
}

function typeOf(metric: MetricRecord): 'gauge' | 'count' | 'summary' {
  if (metric.dataPointType === DataPointType.GAUGE) return 'gauge';
  if (metric.dataPointType === DataPointType.SUM) return metric.isMonotonic ? 'count' : 'gauge';
  return 'summary';
}

function headOf(name: string, type: string): Uint8Array {
  return Buffer.from(`{"name":${JSON.stringify(name.toWellFormed())},"type":"${type}","value":`);
}
