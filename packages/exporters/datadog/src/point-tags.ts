/**
 * The tags of points: those of resource and scope, and the attributes. Points of one metric mostly have the same keys,
 * and the order of tags is that of their keys: it is worked out once for as long as the keys stay the same.
 */
import type { AttributeMap, AttributeValue } from '@telemetryflow/otlp';
import { type ResourceTags, singleTags } from './resource-tags.ts';
import { MAX_TAG, PLAIN_TAG, pushAllTags, sortedTags, type TagSet, tagSet, tagText } from './tag-text.ts';

/** The attribute of a point that is its host, and no tag. */
const HOST = 'host';

/** Where a tag of a point comes from: it is always the same, or it is an attribute. */
type Slot = string | { readonly key: string; readonly prefix: string };

/** The tags of the points of one resource and scope. */
export class PointTags {
  readonly #shared: ResourceTags;
  readonly #scope: readonly string[];
  #keys: readonly string[] = [];
  /** `undefined`: the order depends on the values. */
  #slots: readonly Slot[] | undefined;

  constructor(shared: ResourceTags, scope: readonly string[]) {
    this.#shared = shared;
    this.#scope = scope;
    this.#slots = this.#plan({});
  }

  host(attributes: AttributeMap): string {
    const own = attributes[HOST];
    return typeof own === 'string' && own !== '' ? own : this.#shared.host;
  }

  /** Sorted, each once. */
  of(attributes: AttributeMap): TagSet {
    if (!this.#isPlanned(attributes)) {
      this.#keys = Object.keys(attributes);
      this.#slots = this.#plan(attributes);
    }
    if (this.#slots === undefined) return this.#sorted(attributes);
    const list: string[] = [];
    let text = '';
    for (const slot of this.#slots) {
      let tag = slot;
      if (typeof tag !== 'string') {
        const value = simpleText(attributes[tag.key]);
        if (value === undefined) return this.#sorted(attributes);
        const fits = value !== '' && tag.prefix.length + value.length <= MAX_TAG && PLAIN_TAG.test(value);
        tag = fits ? tag.prefix + value : tagText(tag.key, value);
      }
      list.push(tag);
      text += text === '' ? tag : `","${tag}`;
    }
    return { list, text };
  }

  #isPlanned(attributes: AttributeMap): boolean {
    let at = 0;
    for (const key in attributes) if (this.#keys[at++] !== key) return false;
    return at === this.#keys.length;
  }

  #plan(attributes: AttributeMap): readonly Slot[] | undefined {
    const fixed = this.#fixed(attributes);
    const slots: (readonly [prefix: string, slot: Slot])[] = fixed.map((tag) => [
      tag.slice(0, tag.indexOf(':') + 1),
      tag,
    ]);
    const taken = new Set(slots.map(([prefix]) => prefix));
    for (const key of Object.keys(attributes)) {
      if (key === HOST) continue;
      const prefix = tagText(key, 'x').slice(0, -1);
      if (!prefix.endsWith(':') || taken.has(prefix)) return undefined;
      taken.add(prefix);
      slots.push([prefix, { key, prefix }]);
    }
    // Tags that are always the same are in order among each other.
    slots.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return slots.map(([, slot]) => slot);
  }

  #fixed(attributes: AttributeMap): string[] {
    return sortedTags([...this.#shared.tags, ...this.#scope, ...singleTags(this.#shared.single, attributes)]);
  }

  #sorted(attributes: AttributeMap): TagSet {
    const tags = this.#fixed(attributes);
    pushAllTags(tags, attributes, HOST);
    return tagSet(sortedTags(tags));
  }
}

/** `undefined` for what is not one tag of its own text. */
function simpleText(value: AttributeValue): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
