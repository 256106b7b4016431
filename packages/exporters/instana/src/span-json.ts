/** Spans in the format of Instana's own tracers, one JSON object each. */
import {
  type AttributeMap,
  hrTimeToWholeMillis,
  type JsonBytes,
  JsonNames,
  jsonConstant,
  PerGroup,
  parentOf,
  type ResourceRecord,
  type ScopeRecord,
  type SpanEventRecord,
  type SpanRecord,
  validIds,
  valueToText,
  wholeHrTime,
} from '@telemetryflow/otlp';
import { hostOf } from './host.ts';
import { ownTags, sharedTags, TagWriter } from './tags.ts';
import { durationMillis, durationNanos } from './times.ts';
import { limited, NO_LIMIT, type TextLimit, writeMembers } from './values.ts';

const SERVER = 1;
const CONSUMER = 4;
const ERROR = 2;
/** Providers that Instana knows by these names. */
const PROVIDERS: ReadonlySet<unknown> = new Set(['aws', 'gcp', 'azure']);

const TRACE = jsonConstant('{"n":"otel","t":"');
const LONG_TRACE = jsonConstant('"lt":"');
const PARENT = jsonConstant('"p":"');
const SPAN = jsonConstant('"s":"');
const START = jsonConstant('"ts":');
const DURATION = jsonConstant('"d":');
const CONTINUED = jsonConstant('"tp":true,');
const FINE = jsonConstant('"ec":0,');
const FAILED = jsonConstant('"ec":1,');
const FROM = jsonConstant('"f":{"hl":true,"e":');
const CLOUD = jsonConstant('"cp":');
const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'].map((kind) =>
  jsonConstant(`"data":{"kind":"${kind}",`),
);
const INTERNAL = KINDS[0] as Uint8Array;
const SERVICE = jsonConstant('"service":');
const OPERATION = jsonConstant('"operation":');
const TRACE_STATE = jsonConstant('"trace_state":');
const TAGS = jsonConstant('"tags":{');
const EVENTS = jsonConstant('"events":[');
const NAME = jsonConstant('{"name":');
const ATTRIBUTES = jsonConstant('"attributes":{');
const TIME = jsonConstant('"time":[');
const DROPPED = jsonConstant('"droppedAttributesCount":');
const FAILURE = jsonConstant('"error":"ERROR",');
const DETAIL = jsonConstant('"error_detail":');
const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET = 0x5d;
const BRACE = 0x7d;

export interface SpanJsonOptions {
  readonly zone: string;
  readonly keepPrecision: boolean;
  /** Stands in for a resource that names neither process nor host. */
  readonly hostId: string;
}

/** What all spans of one resource and scope share; members have their commas. */
interface Group {
  readonly from: Uint8Array;
  readonly service: Uint8Array;
  readonly tags: TagWriter;
}

/** Where spans are written to: the `json` that is at hand. */
export interface SpanSink {
  readonly json: JsonBytes;
}

/** Writes spans, remembering the groups of a batch. */
export class SpanJson {
  readonly #sink: SpanSink;
  readonly #options: SpanJsonOptions;
  readonly #names = new JsonNames();
  readonly #groups: PerGroup<Group>;

  constructor(sink: SpanSink, options: SpanJsonOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#groups = new PerGroup((resource, scope) => this.#makeGroup(resource, scope, NO_LIMIT));
  }

  /** Forget the groups. */
  clear(): void {
    this.#groups.clear();
  }

  /** False, and nothing is written, for a span whose ids are none. With a `limit` every text is cut to so many bytes. */
  write(span: SpanRecord, limit: TextLimit = NO_LIMIT): boolean {
    const context = span.spanContext();
    if (!validIds(context)) return false;
    const { json } = this.#sink;
    const { traceId, spanId } = context;
    const { resource, instrumentationScope: scope, kind, status } = span;
    const group = limit === NO_LIMIT ? this.#groups.of(resource, scope) : this.#makeGroup(resource, scope, limit);
    const parent = parentOf(span);
    const isError = status.code === ERROR;

    json.ensure(0);
    writeId(json, TRACE, traceId, traceId.length / 2);
    writeId(json, LONG_TRACE, traceId, 0);
    if (parent !== undefined) writeId(json, PARENT, parent, 0);
    writeId(json, SPAN, spanId, 0);
    writeNumber(json, START, hrTimeToWholeMillis(span.startTime));
    writeNumber(json, DURATION, durationMillis(span));
    if (parent !== undefined && (kind === SERVER || kind === CONSUMER)) json.put(CONTINUED);
    json.put(isError ? FAILED : FINE);
    json.raw(group.from);
    json.put(KINDS[kind] ?? INTERNAL);
    json.raw(group.service);
    json.string(OPERATION, limited(span.name, limit));
    json.optional(TRACE_STATE, limited(context.traceState?.serialize() ?? '', limit));
    json.put(TAGS);
    group.tags.write(
      json,
      span.attributes,
      ownTags(span, this.#options.keepPrecision ? durationNanos(span) : undefined),
    );
    json.close(BRACE);
    if (span.events.length > 0) this.#writeEvents(json, span.events, limit);
    if (isError) {
      json.put(FAILURE);
      json.optional(DETAIL, limited(status.message ?? '', limit));
    }
    json.close(BRACE);
    json.close(BRACE);
    // The comma behind the whole.
    json.pos--;
    return true;
  }

  /** In the shape of the OpenTelemetry SDK for JavaScript, the only one that a client of Instana sends. */
  #writeEvents(json: JsonBytes, events: readonly SpanEventRecord[], limit: TextLimit): void {
    json.put(EVENTS);
    for (const { name, attributes, time, droppedAttributesCount = 0 } of events) {
      const [seconds, nanos] = wholeHrTime(time);
      json.string(NAME, limited(name, limit));
      json.put(ATTRIBUTES);
      writeMembers(json, this.#names, attributes, limit);
      json.close(BRACE);
      writeNumber(json, TIME, seconds);
      json.number(nanos);
      json.byte(BRACKET);
      json.byte(COMMA);
      writeNumber(json, DROPPED, droppedAttributesCount);
      json.close(BRACE);
    }
    json.close(BRACKET);
  }

  /** Writes what is shared behind what there is, and takes it back. */
  #makeGroup(resource: ResourceRecord, scope: ScopeRecord, limit: TextLimit): Group {
    const { json } = this.#sink;
    const { attributes } = resource;
    const { pos } = json;
    json.ensure(0);
    json.string(FROM, limited(entityOf(attributes, this.#options.hostId), limit));
    const provider = attributes['cloud.provider'];
    if (PROVIDERS.has(provider)) json.string(CLOUD, String(provider));
    json.close(BRACE);
    const from = json.copy(pos);
    json.pos = pos;
    json.optional(SERVICE, limited(valueToText(attributes['service.name']), limit));
    const service = json.copy(pos);
    json.pos = pos;
    const tags = new TagWriter(json, this.#names, sharedTags(resource, scope, this.#options.zone), limit);
    return { from, service, tags };
  }
}

/** What a span comes from: the process, else the host. */
function entityOf(attributes: AttributeMap, hostId: string): string {
  const process = valueToText(attributes['service.instance.id']) || valueToText(attributes['process.pid']);
  return process || hostOf(attributes, hostId);
}

/** The id from one of its digits on, behind its key and the quote. */
function writeId(json: JsonBytes, key: Uint8Array, id: string, from: number): void {
  json.put(key);
  const { bytes } = json;
  let { pos } = json;
  for (let i = from; i < id.length; i++) bytes[pos++] = id.charCodeAt(i);
  json.pos = pos;
  json.byte(QUOTE);
  json.byte(COMMA);
}

function writeNumber(json: JsonBytes, key: Uint8Array, value: number): void {
  json.put(key);
  json.number(value);
  json.byte(COMMA);
}
