/** Groups the items of a batch by record key, before anything is encoded: one record never mixes keys. */
import type { Batch, Items } from '@telemetryflow/kernel';
import { divide, filterByTraceId, logMillis, type RecordOf, resources, type Signal } from '@telemetryflow/otlp';
import { type KeyRule, resourceKey } from './partition-key.ts';

/** Items of equal key. */
export interface Group {
  readonly key: string | null;
  /** Items of the batch; those of the group have these numbers, in this order. */
  readonly items: Items;
  /** The items as an OTLP request. */
  readonly otlp: Uint8Array;
}

/** Number of an item of a group within its batch. */
export function itemAt(items: Items, index: number): number {
  return 'from' in items ? items.from + index : (items[index] ?? -1);
}

/** The groups of a batch in the order of their first items. `host` is the key where `host.name` is missing. */
export function groupByKey(batch: Batch, rule: KeyRule, host: string): Group[] {
  const keys = rule.by === 'trace_id' ? traceKeys(batch) : resourceKeys(batch, rule, host);
  const all = { from: 0, to: batch.count };
  if (keys.texts.length === 1) return [{ key: keys.texts[0] ?? null, items: all, otlp: batch.otlp() }];
  const items: number[][] = keys.texts.map(() => []);
  for (let item = 0; item < keys.groupOf.length; item++) items[keys.groupOf[item] as number]?.push(item);
  const parts = divide(batch.signal, batch.otlp(), keys.groupOf, keys.texts.length);
  return parts.map((otlp, group) => ({ key: keys.texts[group] ?? null, items: items[group] ?? [], otlp }));
}

interface Keys {
  readonly texts: readonly (string | null)[];
  readonly groupOf: Uint32Array;
}

class KeyTable {
  readonly texts: (string | null)[] = [];
  readonly #known = new Map<string | null, number>();

  of(key: string | null): number {
    let group = this.#known.get(key);
    if (group === undefined) {
      group = this.texts.length;
      this.#known.set(key, group);
      this.texts.push(key);
    }
    return group;
  }
}

function resourceKeys(batch: Batch, rule: KeyRule, host: string): Keys {
  const table = new KeyTable();
  const groupOf = new Uint32Array(batch.count);
  if (rule.by === 'none') {
    table.of(null);
    return { texts: table.texts, groupOf };
  }
  let at = 0;
  for (const { resource, items } of resources(batch.signal, batch.otlp())) {
    if (items === 0) continue;
    groupOf.fill(table.of(resourceKey(rule, resource, host)), at, at + items);
    at += items;
  }
  return { texts: table.texts, groupOf };
}

/** Metrics, and logs outside of any trace, have no key. */
function traceKeys(batch: Batch): Keys {
  const table = new KeyTable();
  const groupOf = new Uint32Array(batch.count);
  const { signal } = batch;
  if (signal === 'metrics') {
    table.of(null);
    return { texts: table.texts, groupOf };
  }
  let item = 0;
  filterByTraceId(signal, batch.otlp(), (bytes, offset) => {
    groupOf[item++] = table.of(offset < 0 ? null : hex(bytes, offset));
    return false;
  });
  return { texts: table.texts, groupOf };
}

const NO_TRACE = '0'.repeat(32);

function hex(bytes: Uint8Array, offset: number): string | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + offset, 16).toString('hex');
  return text === NO_TRACE ? null : text;
}

/** Record and number of everything in a batch of spans or logs, by key. */
export function groupRecordsByKey<S extends 'traces' | 'logs'>(
  batch: Batch<S>,
  rule: KeyRule,
  host: string,
): Map<string | null, { readonly records: RecordOf[S][]; readonly items: number[] }> {
  const groups = new Map<string | null, { readonly records: RecordOf[S][]; readonly items: number[] }>();
  const known = new Map<object, string | null>();
  const records = batch.records();
  for (let item = 0; item < records.length; item++) {
    const record = records[item];
    if (record === undefined) continue;
    let key: string | null;
    if (rule.by === 'trace_id') key = traceOf(record);
    else {
      const cached = known.get(record.resource);
      key = cached === undefined ? resourceKey(rule, record.resource, host) : cached;
      known.set(record.resource, key);
    }
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { records: [record], items: [item] });
    else {
      group.records.push(record);
      group.items.push(item);
    }
  }
  return groups;
}

function traceOf(record: RecordOf['traces'] | RecordOf['logs']): string | null {
  const context = typeof record.spanContext === 'function' ? record.spanContext() : record.spanContext;
  const id = context?.traceId;
  return id === undefined || id === '' || id === NO_TRACE ? null : id;
}

/** What a person needs to find an item: ids, time or name. */
export function identify(batch: Batch, item: number): string {
  const [record] = batch.select({ from: item, to: item + 1 }).records() as readonly RecordOf[Signal][];
  if (record === undefined) return 'an item';
  if ('scopeMetrics' in record) {
    return `metric ${JSON.stringify(record.scopeMetrics[0]?.metrics[0]?.descriptor.name ?? '')}`;
  }
  if (typeof record.spanContext === 'function') {
    const { traceId, spanId } = record.spanContext();
    return `span ${spanId} of trace ${traceId}`;
  }
  const log = record as RecordOf['logs'];
  return `log record of ${new Date(logMillis(log, 0)).toISOString()} (service ${JSON.stringify(log.resource.attributes['service.name'] ?? '')})`;
}
