/** Reads the envelopes around items: Resource… and Scope… messages with their resource and scope. */
import { emptyAttributes, type MutableAttributes } from '../attributes.ts';
import type { EntityRef, ResourceRecord, ScopeRecord } from '../records.ts';
import { messageOperation } from '../wire/walk-table.ts';
import { readKeyValue } from './read-values.ts';
import { ProtoReader } from './reader.ts';

const REQUEST = messageOperation('TracesRequest');
const RESOURCE_ITEMS = messageOperation('ResourceSpans');
const SCOPE_ITEMS = messageOperation('ScopeSpans');
const RESOURCE = messageOperation('Resource');
const ENTITY_REF = messageOperation('EntityRef');
const SCOPE = messageOperation('InstrumentationScope');

/** A record that is being filled. */
export type Building<T> = { -readonly [K in keyof T]: T[K] };

interface BuildingResource extends Building<ResourceRecord> {
  readonly attributes: MutableAttributes;
  entityRefs?: EntityRef[];
}

interface BuildingScope extends Building<ScopeRecord> {
  attributes?: MutableAttributes;
}

/** What happens with the parts of a request; resource and scope fill up while their items are read. */
export interface GroupReader {
  /** A Resource… message begins. */
  resource(resource: ResourceRecord): void;
  /** A Scope… message begins. */
  scope(scope: ScopeRecord): void;
  /** The next item, with its length, lies at the reader's position. */
  item(reader: ProtoReader, end: number): void;
}

/** Reads a whole request. Fields come in any order, so items may precede their scope or resource. */
export function readRequest(bytes: Uint8Array, into: GroupReader): void {
  const reader = new ProtoReader(bytes);
  const end = bytes.length;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) readResourceItems(reader, end, into);
    else reader.other(tag, end, REQUEST);
  }
}

function readResourceItems(reader: ProtoReader, limit: number, into: GroupReader): void {
  const end = reader.element(limit);
  const resource: BuildingResource = { attributes: emptyAttributes() };
  into.resource(resource);
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x0a:
        readResource(reader, reader.length(end), resource);
        break;
      case 0x12:
        readScopeItems(reader, end, into);
        break;
      case 0x1a:
        resource.schemaUrl = reader.string(end) || undefined;
        break;
      default:
        reader.other(tag, end, RESOURCE_ITEMS);
    }
  }
}

function readScopeItems(reader: ProtoReader, limit: number, into: GroupReader): void {
  const end = reader.element(limit);
  const scope: BuildingScope = { name: '' };
  into.scope(scope);
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x12:
        into.item(reader, end);
        break;
      case 0x0a:
        readScope(reader, reader.length(end), scope);
        break;
      case 0x1a:
        scope.schemaUrl = reader.string(end) || undefined;
        break;
      default:
        reader.other(tag, end, SCOPE_ITEMS);
    }
  }
}

/** Reads the content of a Resource message into a record; a second occurrence merges into the first. */
function readResource(reader: ProtoReader, end: number, resource: BuildingResource): void {
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x0a:
        readKeyValue(reader, end, resource.attributes, 3);
        break;
      case 0x10:
        resource.droppedAttributesCount = reader.uint32(end);
        break;
      case 0x1a:
        resource.entityRefs ??= [];
        resource.entityRefs.push(readEntityRef(reader, end));
        break;
      default:
        reader.other(tag, end, RESOURCE);
    }
  }
}

function readEntityRef(reader: ProtoReader, limit: number): EntityRef {
  const end = reader.element(limit);
  let schemaUrl = '';
  let type = '';
  const idKeys: string[] = [];
  const descriptionKeys: string[] = [];
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x0a:
        schemaUrl = reader.string(end);
        break;
      case 0x12:
        type = reader.string(end);
        break;
      case 0x1a:
        idKeys.push(reader.string(end));
        break;
      case 0x22:
        descriptionKeys.push(reader.string(end));
        break;
      default:
        reader.other(tag, end, ENTITY_REF);
    }
  }
  return schemaUrl === '' ? { type, idKeys, descriptionKeys } : { schemaUrl, type, idKeys, descriptionKeys };
}

function readScope(reader: ProtoReader, end: number, scope: BuildingScope): void {
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x0a:
        scope.name = reader.string(end);
        break;
      case 0x12:
        scope.version = reader.string(end) || undefined;
        break;
      case 0x1a:
        scope.attributes ??= emptyAttributes();
        readKeyValue(reader, end, scope.attributes, 4);
        break;
      case 0x20:
        scope.droppedAttributesCount = reader.uint32(end);
        break;
      default:
        reader.other(tag, end, SCOPE);
    }
  }
}

/**
 * The record of a Resource message: attributes, dropped count and entity refs. Throws `OtlpError`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decodeResource, type EntityRef, encodeResource } from '@telemetryflow/otlp';
 *
 * const host: EntityRef = { type: 'host', idKeys: ['host.id'], descriptionKeys: [] };
 * const bytes = encodeResource({ attributes: { 'host.id': 'i-0af7' }, entityRefs: [host] });
 * assert.deepEqual(decodeResource(bytes).entityRefs, [host]);
 * ```
 */
export function decodeResource(bytes: Uint8Array): ResourceRecord {
  const resource: BuildingResource = { attributes: emptyAttributes() };
  readResource(new ProtoReader(bytes), bytes.length, resource);
  return resource;
}
