/**
 * Groups of spans and log records: runs of records with the same resource and the same scope. One rule for
 * protobuf and JSON, so that items have the same numbers in both and in the records.
 */
import type { ResourceRecord, ScopeRecord } from './records.ts';

/** A resource or scope, encoded once: what comes before its items and what comes behind them. */
export interface EncodedGroup {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/** Where groups are written to. */
export interface GroupSink {
  encodeResource(resource: ResourceRecord): EncodedGroup;
  encodeScope(scope: ScopeRecord): EncodedGroup;
  openResource(resource: EncodedGroup): void;
  closeResource(resource: EncodedGroup): void;
  openScope(scope: EncodedGroup): void;
  closeScope(scope: EncodedGroup): void;
}

/** A span or log record. */
interface Grouped {
  readonly resource: ResourceRecord;
  readonly instrumentationScope: ScopeRecord;
}

/**
 * Opens and closes the groups around records that come in order. A new resource or scope opens where that of the
 * next record is another object *and* has other content; the order of records never changes.
 */
export class Groups {
  private readonly sink: GroupSink;
  private readonly resources = new Map<ResourceRecord, EncodedGroup>();
  private readonly scopes = new Map<ScopeRecord, EncodedGroup>();
  /** The same by content: what says the same is the same object. */
  private readonly resourceContents = new Map<string, EncodedGroup>();
  private readonly scopeContents = new Map<string, EncodedGroup>();
  private resource: ResourceRecord | undefined;
  private scope: ScopeRecord | undefined;
  private openedResource: EncodedGroup | undefined;
  private openedScope: EncodedGroup | undefined;

  constructor(sink: GroupSink) {
    this.sink = sink;
  }

  /**
   * To be called before the first record; forgets all of an earlier use, however that ended. A writer keeps its
   * groups: the engine drops the code of objects that are gone after a garbage collection.
   */
  begin(): this {
    this.resources.clear();
    this.scopes.clear();
    this.resourceContents.clear();
    this.scopeContents.clear();
    this.resource = undefined;
    this.scope = undefined;
    this.openedResource = undefined;
    this.openedScope = undefined;
    return this;
  }

  /** To be called before each record. */
  enter(record: Grouped): void {
    if (record.resource === this.resource && record.instrumentationScope === this.scope) return;
    this.change(record.resource, record.instrumentationScope);
  }

  /** To be called after the last record. */
  end(): void {
    this.leaveResource();
    this.begin();
  }

  private change(resource: ResourceRecord, scope: ScopeRecord): void {
    const encoded = this.resources.get(resource) ?? this.resourceOf(resource);
    const encodedScope = this.scopes.get(scope) ?? this.scopeOf(scope);
    if (encoded !== this.openedResource) {
      this.leaveResource();
      this.openedResource = encoded;
      this.sink.openResource(encoded);
    }
    if (encodedScope !== this.openedScope) {
      this.leaveScope();
      this.openedScope = encodedScope;
      this.sink.openScope(encodedScope);
    }
    this.resource = resource;
    this.scope = scope;
  }

  private resourceOf(resource: ResourceRecord): EncodedGroup {
    const encoded = known(this.sink.encodeResource(resource), this.resourceContents);
    this.resources.set(resource, encoded);
    return encoded;
  }

  private scopeOf(scope: ScopeRecord): EncodedGroup {
    const encoded = known(this.sink.encodeScope(scope), this.scopeContents);
    this.scopes.set(scope, encoded);
    return encoded;
  }

  private leaveResource(): void {
    this.leaveScope();
    if (this.openedResource !== undefined) this.sink.closeResource(this.openedResource);
    this.openedResource = undefined;
  }

  private leaveScope(): void {
    if (this.openedScope !== undefined) this.sink.closeScope(this.openedScope);
    this.openedScope = undefined;
  }
}

/**
 * The records with those of the same resource, and within it those of the same scope, moved together: groups come
 * in the order of their first record, records keep their order within a group. `encode` then writes each resource
 * and scope once. "Same" is by identity. Returns the array itself when its records are together already.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { groupRecords } from '@telemetryflow/otlp';
 *
 * const instrumentationScope = { name: 'http' };
 * const [shop, cart] = [{ attributes: { 'service.name': 'shop' } }, { attributes: { 'service.name': 'cart' } }];
 * const records = [
 *   { name: 'a', resource: shop, instrumentationScope },
 *   { name: 'b', resource: cart, instrumentationScope },
 *   { name: 'c', resource: shop, instrumentationScope },
 * ];
 * assert.deepEqual(
 *   groupRecords(records).map(({ name }) => name),
 *   ['a', 'c', 'b'],
 * );
 * ```
 */
export function groupRecords<T extends Grouped>(records: readonly T[]): readonly T[] {
  return groupOrder(records)?.map((item) => records[item] as T) ?? records;
}

/**
 * What {@link groupRecords} returns, with the number of each record: for encoders that say which items they wrote.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { groupEntries } from '@telemetryflow/otlp';
 *
 * const resource = { attributes: {} };
 * const [http, grpc] = [{ name: 'http' }, { name: 'grpc' }];
 * const records = [http, grpc, http].map((instrumentationScope) => ({ resource, instrumentationScope }));
 * assert.deepEqual(
 *   [...groupEntries(records)].map(([item]) => item),
 *   [0, 2, 1],
 * );
 * ```
 */
export function groupEntries<T extends Grouped>(records: readonly T[]): Iterable<readonly [item: number, record: T]> {
  return groupOrder(records)?.map((item) => [item, records[item] as T] as const) ?? records.entries();
}

/** The numbers of the records, group by group; `undefined` where they are in that order already. */
function groupOrder(records: readonly Grouped[]): number[] | undefined {
  let runs = 0;
  let last: Grouped | undefined;
  for (const record of records) {
    if (record.resource !== last?.resource || record.instrumentationScope !== last?.instrumentationScope) runs++;
    last = record;
  }
  if (runs < 3) return undefined;
  const resources = new Map<ResourceRecord, Map<ScopeRecord, number[]>>();
  let groups = 0;
  for (const [item, { resource, instrumentationScope }] of records.entries()) {
    const scopes = resources.get(resource) ?? new Map<ScopeRecord, number[]>();
    if (scopes.size === 0) resources.set(resource, scopes);
    const group = scopes.get(instrumentationScope);
    if (group !== undefined) group.push(item);
    else {
      scopes.set(instrumentationScope, [item]);
      groups++;
    }
  }
  if (runs === groups) return undefined;
  return [...resources.values()].flatMap((scopes) => [...scopes.values()].flat());
}

/** The group of this content that was encoded first. */
function known(encoded: EncodedGroup, contents: Map<string, EncodedGroup>): EncodedGroup {
  const { head, tail } = encoded;
  const content = `${head.length} ${latin1(head)}${latin1(tail)}`;
  const first = contents.get(content);
  if (first === undefined) contents.set(content, encoded);
  return first ?? encoded;
}

function latin1({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1');
}
