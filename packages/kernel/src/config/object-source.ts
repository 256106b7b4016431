/** A JS object to a {@link ConfigNode}. */
import { type ConfigPath, type ConfigProblem, problem } from '../errors/problem.ts';
import { Secret } from './secret.ts';
import { type ConfigNode, emptyMap, type MapEntry } from './tree.ts';

const DEEPEST = 64;

/** Plain objects, arrays, scalars and `Secret`s; anything else is a problem. `undefined` counts as absent. */
export function parseObject(value: unknown, path: ConfigPath = [], problems: ConfigProblem[] = []): ConfigNode {
  if (value === null || value === undefined) return scalar(null, '', path);
  if (value instanceof Secret) return scalar(value, '', path);
  if (path.length > DEEPEST) return refuse('an object nested too deeply, or one that contains itself', path, problems);
  switch (typeof value) {
    case 'string':
      return scalar(value, value, path);
    case 'number':
      return Number.isFinite(value) ? scalar(value, String(value), path) : refuse(String(value), path, problems);
    case 'boolean':
    case 'bigint':
      return scalar(value, String(value), path);
    case 'object':
      return Array.isArray(value) ? listNode(value, path, problems) : mapNode(value, path, problems);
    default:
      return refuse(`a ${typeof value}`, path, problems);
  }
}

function listNode(value: readonly unknown[], path: ConfigPath, problems: ConfigProblem[]): ConfigNode {
  const items = Array.from(value, (item, index) => parseObject(item, [...path, index], problems));
  return { kind: 'list', items, position: undefined, path };
}

function mapNode(value: object, path: ConfigPath, problems: ConfigProblem[]): ConfigNode {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return refuse(`an instance of ${value.constructor?.name ?? 'a class'}`, path, problems);
  }
  const entries = new Map<string, MapEntry>();
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    entries.set(key, { key, keyPosition: undefined, value: parseObject(item, [...path, key], problems) });
  }
  return { kind: 'map', entries, position: undefined, path };
}

function scalar(value: string | number | boolean | bigint | null | Secret, text: string, path: ConfigPath): ConfigNode {
  // Text is as good as quoted; numbers and booleans go where a string is wanted, as they do in YAML.
  const plain = typeof value !== 'string';
  return { kind: 'scalar', value, text, plain, empty: false, position: undefined, path };
}

function refuse(what: string, path: ConfigPath, problems: ConfigProblem[]): ConfigNode {
  problems.push(problem('TFO_ERR_CONFIG_SOURCE', { path, params: { what } }));
  return emptyMap(undefined, path);
}
