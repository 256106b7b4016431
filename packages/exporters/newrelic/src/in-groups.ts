/** The order in which items are written: those of one resource and scope behind each other. */
import { PerGroup, type ResourceRecord, type ScopeRecord } from '@telemetryflow/otlp';

/** What says to which group an item belongs. */
interface Grouped {
  readonly resource: ResourceRecord;
  readonly instrumentationScope: ScopeRecord;
}

/**
 * The items with their numbers, group after group in the order of their first items: scopes that take turns would
 * otherwise begin a `common` block with each item.
 */
export function inGroups<R extends Grouped>(records: readonly R[]): Iterable<readonly [item: number, record: R]> {
  const [first] = records;
  const isOther = ({ resource, instrumentationScope: scope }: R): boolean =>
    resource !== first?.resource || scope !== first.instrumentationScope;
  if (!records.some(isOther)) return records.entries();
  const groups: [number, R][][] = [];
  const groupOf = new PerGroup(() => {
    const group: [number, R][] = [];
    groups.push(group);
    return group;
  });
  for (const [item, record] of records.entries()) {
    groupOf.of(record.resource, record.instrumentationScope).push([item, record]);
  }
  return groups.flat();
}
