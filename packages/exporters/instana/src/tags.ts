/** `data.tags` of a span: a flat map, each name once. What all spans of a resource and scope share is written once. */
import {
  type AttributeMap,
  type AttributeValue,
  type JsonBytes,
  type JsonName,
  type JsonNames,
  type ResourceRecord,
  type ScopeRecord,
  type SpanLinkRecord,
  type SpanRecord,
  toPlainJson,
} from '@telemetryflow/otlp';
import { type TextLimit, writeMember } from './values.ts';

/** Tags of resource, scope and configuration, by name. The resource's own zone goes before that of the configuration. */
export function sharedTags(
  resource: ResourceRecord,
  scope: ScopeRecord,
  zone: string,
): ReadonlyMap<string, AttributeValue> {
  const tags = new Map<string, AttributeValue>();
  if (scope.name !== '') {
    tags.set('otel.scope.name', scope.name);
    if (scope.version) tags.set('otel.scope.version', scope.version);
  }
  addMissing(tags, scope.attributes);
  addMissing(tags, resource.attributes);
  tags.delete('service.name');
  if (zone !== '' && !tags.has('instana.zone')) tags.set('instana.zone', zone);
  return tags;
}

function addMissing(tags: Map<string, AttributeValue>, attributes: AttributeMap | undefined): void {
  for (const name in attributes) if (!tags.has(name)) tags.set(name, attributes[name]);
}

/** What Instana's format has no place for, as tags; nanoseconds are those of the duration. */
export function ownTags(span: SpanRecord, nanos: bigint | undefined): AttributeMap | undefined {
  const { links, droppedAttributesCount, droppedEventsCount, droppedLinksCount } = span;
  const nothing = droppedAttributesCount + droppedEventsCount + droppedLinksCount === 0;
  if (links.length === 0 && nothing && nanos === undefined) return undefined;
  return {
    ...(links.length > 0 && { 'otel.links': JSON.stringify(links.map(linkOf)) }),
    ...(droppedAttributesCount > 0 && { 'otel.dropped_attributes_count': droppedAttributesCount }),
    ...(droppedEventsCount > 0 && { 'otel.dropped_events_count': droppedEventsCount }),
    ...(droppedLinksCount > 0 && { 'otel.dropped_links_count': droppedLinksCount }),
    ...(nanos !== undefined && { 'otel.duration_ns': nanos }),
  };
}

function linkOf({ context, attributes }: SpanLinkRecord): object {
  const { traceId, spanId } = context;
  const traceState = context.traceState?.serialize() || undefined;
  return { traceId, spanId, traceState, attributes: attributes && toPlainJson(attributes) };
}

/** Writes the tags of the spans of one resource and scope. */
export class TagWriter {
  readonly #names: JsonNames;
  readonly #limit: TextLimit;
  /** Members with their commas: by name, and all of them one after the other. */
  readonly #shared = new Map<string, Uint8Array>();
  readonly #members: Uint8Array;
  /** Names of attributes that are not shared. */
  readonly #plain = new Map<string, JsonName>();

  /** Writes the shared ones behind what `json` holds, and takes them back. */
  constructor(json: JsonBytes, names: JsonNames, shared: ReadonlyMap<string, AttributeValue>, limit: TextLimit) {
    this.#names = names;
    this.#limit = limit;
    const { pos } = json;
    for (const [name, value] of shared) {
      const start = json.pos;
      writeMember(json, names.get(name), value, limit);
      this.#shared.set(name, json.copy(start));
    }
    this.#members = json.copy(pos);
    json.pos = pos;
  }

  /** The members, each with a comma: attributes go before what is shared, and that before the span's own. */
  write(json: JsonBytes, attributes: AttributeMap, own: AttributeMap | undefined): void {
    const { pos } = json;
    json.raw(this.#members);
    for (const name in attributes) {
      const plain = this.#plain.get(name) ?? this.#notShared(name);
      if (plain === undefined) {
        json.pos = pos;
        this.#writeMerged(json, attributes);
        break;
      }
      writeMember(json, plain, attributes[name], this.#limit);
    }
    for (const name in own) {
      if (Object.hasOwn(attributes, name) || this.#shared.has(name)) continue;
      writeMember(json, this.#names.get(name), own[name], this.#limit);
    }
  }

  #notShared(name: string): JsonName | undefined {
    if (this.#shared.has(name)) return undefined;
    const plain = this.#names.get(name);
    this.#plain.set(name, plain);
    return plain;
  }

  #writeMerged(json: JsonBytes, attributes: AttributeMap): void {
    for (const [name, member] of this.#shared) if (!Object.hasOwn(attributes, name)) json.raw(member);
    for (const name in attributes) writeMember(json, this.#names.get(name), attributes[name], this.#limit);
  }
}
