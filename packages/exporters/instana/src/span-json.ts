/** Spans in the format of Instana's own tracers, one JSON object each. */
import {
  PerGroup,
  parentOf,
  quoted,
  type ResourceRecord,
  type ScopeRecord,
  type SpanEventRecord,
  type SpanRecord,
  validIds,
  valueToText,
} from '@telemetryflow/otlp';
import { hostOf } from './host.ts';
import { membersOf, ownTags, type SharedTags, sharedTags, tagsJson } from './tags.ts';
import { durationMillis, durationNanos, millisOf, wholeTime } from './times.ts';
import { mapJson, type TextLimit, textJson } from './values.ts';

const KINDS: readonly string[] = ['internal', 'server', 'client', 'producer', 'consumer'];
const SERVER = 1;
const CONSUMER = 4;
const ERROR = 2;
/** Providers that Instana knows by these names. */
const PROVIDERS: ReadonlySet<unknown> = new Set(['aws', 'gcp', 'azure']);
const NO_LIMIT: TextLimit = Number.POSITIVE_INFINITY;

export interface SpanJsonOptions {
  readonly zone: string;
  readonly keepPrecision: boolean;
  /** Stands in for a resource that names neither process nor host. */
  readonly hostId: string;
}

/** What all spans of one resource and scope share. */
interface Group extends SharedTags {
  readonly from: string;
  readonly service: string;
}

/** Writes spans, remembering the groups of a batch. */
export class SpanJson {
  readonly #options: SpanJsonOptions;
  readonly #groups: PerGroup<Group>;

  constructor(options: SpanJsonOptions) {
    this.#options = options;
    this.#groups = new PerGroup((resource, scope) => this.#makeGroup(resource, scope, NO_LIMIT));
  }

  /** Forget the groups. */
  clear(): void {
    this.#groups.clear();
  }

  /**
   * `undefined` for a span whose ids are none. With a `limit` every text is cut to so many bytes.
   */
  write(span: SpanRecord, limit: TextLimit = NO_LIMIT): string | undefined {
    const context = span.spanContext();
    if (!validIds(context)) return undefined;
    const { traceId, spanId } = context;
    const { resource, instrumentationScope: scope, kind, status, events } = span;
    const group = limit === NO_LIMIT ? this.#groups.of(resource, scope) : this.#makeGroup(resource, scope, limit);
    const parent = parentOf(span);
    const isError = status.code === ERROR;
    const state = context.traceState?.serialize() ?? '';
    const nanos = this.#options.keepPrecision ? durationNanos(span) : undefined;

    let text = `{"n":"otel","t":"${traceId.slice(16)}","lt":"${traceId}",`;
    if (parent !== undefined) text += `"p":"${parent}",`;
    text += `"s":"${spanId}","ts":${millisOf(span.startTime)},"d":${durationMillis(span)},`;
    if (parent !== undefined && (kind === SERVER || kind === CONSUMER)) text += '"tp":true,';
    text += `"ec":${isError ? 1 : 0},${group.from},"data":{"kind":"${KINDS[kind] ?? 'internal'}",${group.service}`;
    text += `"operation":${textJson(span.name, limit)},`;
    if (state !== '') text += `"trace_state":${textJson(state, limit)},`;
    text += `"tags":${tagsJson(span.attributes, group, ownTags(span, nanos, limit), limit)}`;
    if (events.length > 0) text += `,"events":[${eventsJson(events, limit)}]`;
    if (isError) text += ',"error":"ERROR"';
    if (isError && status.message) text += `,"error_detail":${textJson(status.message, limit)}`;
    return `${text}}}`;
  }

  #makeGroup(resource: ResourceRecord, scope: ScopeRecord, limit: TextLimit): Group {
    const { attributes } = resource;
    const tags = sharedTags(resource, scope, this.#options.zone, limit);
    const service = valueToText(attributes['service.name']);
    const process = valueToText(attributes['service.instance.id']) || valueToText(attributes['process.pid']);
    const entity = process || hostOf(attributes, this.#options.hostId);
    const provider = attributes['cloud.provider'];
    const cloud = PROVIDERS.has(provider) ? `,"cp":${quoted(String(provider))}` : '';
    return {
      from: `"f":{"hl":true,"e":${textJson(entity, limit)}${cloud}}`,
      service: service === '' ? '' : `"service":${textJson(service, limit)},`,
      tags,
      members: membersOf(tags),
    };
  }
}

/** In the shape of the OpenTelemetry SDK for JavaScript, the only one that a client of Instana sends. */
function eventsJson(events: readonly SpanEventRecord[], limit: TextLimit): string {
  let list = '';
  for (const { name, attributes, time, droppedAttributesCount = 0 } of events) {
    const [seconds, nanos] = wholeTime(time);
    list += `,{"name":${textJson(name, limit)},"attributes":${mapJson(attributes, limit)}`;
    list += `,"time":[${seconds},${nanos}],"droppedAttributesCount":${droppedAttributesCount}}`;
  }
  return list.slice(1);
}
