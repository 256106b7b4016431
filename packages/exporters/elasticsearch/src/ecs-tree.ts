/** Members that the document has already. */
const TAKEN: ReadonlySet<string> = new Set(['@timestamp', 'data_stream']);

/** A document under construction whose members are named by dotted paths. */
import { jsonString } from './json-text.ts';

/** Deeper objects are refused by the server. */
const MAX_PARTS = 18;

type Branch = Map<string, Branch | string>;

export class EcsTree {
  readonly #root: Branch = new Map();

  /** Sets a path to JSON text; a leaf in the place of an object goes below it, as `value`. */
  set(path: string, json: string): void {
    const parts = partsOf(path);
    if (TAKEN.has(parts[0] ?? '')) parts.unshift('attributes');
    const last = parts.pop() ?? '_';
    let branch = this.#root;
    for (const part of parts) {
      const next = branch.get(part);
      if (next instanceof Map) {
        branch = next;
        continue;
      }
      const made: Branch = new Map();
      if (next !== undefined) made.set('value', next);
      branch.set(part, made);
      branch = made;
    }
    let name = last;
    for (let at = branch.get(name); at instanceof Map; at = branch.get(name)) {
      branch = at;
      name = 'value';
    }
    branch.set(name, json);
  }

  /** The members of the root, each with a comma before it. */
  members(): string {
    return membersOf(this.#root);
  }
}

/** Empty parts, which the server refuses, become `_`. */
function partsOf(path: string): string[] {
  const parts = path
    .split('.')
    .map((part) => (part.trim() === '' ? '_' : part.replaceAll('\0', '\ufffd').toWellFormed()));
  return parts.length <= MAX_PARTS ? parts : [...parts.slice(0, MAX_PARTS - 1), parts.slice(MAX_PARTS - 1).join('_')];
}

function membersOf(branch: Branch): string {
  let text = '';
  for (const [name, value] of branch) {
    text += `,${jsonString(name)}:${typeof value === 'string' ? value : `{${membersOf(value).slice(1)}}`}`;
  }
  return text;
}
