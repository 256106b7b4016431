/** Writes resources and scopes of OTLP/JSON, and the envelopes around items. */
import type { EncodedGroup, GroupSink } from '../groups.ts';
import type { ResourceRecord, ScopeRecord } from '../records.ts';
import { jsonConstant } from './bytes.ts';
import { writeAttributes } from './write-values.ts';
import type { JsonWriter } from './writer.ts';

const RESOURCE = jsonConstant('{"resource":{');
const ATTRIBUTES = jsonConstant('"attributes":[');
const DROPPED = jsonConstant('"droppedAttributesCount":');
const ENTITY_REFS = jsonConstant('"entityRefs":[');
const OPEN = jsonConstant('{');
const SCHEMA_URL = jsonConstant('"schemaUrl":');
const TYPE = jsonConstant('"type":');
const ID_KEYS = jsonConstant('"idKeys":[');
const DESCRIPTION_KEYS = jsonConstant('"descriptionKeys":[');
const SCOPE = jsonConstant('{"scope":{');
const NAME = jsonConstant('"name":');
const VERSION = jsonConstant('"version":');

const BRACE = 0x7d;
const BRACKET = 0x5d;
const COMMA = 0x2c;

/** Writes `{"resource":{…},`: the start of a Resource… object. */
export function writeResource(writer: JsonWriter, resource: ResourceRecord): void {
  writer.ensure(0);
  writer.put(RESOURCE);
  const dropped = writeAttributes(writer, ATTRIBUTES, resource.attributes, 3);
  writer.uint32(DROPPED, (resource.droppedAttributesCount ?? 0) + dropped);
  const { entityRefs } = resource;
  if (entityRefs !== undefined && entityRefs.length > 0) {
    writer.put(ENTITY_REFS);
    for (const entity of entityRefs) {
      writer.put(OPEN);
      writer.optional(SCHEMA_URL, entity.schemaUrl);
      writer.optional(TYPE, entity.type);
      writeStrings(writer, ID_KEYS, entity.idKeys);
      writeStrings(writer, DESCRIPTION_KEYS, entity.descriptionKeys);
      writer.close(BRACE);
    }
    writer.close(BRACKET);
  }
  writer.close(BRACE);
}

/** Writes `{"scope":{…},`: the start of a Scope… object. */
export function writeScope(writer: JsonWriter, scope: ScopeRecord): void {
  writer.ensure(0);
  writer.put(SCOPE);
  writer.optional(NAME, scope.name);
  writer.optional(VERSION, scope.version);
  const dropped = writeAttributes(writer, ATTRIBUTES, scope.attributes, 4);
  writer.uint32(DROPPED, (scope.droppedAttributesCount ?? 0) + dropped);
  writer.close(BRACE);
}

/** Ends a list of items or scopes and the object around it, whose schema URL comes last. */
export function closeGroup(writer: JsonWriter, schemaUrl: string | undefined): void {
  writer.ensure(0);
  writer.close(BRACKET);
  writer.optional(SCHEMA_URL, schemaUrl);
  writer.close(BRACE);
}

function writeStrings(writer: JsonWriter, key: Uint8Array, values: readonly string[]): void {
  if (values.length === 0) return;
  writer.put(key);
  for (const value of values) {
    writer.text(value);
    writer.bytes[writer.pos++] = COMMA;
  }
  writer.close(BRACKET);
}

/** Groups written as OTLP/JSON; the keys are `"scopeSpans":[` and `"spans":[`, or those of logs. */
export class JsonGroups implements GroupSink {
  private readonly writer: JsonWriter;
  private readonly scopesKey: Uint8Array;
  private readonly itemsKey: Uint8Array;

  constructor(writer: JsonWriter, scopesKey: Uint8Array, itemsKey: Uint8Array) {
    this.writer = writer;
    this.scopesKey = scopesKey;
    this.itemsKey = itemsKey;
  }

  encodeResource(resource: ResourceRecord): EncodedGroup {
    return this.encoded(resource.schemaUrl, () => writeResource(this.writer, resource));
  }

  encodeScope(scope: ScopeRecord): EncodedGroup {
    return this.encoded(scope.schemaUrl, () => writeScope(this.writer, scope));
  }

  openResource(resource: EncodedGroup): void {
    this.writer.raw(resource.head);
    this.writer.put(this.scopesKey);
  }

  closeResource(resource: EncodedGroup): void {
    this.close(resource);
  }

  openScope(scope: EncodedGroup): void {
    this.writer.raw(scope.head);
    this.writer.put(this.itemsKey);
  }

  closeScope(scope: EncodedGroup): void {
    this.close(scope);
  }

  private close(group: EncodedGroup): void {
    this.writer.ensure(0);
    this.writer.close(BRACKET);
    this.writer.raw(group.tail);
    this.writer.close(BRACE);
  }

  /** Encodes behind what is written so far, copies it out and takes it back. */
  private encoded(schemaUrl: string | undefined, write: () => void): EncodedGroup {
    const { writer } = this;
    const before = writer.pos;
    write();
    const head = writer.copy(before);
    writer.pos = before;
    writer.optional(SCHEMA_URL, schemaUrl);
    const tail = writer.copy(before);
    writer.pos = before;
    return { head, tail };
  }
}
