/**
 * OTLP requests with what New Relic would drop or misread put right first: values of attributes it does not know, log
 * records without a time, and data points without a number. A batch without any of these goes out as it is.
 */
import { encodeOtlpProto } from '@telemetryflow/http';
import {
  type Batch,
  batchFromRecords,
  type EncodeContext,
  type Encoded,
  type Items,
  Refusals,
} from '@telemetryflow/kernel';
import {
  type AttributeMap,
  type AttributeValue,
  cutUtf8,
  hrTimeIsZero,
  hrTimeToWholeMillis,
  type LogRecord,
  type MetricRecord,
  type RecordOf,
  type ResourceMetricsRecord,
  type ResourceRecord,
  type ScopeRecord,
  type Signal,
  type SpanRecord,
  withResourceAttributes,
} from '@telemetryflow/otlp';
import { type Losses, noLosses } from './losses.ts';
import { carriedAttributes } from './otlp-attributes.ts';
import { pointProblem } from './point-problem.ts';
import { withEnvironment } from './resource.ts';

/** A request, with what its batch lost. */
export interface OtlpMessage {
  readonly body: Uint8Array;
  readonly losses: Losses;
}

const TURN = 256;
/** Longer messages are cut: with all else in the record they fit into a request even where nothing is compressed. */
const MAX_MESSAGE_BYTES = 800_000;

export function* encodeOtlp<S extends Signal>(
  batch: Batch<S>,
  { now }: EncodeContext,
  environment: string,
  maxBytes: number,
): Generator<Encoded<OtlpMessage>> {
  const losses = noLosses();
  const carrier = new Carrier(environment, losses);
  let kept: readonly number[] | undefined;
  let oldestMs: number | undefined;
  let source: Batch = batch;
  if (batch.signal === 'metrics') {
    const points = yield* sendablePoints(batch as Batch<'metrics'>, now);
    yield* points.refusals.end();
    if (points.kept.length === 0) return;
    ({ oldestMs } = points);
    if (points.kept.length < batch.count) {
      kept = points.kept;
      source = batch.select(kept);
    }
  }
  const records = source.records();
  const carried: RecordOf[Signal][] = [];
  let changed = false;
  for (const [at, record] of records.entries()) {
    if (at % TURN === TURN - 1) yield;
    const next = carrier.record(batch.signal, record);
    if (next !== record) changed = true;
    carried.push(next);
  }
  const ready = changed
    ? (batchFromRecords(batch.signal, carried as readonly unknown[] as readonly RecordOf[S][]) as Batch)
    : source;
  for (const each of encodeOtlpProto(ready, maxBytes)) {
    if (each === undefined) yield;
    else if ('dropped' in each) yield { ...each, dropped: original(each.dropped, kept) };
    else {
      const items = original(each.items, kept);
      yield { body: { body: each.body, losses }, items, ...(oldestMs !== undefined && { oldestMs }) };
    }
  }
}

/** Items of the selection as items of the batch. */
function original(selected: Items, kept: readonly number[] | undefined): Items {
  if (kept === undefined) return selected;
  return 'from' in selected ? kept.slice(selected.from, selected.to) : selected.map((item) => kept[item] ?? 0);
}

function* sendablePoints(
  batch: Batch<'metrics'>,
  now: number,
): Generator<undefined, { kept: readonly number[]; refusals: Refusals; oldestMs: number }> {
  const kept: number[] = [];
  const refusals = new Refusals();
  let oldestMs = now;
  let item = 0;
  for (const { scopeMetrics } of batch.records()) {
    for (const { metrics } of scopeMetrics) {
      for (const metric of metrics) {
        for (const point of metric.dataPoints) {
          const problem = pointProblem(metric, point, now);
          if (problem === undefined) {
            kept.push(item);
            oldestMs = Math.min(oldestMs, hrTimeToWholeMillis(point.endTime) || now);
          } else refusals.add(problem.reason, problem.detail, item);
          item++;
          if (item % TURN === 0) yield;
        }
      }
    }
  }
  return { kept, refusals, oldestMs };
}

/** Changes records; resources and scopes once each. What needs no change is the same object afterwards. */
class Carrier {
  readonly #environment: string;
  readonly #lose: () => void;
  readonly #resources = new Map<ResourceRecord, ResourceRecord>();
  readonly #scopes = new Map<ScopeRecord, ScopeRecord>();

  constructor(environment: string, losses: Losses) {
    this.#environment = environment;
    this.#lose = () => {
      losses.attributes++;
    };
  }

  record(signal: Signal, record: RecordOf[Signal]): RecordOf[Signal] {
    if (signal === 'traces') return this.#span(record as SpanRecord);
    if (signal === 'logs') return this.#log(record as LogRecord);
    return this.#metrics(record as ResourceMetricsRecord);
  }

  #attributes(attributes: AttributeMap): AttributeMap {
    return carriedAttributes(attributes, this.#lose);
  }

  #resource(resource: ResourceRecord): ResourceRecord {
    const known = this.#resources.get(resource);
    if (known !== undefined) return known;
    const attributes = this.#attributes(withEnvironment(resource.attributes, this.#environment));
    const carried = withResourceAttributes(resource, attributes);
    this.#resources.set(resource, carried);
    return carried;
  }

  #scope(scope: ScopeRecord): ScopeRecord {
    const known = this.#scopes.get(scope);
    if (known !== undefined) return known;
    const attributes = scope.attributes === undefined ? undefined : this.#attributes(scope.attributes);
    const carried = attributes === scope.attributes || attributes === undefined ? scope : { ...scope, attributes };
    this.#scopes.set(scope, carried);
    return carried;
  }

  /** Built field by field: the records of an SDK have getters, which a spread would lose. */
  #span(span: SpanRecord): SpanRecord {
    const resource = this.#resource(span.resource);
    const instrumentationScope = this.#scope(span.instrumentationScope);
    const attributes = this.#attributes(span.attributes);
    const events = this.#list(span.events, (event) => {
      const own = event.attributes === undefined ? undefined : this.#attributes(event.attributes);
      return own === event.attributes || own === undefined ? event : { ...event, attributes: own };
    });
    const same =
      resource === span.resource &&
      instrumentationScope === span.instrumentationScope &&
      attributes === span.attributes &&
      events === span.events;
    if (same) return span;
    return {
      name: span.name,
      kind: span.kind,
      spanContext: () => span.spanContext(),
      parentSpanContext: span.parentSpanContext,
      startTime: span.startTime,
      endTime: span.endTime,
      status: span.status,
      attributes,
      links: span.links,
      events,
      duration: span.duration,
      ended: span.ended,
      resource,
      instrumentationScope,
      droppedAttributesCount: span.droppedAttributesCount,
      droppedEventsCount: span.droppedEventsCount,
      droppedLinksCount: span.droppedLinksCount,
      flags: span.flags,
      otlpKind: span.otlpKind,
    };
  }

  /** A record without a time would get that of its arrival: the time of its observation is nearer. */
  #log(record: LogRecord): LogRecord {
    const body = this.#message(record.body);
    const resource = this.#resource(record.resource);
    const instrumentationScope = this.#scope(record.instrumentationScope);
    const attributes = this.#attributes(record.attributes);
    const hrTime = hrTimeToWholeMillis(record.hrTime) === 0 ? record.hrTimeObserved : record.hrTime;
    const same =
      resource === record.resource &&
      instrumentationScope === record.instrumentationScope &&
      attributes === record.attributes &&
      body === record.body &&
      (hrTime === record.hrTime || hrTimeIsZero(hrTime));
    if (same) return record;
    return {
      hrTime,
      hrTimeObserved: record.hrTimeObserved,
      spanContext: record.spanContext,
      severityText: record.severityText,
      severityNumber: record.severityNumber,
      body,
      bodyIsDouble: record.bodyIsDouble,
      eventName: record.eventName,
      resource,
      instrumentationScope,
      attributes,
      droppedAttributesCount: record.droppedAttributesCount,
      flags: record.flags,
    };
  }

  #message(body: AttributeValue): AttributeValue {
    if (typeof body !== 'string' || body.length * 3 <= MAX_MESSAGE_BYTES) return body;
    const cut = cutUtf8(body, MAX_MESSAGE_BYTES);
    if (cut.length < body.length) this.#lose();
    return cut;
  }

  #metrics(record: ResourceMetricsRecord): ResourceMetricsRecord {
    const resource = this.#resource(record.resource);
    const scopeMetrics = this.#list(record.scopeMetrics, (each) => {
      const scope = this.#scope(each.scope);
      const metrics = this.#list(each.metrics, (metric) => this.#metric(metric));
      return scope === each.scope && metrics === each.metrics ? each : { scope, metrics };
    });
    const same = resource === record.resource && scopeMetrics === record.scopeMetrics;
    return same ? record : { resource, scopeMetrics };
  }

  #metric(metric: MetricRecord): MetricRecord {
    const points = metric.dataPoints as readonly MetricRecord['dataPoints'][number][];
    const dataPoints = this.#list(points, (point) => {
      const attributes = this.#attributes(point.attributes);
      return attributes === point.attributes ? point : { ...point, attributes };
    });
    return dataPoints === points ? metric : ({ ...metric, dataPoints } as MetricRecord);
  }

  /** The same list where no element changed. */
  #list<T>(list: readonly T[], change: (each: T) => T): readonly T[] {
    let changed: T[] | undefined;
    for (const [at, each] of list.entries()) {
      const next = change(each);
      if (next !== each) changed ??= list.slice(0, at);
      changed?.push(next);
    }
    return changed ?? list;
  }
}
