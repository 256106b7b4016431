/** One component's options, from the Collector's names to ours. */
import { type Document, isMap, isScalar, type Node, type Pair, YAMLMap } from 'yaml';
import type { Rule, Target } from './rule.ts';
import { keyOf, pairsOf, type Source } from './source.ts';

/** Told of each option that has no counterpart: its path below the component, and the node to blame. */
export type Unknown = (path: string, key: Node, advice: string | undefined) => void;

/** The block in our names, comments kept. `target` is the document that it goes into. */
export function convertBlock(
  source: Source,
  block: Node | null,
  rule: Rule,
  target: Document,
  unknown: Unknown,
): YAMLMap | null {
  const result = new YAMLMap();
  walk(source, block, '', rule, (path, pair, to) => {
    if (to === undefined) unknown(path, pair.key as Node, adviceFor(rule, path));
    else put(target, result, to, pair);
  });
  for (const [path, value] of Object.entries(rule.defaults ?? {})) {
    const keys = path.split('.');
    if (!result.hasIn(keys)) putIn(target, result, keys, target.createNode(value));
  }
  return result.items.length === 0 ? null : result;
}

/** Where one option goes: a place and, for some, a value of our own. */
interface Place {
  readonly keys: readonly string[];
  readonly value?: (node: Node) => unknown;
}

function walk(
  source: Source,
  block: Node | null,
  prefix: string,
  rule: Rule,
  found: (path: string, pair: Pair, to: Place | undefined) => void,
): void {
  for (const pair of pairsOf(source, block)) {
    const path = prefix === '' ? keyOf(pair) : `${prefix}.${keyOf(pair)}`;
    const to = placeOf(rule, path);
    if (to !== undefined || !leadsOn(rule, path)) {
      found(path, pair, to);
    } else if (isMap(pair.value)) {
      walk(source, pair.value, path, rule, found);
    } else if (isNothing(pair.value)) {
      // A key without value turns on what stands for it: `protocols: { http: }`.
      if (staysInPlace(rule, path)) found(path, pair, { keys: path.split('.') });
    } else {
      found(path, pair, undefined);
    }
  }
}

function placeOf(rule: Rule, path: string): Place | undefined {
  const exact = rule.options[path];
  if (exact !== undefined) return place(exact);
  const parent = path.slice(0, path.lastIndexOf('.'));
  const all = rule.options[`${parent}.*`];
  if (typeof all !== 'string') return undefined;
  return { keys: [...all.slice(0, -'.*'.length).split('.'), path.slice(parent.length + 1)] };
}

function place(target: Target): Place {
  return typeof target === 'string' ? { keys: target.split('.') } : { keys: target.to.split('.'), value: target.value };
}

/** Whether any option below this path is known. */
function leadsOn(rule: Rule, path: string): boolean {
  return Object.keys(rule.options).some((option) => option.startsWith(`${path}.`));
}

function staysInPlace(rule: Rule, path: string): boolean {
  return Object.values(rule.options).some((target) => typeof target === 'string' && target.startsWith(`${path}.`));
}

function isNothing(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function adviceFor(rule: Rule, path: string): string | undefined {
  const advice = Object.entries(rule.advice ?? {}).find(([of]) =>
    `${path}.`.startsWith(of.endsWith('.') ? of : `${of}.`),
  );
  return advice?.[1];
}

function put(target: Document, result: YAMLMap, { keys, value }: Place, pair: Pair): void {
  const node = value === undefined ? pair.value : target.createNode(value(pair.value as Node));
  putIn(target, result, keys, node as Node | null, pair.key as Node);
}

/** Sets a value, making the maps on the way to it; comments above the key it had stay above it. */
function putIn(target: Document, result: YAMLMap, keys: readonly string[], value: Node | null, written?: Node): void {
  const [key = '', ...rest] = keys;
  if (rest.length === 0) {
    const name = target.createNode(key) as Node;
    name.commentBefore = written?.commentBefore ?? null;
    result.set(name, value);
    return;
  }
  const there: unknown = result.get(key, true);
  const map = isMap(there) ? there : new YAMLMap();
  if (map !== there) result.set(target.createNode(key), map);
  putIn(target, map, rest, value, written);
}
