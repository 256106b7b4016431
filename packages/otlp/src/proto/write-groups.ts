/** Writes Resource and InstrumentationScope messages, and the envelopes around items. */
import { type EncodedGroup, type GroupSink, Groups } from '../groups.ts';
import type { ResourceRecord, ScopeRecord } from '../records.ts';
import { writeAttributes } from './write-values.ts';
import { type ProtoWriter, type Reserve, reserveFor, written } from './writer.ts';

/** Writes the content of a Resource message; the schema URL is not part of it. */
export function writeResource(writer: ProtoWriter, resource: ResourceRecord): void {
  const dropped = writeAttributes(writer, 0x0a, resource.attributes, 3);
  writer.uint32(0x10, (resource.droppedAttributesCount ?? 0) + dropped);
  for (const entity of resource.entityRefs ?? []) {
    writer.ensure(0);
    const start = writer.open(0x1a, 1);
    writer.text(0x0a, entity.schemaUrl);
    writer.text(0x12, entity.type);
    for (const key of entity.idKeys) writer.string(0x1a, key);
    for (const key of entity.descriptionKeys) writer.string(0x22, key);
    writer.close(start, 1);
  }
}

/** Writes the content of an InstrumentationScope message; the schema URL is not part of it. */
export function writeScope(writer: ProtoWriter, scope: ScopeRecord): void {
  writer.text(0x0a, scope.name);
  writer.text(0x12, scope.version);
  const dropped = writeAttributes(writer, 0x1a, scope.attributes, 4);
  writer.uint32(0x20, (scope.droppedAttributesCount ?? 0) + dropped);
}

/**
 * The content of a Resource message as bytes: attributes, dropped count and entity refs, no schema URL.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decodeResource, encodeResource, type ResourceRecord } from '@telemetryflow/otlp';
 *
 * const resource: ResourceRecord = { attributes: { 'service.name': 'shop', shards: [1, 2] } };
 * assert.deepEqual(decodeResource(encodeResource(resource)).attributes['shards'], [1, 2]);
 * ```
 */
export function encodeResource(resource: ResourceRecord): Uint8Array {
  return written((writer) => writeResource(writer, resource));
}

/** Groups written as protobuf: Resource… messages with Scope… messages in them. */
export function protoGroups(writer: ProtoWriter): Groups {
  writer.groups ??= new Groups(new ProtoGroups(writer));
  return writer.groups.begin();
}

class ProtoGroups implements GroupSink {
  private readonly writer: ProtoWriter;
  private resourceStart = 0;
  private scopeStart = 0;
  /** What the last scope's length took: scopes that take turns all hold few items. */
  private scopeReserve: Reserve = 3;

  constructor(writer: ProtoWriter) {
    this.writer = writer;
  }

  encodeResource(resource: ResourceRecord): EncodedGroup {
    return this.encoded(resource.schemaUrl, () => writeResource(this.writer, resource));
  }

  encodeScope(scope: ScopeRecord): EncodedGroup {
    return this.encoded(scope.schemaUrl, () => writeScope(this.writer, scope));
  }

  openResource(resource: EncodedGroup): void {
    this.resourceStart = this.open(0x0a, resource, 3);
  }

  closeResource(resource: EncodedGroup): void {
    this.close(this.resourceStart, resource, 3);
  }

  openScope(scope: EncodedGroup): void {
    this.scopeStart = this.open(0x12, scope, this.scopeReserve);
  }

  closeScope(scope: EncodedGroup): void {
    const length = this.close(this.scopeStart, scope, this.scopeReserve);
    this.scopeReserve = reserveFor(length);
  }

  private open(tag: number, group: EncodedGroup, reserve: Reserve): number {
    this.writer.ensure(0);
    const start = this.writer.open(tag, reserve);
    this.writer.raw(group.head);
    return start;
  }

  /** Returns the length of the message. */
  private close(start: number, group: EncodedGroup, reserve: Reserve): number {
    this.writer.raw(group.tail);
    const length = this.writer.pos - start;
    this.writer.close(start, reserve);
    return length;
  }

  /** Encodes behind what is written so far, copies it out and takes it back. */
  private encoded(schemaUrl: string | undefined, write: () => void): EncodedGroup {
    const { writer } = this;
    const before = writer.pos;
    writer.ensure(0);
    const start = writer.open(0x0a, 2);
    write();
    writer.close(start, 2);
    const head = writer.copy(before);
    writer.pos = before;
    writer.text(0x1a, schemaUrl);
    const tail = writer.copy(before);
    writer.pos = before;
    return { head, tail };
  }
}
