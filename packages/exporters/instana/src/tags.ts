/** `data.tags` of a span: a flat map. What all spans of a resource and scope share is written once per batch. */
import {
  type AttributeMap,
  quoted,
  type ResourceRecord,
  type ScopeRecord,
  type SpanLinkRecord,
  type SpanRecord,
} from '@telemetryflow/otlp';
import { keyJson, mapJson, type TextLimit, textJson, valueJson } from './values.ts';

/** JSON by name. */
export type Tags = ReadonlyMap<string, string>;

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

/** The members of these tags, for {@link tagsJson}. */
export function membersOf(tags: Tags): string {
  let text = '';
  for (const [name, value] of tags) text += `,${keyJson(name)}${value}`;
  return text.slice(1);
}

/** What all spans of a resource and scope share, with the members it is written as. */
export interface SharedTags {
  readonly tags: Tags;
  readonly members: string;
}

/** The object, each name once. */
export function tagsJson(
  attributes: AttributeMap,
  shared: SharedTags,
  own: Tags | undefined,
  limit: TextLimit,
): string {
  for (const name of own?.keys() ?? []) if (shared.tags.has(name)) return mergedJson(attributes, shared, own, limit);
  let text = shared.members;
  for (const name in attributes) {
    if (shared.tags.has(name) || own?.has(name) === true) return mergedJson(attributes, shared, own, limit);
    text += `${text === '' ? '' : ','}${keyJson(name)}${valueJson(attributes[name], limit)}`;
  }
  const last = own === undefined ? '' : membersOf(own);
  return `{${text}${text === '' || last === '' ? '' : ','}${last}}`;
}

function mergedJson(attributes: AttributeMap, shared: SharedTags, own: Tags | undefined, limit: TextLimit): string {
  const tags = new Map([...(own ?? []), ...shared.tags]);
  for (const name in attributes) tags.set(name, valueJson(attributes[name], limit));
  return `{${membersOf(tags)}}`;
}
