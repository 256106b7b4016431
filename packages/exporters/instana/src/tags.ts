/** `data.tags` of a span: a flat map. What all spans of a resource and scope share is written once per batch. */
import {
  type AttributeMap,
  quoted,
  type ResourceRecord,
  type ScopeRecord,
  type SpanLinkRecord,
  type SpanRecord,
} from '@telemetryflow/otlp';
import { mapJson, type TextLimit, textJson, valueJson } from './values.ts';

/** JSON by name. */
export type Tags = ReadonlyMap<string, string>;

/** Names remembered as JSON; only generated ones ever fill it. */
const MAX_NAMES = 4096;
const OWN_PREFIX = 'otel.';

/** Tags of resource, scope and configuration. The resource's own zone goes before that of the configuration. */
export function sharedTags(resource: ResourceRecord, scope: ScopeRecord, zone: string, limit: TextLimit): Tags {
  const tags = new Map<string, string>();
  if (scope.name !== '') {
    tags.set('otel.scope.name', textJson(scope.name, limit));
    if (scope.version) tags.set('otel.scope.version', textJson(scope.version, limit));
  }
  addMissing(tags, scope.attributes, limit);
  addMissing(tags, resource.attributes, limit);
  tags.delete('service.name');
  if (zone !== '' && !tags.has('instana.zone')) tags.set('instana.zone', textJson(zone, limit));
  return tags;
}

function addMissing(tags: Map<string, string>, attributes: AttributeMap | undefined, limit: TextLimit): void {
  for (const name in attributes) if (!tags.has(name)) tags.set(name, valueJson(attributes[name], limit));
}

/** What Instana's format has no place for, as tags; a span's attributes of these names stay. */
export function ownTags(span: SpanRecord, durationNanos: bigint | undefined, limit: TextLimit): Tags | undefined {
  const { links, droppedAttributesCount, droppedEventsCount, droppedLinksCount } = span;
  const nothing = droppedAttributesCount + droppedEventsCount + droppedLinksCount === 0;
  if (links.length === 0 && nothing && durationNanos === undefined) return undefined;
  const tags = new Map<string, string>();
  if (links.length > 0) tags.set('otel.links', textJson(linksJson(links), limit));
  if (droppedAttributesCount > 0) tags.set('otel.dropped_attributes_count', String(droppedAttributesCount));
  if (droppedEventsCount > 0) tags.set('otel.dropped_events_count', String(droppedEventsCount));
  if (droppedLinksCount > 0) tags.set('otel.dropped_links_count', String(droppedLinksCount));
  if (durationNanos !== undefined) tags.set('otel.duration_ns', String(durationNanos));
  return tags;
}

function linksJson(links: readonly SpanLinkRecord[]): string {
  let list = '';
  for (const { context, attributes } of links) {
    const state = context.traceState?.serialize() ?? '';
    list += `,{"traceId":${quoted(context.traceId)},"spanId":${quoted(context.spanId)}`;
    if (state !== '') list += `,"traceState":${quoted(state)}`;
    if (attributes !== undefined) list += `,"attributes":${mapJson(attributes, Number.POSITIVE_INFINITY)}`;
    list += '}';
  }
  return `[${list.slice(1)}]`;
}

/** Writes the object, each name once. */
export class TagsWriter {
  readonly #names = new Map<string, string>();

  /** The members of these tags, for {@link write}. */
  members(tags: Tags): string {
    let text = '';
    for (const [name, value] of tags) text += `,${this.#name(name)}${value}`;
    return text.slice(1);
  }

  /** `members` are those of `shared`. */
  write(attributes: AttributeMap, shared: Tags, members: string, own: Tags | undefined, limit: TextLimit): string {
    let text = members;
    for (const name of own?.keys() ?? []) if (shared.has(name)) return this.#merged(attributes, shared, own, limit);
    for (const name in attributes) {
      if (shared.has(name) || (own !== undefined && name.startsWith(OWN_PREFIX))) {
        return this.#merged(attributes, shared, own, limit);
      }
      text += `${text === '' ? '' : ','}${this.#name(name)}${valueJson(attributes[name], limit)}`;
    }
    const last = own === undefined ? '' : this.members(own);
    return `{${text}${text === '' || last === '' ? '' : ','}${last}}`;
  }

  #merged(attributes: AttributeMap, shared: Tags, own: Tags | undefined, limit: TextLimit): string {
    const tags = new Map([...(own ?? []), ...shared]);
    for (const name in attributes) tags.set(name, valueJson(attributes[name], limit));
    return `{${this.members(tags)}}`;
  }

  #name(name: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const text = `${quoted(name)}:`;
    if (this.#names.size >= MAX_NAMES) this.#names.clear();
    this.#names.set(name, text);
    return text;
  }
}
