/** Tags and names as Datadog would store them. */
import { type AttributeMap, type AttributeValue, valueToText } from '@telemetryflow/otlp';

/** Characters of a tag, and of the name of a metric. */
export const MAX_TAG = 200;
const MAX_NAMES = 4096;
/** Text that tags hold as it is. */
export const PLAIN_TAG: RegExp = /^[A-Za-z0-9_\-:./]*$/;

const names = new Map<string, string>();

/** `key:value` as a clean tag, with `n/a` for no value. */
export function tagText(key: string, value: string): string {
  return cleanTag(`${key}:${value === '' ? 'n/a' : value}`);
}

/** The tag, with `_` for every character that tags cannot have, at most 200 characters. */
export function cleanTag(tag: string): string {
  if (tag.length <= MAX_TAG && PLAIN_TAG.test(tag)) return tag;
  return firstCharacters(tag.replace(/[^\p{L}\p{N}_\-:./]/gu, '_'));
}

function firstCharacters(text: string): string {
  return text.length <= MAX_TAG ? text : [...text.slice(0, 2 * MAX_TAG)].slice(0, MAX_TAG).join('');
}

/** Appends an attribute as a tag; an array becomes one tag per element, since tags may have several values. */
export function pushTags(tags: string[], key: string, value: AttributeValue): void {
  if (typeof value === 'string') tags.push(tagText(key, value));
  else if (typeof value === 'number' || typeof value === 'boolean') tags.push(tagText(key, String(value)));
  else if (Array.isArray(value) && value.every(isPrimitive)) {
    for (const element of value) tags.push(tagText(key, primitiveText(element)));
  } else tags.push(tagText(key, primitiveText(value)));
}

/** Appends every attribute of a map, but the one that is no tag. */
export function pushAllTags(tags: string[], attributes: AttributeMap, except?: string): void {
  for (const key in attributes) if (key !== except) pushTags(tags, key, attributes[key]);
}

function isPrimitive(value: AttributeValue): boolean {
  return typeof value !== 'object' || value === null;
}

function primitiveText(value: AttributeValue): string {
  return typeof value === 'number' ? String(value) : valueToText(value);
}

/** Tags in their order, each once. */
export interface TagSet {
  readonly list: readonly string[];
  /** `a:b","c:d`: the inside of a JSON list without its outer quotes; tags hold no character that JSON escapes. */
  readonly text: string;
}

export function tagSet(sorted: readonly string[]): TagSet {
  return { list: sorted, text: sorted.join('","') };
}

/** The set with one more. */
export function withTag({ list }: TagSet, tag: string): TagSet {
  return tagSet(sortedTags([...list, tag]));
}

/** Sorted, each once. */
export function sortedTags(tags: string[]): string[] {
  if (tags.length < 2) return tags;
  tags.sort();
  let kept = 1;
  for (let i = 1; i < tags.length; i++) {
    const tag = tags[i] as string;
    if (tag !== tags[i - 1]) tags[kept++] = tag;
  }
  tags.length = kept;
  return tags;
}

/**
 * The name of a metric: letters, digits, `_` and `.`, a letter first, at most 200 characters. `''` where nothing is
 * left.
 */
export function metricName(name: string): string {
  let made = names.get(name);
  if (made === undefined) {
    made = name
      .replace(/[^A-Za-z0-9_.]/gu, '_')
      .replace(/^[^A-Za-z]+/, '')
      .slice(0, MAX_TAG);
    if (names.size >= MAX_NAMES) names.clear();
    names.set(name, made);
  }
  return made;
}
