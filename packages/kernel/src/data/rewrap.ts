/**
 * Records whose resource went through a change. SDK records are class instances, so a changed span or log record
 * is a plain object of the record shape that shares everything but the resource.
 */
import type {
  LogRecord,
  RecordOf,
  ResourceMetricsRecord,
  ResourceRecord,
  Signal,
  SpanContextRecord,
  SpanRecord,
} from '@telemetryflow/otlp';

type Change = (resource: ResourceRecord) => ResourceRecord;

/** `records` with every resource changed; `records` itself when `change` left all as they are. */
export function changeResources<S extends Signal>(
  signal: S,
  records: readonly RecordOf[S][],
  change: Change,
): readonly RecordOf[S][] {
  const rewrap = REWRAP[signal] as (record: RecordOf[S], resource: ResourceRecord) => RecordOf[S];
  const known = new Map<ResourceRecord, ResourceRecord>();
  let changed = false;
  const out: RecordOf[S][] = new Array(records.length);
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as RecordOf[S];
    let resource = known.get(record.resource);
    if (resource === undefined) {
      resource = change(record.resource);
      known.set(record.resource, resource);
    }
    if (resource === record.resource) {
      out[i] = record;
    } else {
      out[i] = rewrap(record, resource);
      changed = true;
    }
  }
  return changed ? out : records;
}

const REWRAP: { readonly [S in Signal]: (record: RecordOf[S], resource: ResourceRecord) => RecordOf[S] } = {
  traces: (span, resource) => new SpanOfResource(span, resource),
  logs: logOfResource,
  metrics: (metrics, resource): ResourceMetricsRecord => ({ resource, scopeMetrics: metrics.scopeMetrics }),
};

class SpanOfResource implements SpanRecord {
  readonly name: SpanRecord['name'];
  readonly kind: SpanRecord['kind'];
  readonly parentSpanContext: SpanContextRecord | undefined;
  readonly startTime: SpanRecord['startTime'];
  readonly endTime: SpanRecord['endTime'];
  readonly status: SpanRecord['status'];
  readonly attributes: SpanRecord['attributes'];
  readonly links: SpanRecord['links'];
  readonly events: SpanRecord['events'];
  readonly duration: SpanRecord['duration'];
  readonly ended: boolean;
  readonly resource: ResourceRecord;
  readonly instrumentationScope: SpanRecord['instrumentationScope'];
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
  declare readonly flags?: number;
  declare readonly otlpKind?: number;
  readonly #context: SpanContextRecord;

  constructor(span: SpanRecord, resource: ResourceRecord) {
    this.name = span.name;
    this.kind = span.kind;
    this.#context = span.spanContext();
    this.parentSpanContext = span.parentSpanContext;
    this.startTime = span.startTime;
    this.endTime = span.endTime;
    this.status = span.status;
    this.attributes = span.attributes;
    this.links = span.links;
    this.events = span.events;
    this.duration = span.duration;
    this.ended = span.ended;
    this.resource = resource;
    this.instrumentationScope = span.instrumentationScope;
    this.droppedAttributesCount = span.droppedAttributesCount;
    this.droppedEventsCount = span.droppedEventsCount;
    this.droppedLinksCount = span.droppedLinksCount;
    if (span.flags !== undefined) this.flags = span.flags;
    if (span.otlpKind !== undefined) this.otlpKind = span.otlpKind;
  }

  spanContext(): SpanContextRecord {
    return this.#context;
  }
}

function logOfResource(log: LogRecord, resource: ResourceRecord): LogRecord {
  return {
    hrTime: log.hrTime,
    hrTimeObserved: log.hrTimeObserved,
    spanContext: log.spanContext,
    severityText: log.severityText,
    severityNumber: log.severityNumber,
    body: log.body,
    eventName: log.eventName,
    resource,
    instrumentationScope: log.instrumentationScope,
    attributes: log.attributes,
    droppedAttributesCount: log.droppedAttributesCount,
    ...(log.bodyIsDouble === undefined ? undefined : { bodyIsDouble: log.bodyIsDouble }),
    ...(log.flags === undefined ? undefined : { flags: log.flags }),
  };
}
