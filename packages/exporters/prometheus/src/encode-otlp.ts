/** Metrics to OTLP requests that Prometheus takes as a whole, or refuses for what only it can know. */
import { type Batch, type EncodeContext, type Encoded, Refusals } from '@telemetryflow/kernel';
import { POINT_TYPE } from '@telemetryflow/metrics';
import {
  AttributeChanges,
  type HrTime,
  hrTimeIsZero,
  hrTimeToWholeMillis,
  type MetricRecord,
  type ResourceRecord,
  type ScopeRecord,
} from '@telemetryflow/otlp';
import { type MetricsRefusal, metricName, type NameKind, REFUSAL_REASONS } from '@telemetryflow/remote-write';
import type { PrometheusConfig } from './config.ts';
import { OtlpAttributes, type OtlpResource } from './otlp-attributes.ts';
import { batchOf, inOrder, type ReadyPoint } from './otlp-order.ts';
import { metricRefusal, sendableValue } from './otlp-point.ts';
import type { TargetInfoTimes } from './target-info-times.ts';

/** An OTLP request on its way. */
export interface OtlpMessage {
  readonly body: Uint8Array;
  readonly batchId: string;
  readonly items: number;
}

/** Points further in the future than this are refused by the server. */
const MAX_FUTURE_MS = 600_000;
/** Data points of a request at most, as in remote write; larger ones only make a refusal dearer. */
const MAX_POINTS = 2000;
const TURN = 256;

type OtlpEncoder = (batch: Batch<'metrics'>, context: EncodeContext) => Generator<Encoded<OtlpMessage>>;

export function otlpEncoder(config: PrometheusConfig, times: TargetInfoTimes): OtlpEncoder {
  const rules = new OtlpAttributes(config);
  const maxPoints = Math.max(config.batch_size, MAX_POINTS);

  return function* encode(batch, { now, id }) {
    const refusals = new Refusals();
    const refuse = (refusal: MetricsRefusal, item: number): void =>
      refusals.add(REFUSAL_REASONS[refusal], refusal, item);
    const points = yield* readyPoints(batch, now, refuse);
    const { rounds, beyond } = inOrder(points);
    for (const item of beyond.map((each) => each.item).sort((a, b) => a - b)) refuse('duplicate_timestamp', item);
    for (const round of rounds) {
      for (let from = 0; from < round.length; from += maxPoints) {
        yield* requests(round.slice(from, from + maxPoints), id);
        yield undefined;
      }
    }
    yield* refusals.end();
  };

  function* readyPoints(
    batch: Batch<'metrics'>,
    now: number,
    refuse: (refusal: MetricsRefusal, item: number) => void,
  ): Generator<undefined, readonly ReadyPoint[]> {
    const exportTime: HrTime = [Math.floor(now / 1000), Math.floor(now % 1000) * 1_000_000];
    const ready: ReadyPoint[] = [];
    const resources = new Map<ResourceRecord, OtlpResource>();
    let item = -1;
    for (const record of batch.records()) {
      const resource = resources.get(record.resource) ?? rules.resource(record.resource);
      resources.set(record.resource, resource);
      for (const { scope: given, metrics } of record.scopeMetrics) {
        const scope = cleanScope(given, rules);
        for (const given of metrics) {
          const refused = metricRefusal(given, config.exponential_histograms);
          const metric = sendableMetric(given, config);
          const name = seriesName(given, config);
          for (const point of given.dataPoints) {
            item++;
            if (item % TURN === TURN - 1) yield undefined;
            const value = sendableValue(given, point, config.exponential_histograms);
            const endTime = hrTimeIsZero(point.endTime) ? exportTime : point.endTime;
            const ms = hrTimeToWholeMillis(endTime);
            if (refused !== undefined) refuse(refused, item);
            else if (name === undefined) refuse('empty_name', item);
            else if (typeof value === 'string') refuse(value, item);
            else if (ms > now + MAX_FUTURE_MS) refuse('too_far_in_the_future', item);
            else {
              const { attributes, labels } = rules.point(point.attributes, resource);
              const { exemplars, ...rest } = point;
              const sent = {
                ...rest,
                ...(config.send_exemplars && exemplars !== undefined && { exemplars }),
                ...value,
                endTime,
                attributes,
              } as ReadyPoint['point'];
              ready.push({ item, ms, series: `${name}\n${labels}`, resource, scope, metric, point: sent });
            }
          }
        }
      }
    }
    return ready;
  }

  function* requests(points: readonly ReadyPoint[], batchId: string): Generator<Encoded<OtlpMessage>> {
    const newest = new Map<string, number>();
    const refused = times.isRefused(batchId);
    const batch = batchOf(points, ({ resource, ms, point }) => {
      const { targetInfo } = resource;
      if (refused || times.isPast(targetInfo, ms)) return { resource: resource.unnamed, point: named(point, resource) };
      newest.set(targetInfo, Math.max(ms, newest.get(targetInfo) ?? ms));
      return { resource: resource.full, point };
    });
    const items = points.map(({ item }) => item).sort((a, b) => a - b);
    const bytes = batch.otlp();
    if (bytes.length <= config.max_request_bytes) {
      const oldestMs = points.reduce((oldest, { ms }) => Math.min(oldest, ms), Number.POSITIVE_INFINITY);
      times.move(newest);
      yield { body: { body: bytes, batchId, items: items.length }, items, oldestMs };
    } else if (points.length === 1) {
      const detail = `one item takes ${bytes.length} bytes, more than max_request_bytes (${config.max_request_bytes})`;
      yield { dropped: items, reason: 'too_large', detail };
    } else {
      // Each half has to know what the one before it does to `target_info`.
      const half = Math.ceil(points.length / 2);
      yield* requests(points.slice(0, half), batchId);
      yield undefined;
      yield* requests(points.slice(half), batchId);
    }
  }
}

/** The point with the labels that its resource, which is sent without its name, would have given it. */
function named(point: ReadyPoint['point'], { identityLabels }: OtlpResource): ReadyPoint['point'] {
  const changes = new AttributeChanges(point.attributes);
  for (const [label, value] of identityLabels) changes.set(label, value);
  return { ...point, attributes: changes.result } as ReadyPoint['point'];
}

function cleanScope(scope: ScopeRecord, rules: OtlpAttributes): ScopeRecord {
  return scope.attributes === undefined ? scope : { ...scope, attributes: rules.clean(scope.attributes) };
}

function sendableMetric(
  metric: MetricRecord,
  { namespace, exponential_histograms: form }: Pick<PrometheusConfig, 'namespace' | 'exponential_histograms'>,
): MetricRecord {
  const { descriptor, dataPointType } = metric;
  const explicit = dataPointType === POINT_TYPE.exponentialHistogram && form === 'classic';
  return {
    ...metric,
    dataPoints: [],
    ...(namespace !== '' && { descriptor: { ...descriptor, name: `${namespace}_${descriptor.name}` } }),
    ...(explicit && { dataPointType: POINT_TYPE.histogram }),
  } as unknown as MetricRecord;
}

/** The name that the server makes, or `undefined` when nothing is left of it. */
function seriesName(metric: MetricRecord, config: PrometheusConfig): string | undefined {
  const { name, unit } = metric.descriptor;
  return metricName(name, unit, kindOf(metric), config.translation_strategy, config.namespace);
}

function kindOf(metric: MetricRecord): NameKind {
  if (metric.dataPointType === POINT_TYPE.gauge) return 'gauge';
  return metric.dataPointType === POINT_TYPE.sum && metric.isMonotonic ? 'counter' : 'other';
}
