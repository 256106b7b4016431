/** The points of a batch by series and second, in the order in which series were first seen. */
import { type GroupIdentity, PointGroup, type PointValue } from './point-group.ts';

/** A point on its way into a group. */
export interface GroupedPoint {
  readonly value: PointValue;
  /** Window in seconds; 0 where it is unknown. */
  readonly interval: number;
  readonly time: readonly [seconds: number, nanoseconds: number];
  readonly item: number;
}

/** Groups of one name, by the text of their tags. Those of equal tags are few, and form a chain. */
type ByTags = Map<string, PointGroup>;

export class PointGroups {
  readonly all: PointGroup[] = [];
  readonly #byName = new Map<string, ByTags>();

  /** The groups of a name, to be handed to `add`: points come metric by metric. */
  named(name: string): ByTags {
    let byTags = this.#byName.get(name);
    if (byTags === undefined) {
      byTags = new Map();
      this.#byName.set(name, byTags);
    }
    return byTags;
  }

  add(byTags: ByTags, identity: GroupIdentity, point: GroupedPoint): void {
    const { value, interval, time, item } = point;
    const first = byTags.get(identity.tags.text);
    let group = first;
    while (group !== undefined && !group.isOf(identity, value.kind)) group = group.next;
    if (group === undefined) {
      group = new PointGroup(identity, value, interval, time, first);
      byTags.set(identity.tags.text, group);
      this.all.push(group);
    } else {
      group.merge(value, interval, time);
    }
    group.items.push(item);
  }
}
