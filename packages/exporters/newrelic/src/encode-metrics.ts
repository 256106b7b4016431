/**
 * Data points for the Metric API: gauges, counts and summaries. Counters and histograms are deltas by now, sums that
 * can fall are levels. The API keeps no buckets.
 */
import type { Batch, EncodeContext, Encoded } from '@telemetryflow/kernel';
import { statisticsOf } from '@telemetryflow/metrics';
import {
  cutText,
  DataPointType,
  type HistogramValue,
  hrTimeToWholeMillis,
  type JsonBytes,
  jsonConstant,
  type MetricRecord,
  type ResourceRecord,
  type ScopeRecord,
  type SummaryValue,
} from '@telemetryflow/otlp';
import { AttributeWriter, ENTITY_NAMES, PREFIX, type Taken } from './json-attributes.ts';
import { writeNumber } from './json-members.ts';
import { type ApiMessage, JsonRequests } from './json-request.ts';
import type { Losses } from './losses.ts';
import { MAX_AGE_MS, type PointProblem, pointProblem } from './point-problem.ts';

const MAX_ATTRIBUTES = 150;
const MAX_VALUE = 4096;
const MAX_NAME = 254;
/** How long a request may take to arrive, retries included, before a point in it is too old. */
const ON_THE_WAY_MS = 60_000;
/** Of the name of the gauges that quantiles become. */
const PERCENTILES = '.percentiles';
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
        const { name } = metric.descriptor;
        points = new PointWriter(metric, attributes, { flushInterval, now });
        const unnamed = nameProblem(name);
        const group = request.group(resource, scope, name);
        for (const point of metric.dataPoints) {
          item++;
          if (item % TURN === TURN - 1) yield;
          const problem = unnamed ?? pointProblem(metric, point, now);
          if (problem !== undefined) {
            refusals.add(problem.reason, problem.detail, item);
            continue;
          }
          const json = request.begin(group);
          const sent = points.write(json, { point, room: group.room, losses: request.losses });
          if (!request.fits) {
            request.discard();
            refusals.add('too_large', 'a data point of more than 900 kB', item);
            continue;
          }
          const full = request.add(item, group, sent);
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
}

/** Milliseconds; `now` since the epoch. */
interface Times {
  readonly flushInterval: number;
  readonly now: number;
}

/** One metric of a batch, with what its points share written once. */
class PointWriter {
  readonly #metric: MetricRecord;
  readonly #attributes: AttributeWriter;
  readonly #times: Times;
  readonly #taken: Taken;
  /** `{"name":"…","type":"…","value":` */
  readonly #head: Uint8Array;
  /** Unit and description as members, each with a comma. */
  readonly #own: Uint8Array;
  readonly #ownCount: number;

  constructor(metric: MetricRecord, attributes: AttributeWriter, times: Times) {
    const { name, unit, description } = metric.descriptor;
    this.#metric = metric;
    this.#attributes = attributes;
    this.#times = times;
    this.#head = headOf(name, typeOf(metric));
    const own = Object.entries({ unit, description }).filter(([, value]) => value !== '');
    const percentile = metric.dataPointType === DataPointType.SUMMARY ? PERCENTILE : 0;
    this.#ownCount = own.length + (percentile > 0 ? 1 : 0);
    this.#own = Buffer.from(
      own
        .map(([key, value]) => `"${key === name ? PREFIX : ''}${key}":${JSON.stringify(cutText(value, MAX_VALUE))},`)
        .join(''),
    );
    const fields = (unit === '' ? 0 : UNIT) | (description === '' ? 0 : DESCRIPTION) | percentile;
    this.#taken = { fields, own: name };
  }

  /** One metric of the API, or several with commas between them; returns the earliest time that they have. */
  write(json: JsonBytes, writing: Writing): number {
    const { point } = writing;
    const end = hrTimeToWholeMillis(point.endTime) || this.#times.now;
    if (this.#metric.dataPointType === DataPointType.SUMMARY) return this.#writeSummary(json, writing, end);
    json.raw(this.#head);
    let sent = end;
    if (this.#metric.dataPointType === DataPointType.GAUGE) {
      json.number(Number(point.value));
      json.byte(COMMA);
      writeNumber(json, TIMESTAMP, end);
    } else if (this.#metric.dataPointType === DataPointType.SUM) {
      json.number(Number(point.value));
      json.byte(COMMA);
      if (this.#metric.isMonotonic) sent = this.#writeWindow(json, point, end);
      else writeNumber(json, TIMESTAMP, end);
    } else {
      const { count = 0, sum = 0, min = 0, max = 0 } = statisticsOf(point.value as HistogramValue) ?? {};
      writeStatistics(json, { count, sum, min, max });
      sent = this.#writeWindow(json, point, end);
    }
    json.put(ATTRIBUTES);
    const start = json.pos;
    this.#writeMembers(json, writing);
    if (json.pos === start) json.pos -= ATTRIBUTES.length;
    else json.close(BRACE);
    json.close(BRACE);
    // The comma behind the whole.
    json.pos--;
    return sent;
  }

  #writeMembers(json: JsonBytes, { losses, room, point }: Writing): void {
    json.raw(this.#own);
    this.#attributes.write(json, point.attributes, room - this.#ownCount, losses, this.#taken);
  }

  #writeSummary(json: JsonBytes, writing: Writing, end: number): number {
    const { pos } = json;
    this.#writeMembers(json, writing);
    const members = json.copy(pos);
    json.pos = pos;
    const { sum, quantiles, ...value } = writing.point.value as SummaryValue;
    const count = Number(value.count);
    const mean = sum / count;
    const at = (wanted: number): number => {
      const found = quantiles.find(({ quantile }) => quantile === wanted)?.value;
      return found !== undefined && Number.isFinite(found) ? found : mean;
    };
    json.raw(this.#head);
    // Quantiles may be of another window than count and sum.
    writeStatistics(json, { count, sum, min: Math.min(at(0), mean), max: Math.max(at(1), mean) });
    const sent = this.#writeWindow(json, writing.point, end);
    if (members.length > 0) {
      json.put(ATTRIBUTES);
      json.raw(members);
      json.close(BRACE);
    }
    json.close(BRACE);
    const head = headOf(
      `${cutText(this.#metric.descriptor.name, MAX_NAME - PERCENTILES.length)}${PERCENTILES}`,
      'gauge',
    );
    for (const { quantile, value: each } of quantiles) {
      // The quantile of a window without measurements is NaN.
      if (quantile === 0 || quantile === 1 || !Number.isFinite(each)) continue;
      json.raw(head);
      json.number(each);
      json.byte(COMMA);
      writeNumber(json, TIMESTAMP, end);
      writeNumber(json, WITH_PERCENTILE, Number((quantile * 100).toPrecision(12)));
      json.raw(members);
      json.close(BRACE);
      json.close(BRACE);
    }
    // The comma behind the whole.
    json.pos--;
    return sent;
  }

  /**
   * Writes when the window began, and how long it was; returns the former. A start that is missing, or not before the
   * end, is one flush interval ago. The service goes by the start, and drops old ones: a longer window is told shorter.
   */
  #writeWindow(json: JsonBytes, { startTime }: Point, end: number): number {
    const { flushInterval, now } = this.#times;
    const told = hrTimeToWholeMillis(startTime) || end;
    const began = told < end ? told : end - Math.max(1, flushInterval);
    const start = Math.max(began, Math.min(now - MAX_AGE_MS + ON_THE_WAY_MS, end - 1));
    writeNumber(json, TIMESTAMP, start);
    writeNumber(json, INTERVAL, end - start);
    return start;
  }
}

function writeStatistics(json: JsonBytes, statistics: Readonly<Record<string, number>>): void {
  json.ascii(JSON.stringify(statistics));
  json.byte(COMMA);
}

function typeOf(metric: MetricRecord): 'gauge' | 'count' | 'summary' {
  if (metric.dataPointType === DataPointType.GAUGE) return 'gauge';
  if (metric.dataPointType === DataPointType.SUM) return metric.isMonotonic ? 'count' : 'gauge';
  return 'summary';
}

function headOf(name: string, type: string): Uint8Array {
  return Buffer.from(`{"name":${JSON.stringify(name.toWellFormed())},"type":"${type}","value":`);
}
