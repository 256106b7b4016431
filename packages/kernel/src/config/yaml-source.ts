/** YAML 1.2 text to a {@link ConfigNode} with positions. The package `yaml` is loaded on first use. */
import type * as Yaml from 'yaml';
import { type ConfigPath, type ConfigProblem, problem } from '../errors/problem.ts';
import type { SourcePosition } from './resolved.ts';
import { type ConfigNode, emptyMap, type MapEntry, type ScalarValue } from './tree.ts';

/** Values that aliases may add to a file; a file that multiplies itself is refused. */
const ALIAS_LIMIT = 10_000;
const DEEPEST = 64;
const UNQUOTED_REFERENCE = /(?<=[\s,:[{])\$\{/;

export interface ParsedYaml {
  /** Undefined when the text could not be parsed. */
  readonly root: ConfigNode | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** The `yaml` package, or a problem that says how to install it. */
export async function importYaml(): Promise<typeof Yaml | ConfigProblem> {
  try {
    return await import('yaml');
  } catch {
    return problem('TFO_ERR_CONFIG_NO_YAML');
  }
}

/** Parses one file. Never throws. */
export function parseYaml(yaml: typeof Yaml, text: string, file: string): ParsedYaml {
  const problems: ConfigProblem[] = [];
  const lines = new yaml.LineCounter();
  const at = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    const documents = yaml.parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
    const [first, second] = documents as readonly Yaml.Document.Parsed[];
    if (first === undefined || first.contents === null) {
      return { root: emptyMap({ file, line: 1, column: 1 }, []), problems };
    }
    if (first.errors.length > 0) return { root: undefined, problems: syntaxProblems(first, text, at) };
    for (const warning of first.warnings) {
      problems.push(
        problem('TFO_ERR_CONFIG_YAML', { position: at(warning.pos[0]), params: { reason: oneLine(warning) } }),
      );
    }
    if (second !== undefined) {
      const params = { reason: 'the file holds more than one document' };
      const position = at(second.range[0]);
      problems.push(problem('TFO_ERR_CONFIG_YAML', { position, params, hint: 'give each document its own file' }));
    }
    return { root: new TreeBuilder(yaml, first, at, problems).build(first.contents), problems };
  } catch (error) {
    const position = { file, line: 1, column: 1 };
    problems.push(problem('TFO_ERR_CONFIG_YAML', { position, params: { reason: reasonOf(error) } }));
    return { root: undefined, problems };
  }
}

class TreeBuilder {
  readonly #yaml: typeof Yaml;
  readonly #document: Yaml.Document.Parsed;
  readonly #at: (offset: number) => SourcePosition;
  readonly #problems: ConfigProblem[];
  readonly #open: Yaml.Node[] = [];
  #aliased = 0;
  #inAlias = 0;
  #refused = false;

  constructor(
    yaml: typeof Yaml,
    document: Yaml.Document.Parsed,
    at: (offset: number) => SourcePosition,
    problems: ConfigProblem[],
  ) {
    this.#yaml = yaml;
    this.#document = document;
    this.#at = at;
    this.#problems = problems;
  }

  build(contents: Yaml.ParsedNode): ConfigNode {
    return this.#node(contents, this.#at(contents.range[0]), []);
  }

  #node(node: Yaml.Node | null, fallback: SourcePosition, path: ConfigPath): ConfigNode {
    const position = node?.range ? this.#at(node.range[0]) : fallback;
    if (this.#inAlias > 0 && ++this.#aliased > ALIAS_LIMIT) return this.#refuse(position, path);
    if (path.length > DEEPEST) {
      this.#fail(position, path, `nested deeper than ${DEEPEST} levels`);
      return emptyMap(position, path);
    }
    if (node === null) return scalar(null, '', true, position, path);
    if (this.#yaml.isAlias(node)) return this.#alias(node, position, path);
    if (this.#yaml.isMap(node)) return this.#map(node, position, path);
    if (this.#yaml.isSeq(node)) return this.#list(node, position, path);
    if (this.#yaml.isScalar(node)) return this.#scalar(node, position, path);
    return emptyMap(position, path);
  }

  #scalar(node: Yaml.Scalar, position: SourcePosition, path: ConfigPath): ConfigNode {
    const plain = node.type === 'PLAIN' || node.type === undefined;
    const value = toScalar(node.value);
    const text = plain && node.source !== undefined ? node.source : String(node.value ?? '');
    return scalar(value, text, plain, position, path);
  }

  #list(node: Yaml.YAMLSeq, position: SourcePosition, path: ConfigPath): ConfigNode {
    this.#open.push(node);
    const items = node.items.map((item, index) => this.#node(asNode(item), position, [...path, index]));
    this.#open.pop();
    return { kind: 'list', items, position, path };
  }

  #map(node: Yaml.YAMLMap, position: SourcePosition, path: ConfigPath): ConfigNode {
    this.#open.push(node);
    const entries = new Map<string, MapEntry>();
    const merged: MapEntry[] = [];
    for (const pair of node.items) {
      const keyNode = asNode(pair.key);
      const keyPosition = keyNode?.range ? this.#at(keyNode.range[0]) : position;
      if (keyNode === null || !this.#yaml.isScalar(keyNode)) {
        this.#fail(keyPosition, path, 'a key must be plain text');
        continue;
      }
      const key = keyNode.type === 'PLAIN' ? (keyNode.source ?? String(keyNode.value)) : String(keyNode.value);
      const value = this.#node(asNode(pair.value), keyPosition, key === '<<' ? path : [...path, key]);
      if (key === '<<' && keyNode.type === 'PLAIN') merged.push(...this.#mergeKey(value));
      else entries.set(key, { key, keyPosition, value });
    }
    for (const entry of merged) if (!entries.has(entry.key)) entries.set(entry.key, entry);
    this.#open.pop();
    return { kind: 'map', entries, position, path };
  }

  /** The entries of `<<: *anchor` or `<<: [*one, *two]`; the first that has a key wins. */
  #mergeKey(value: ConfigNode): readonly MapEntry[] {
    if (value.kind === 'map') return [...value.entries.values()];
    if (value.kind === 'list') return value.items.flatMap((item) => this.#mergeKey(item));
    this.#fail(value.position, value.path, 'the merge key << needs a map');
    return [];
  }

  #alias(node: Yaml.Alias, position: SourcePosition, path: ConfigPath): ConfigNode {
    if (this.#refused) return emptyMap(position, path);
    const target = node.resolve(this.#document);
    if (target === undefined || this.#open.includes(target)) {
      const what = target === undefined ? 'names no anchor' : 'contains itself';
      this.#fail(position, path, `the alias *${node.source} ${what}`);
      return emptyMap(position, path);
    }
    this.#inAlias++;
    const found = this.#node(target, position, path);
    this.#inAlias--;
    return found;
  }

  #refuse(position: SourcePosition, path: ConfigPath): ConfigNode {
    if (!this.#refused) {
      this.#problems.push(problem('TFO_ERR_CONFIG_ALIAS_LIMIT', { position, path, params: { limit: ALIAS_LIMIT } }));
    }
    this.#refused = true;
    return emptyMap(position, path);
  }

  #fail(position: SourcePosition | undefined, path: ConfigPath, reason: string): void {
    this.#problems.push(problem('TFO_ERR_CONFIG_YAML', { position, path, params: { reason } }));
  }
}

function scalar(
  value: ScalarValue,
  text: string,
  plain: boolean,
  position: SourcePosition,
  path: ConfigPath,
): ConfigNode {
  return { kind: 'scalar', value, text, plain, empty: value === null && text === '', position, path };
}

function toScalar(value: unknown): ScalarValue {
  if (value === null || value === undefined) return null;
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? value : String(value);
}

function asNode(value: unknown): Yaml.Node | null {
  return (value ?? null) as Yaml.Node | null;
}

function syntaxProblems(
  document: Yaml.Document.Parsed,
  text: string,
  at: (offset: number) => SourcePosition,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const error of document.errors) {
    const position = at(error.pos[0]);
    const reference = unquotedReference(text, position);
    if (reference !== undefined)
      return [...problems, problem('TFO_ERR_CONFIG_FLOW_REFERENCE', { position: reference })];
    problems.push(problemOf(error, text, position));
    // What follows a broken bracket or quote is mostly noise; a key set twice is not.
    if (error.code !== 'DUPLICATE_KEY') break;
  }
  return problems;
}

function problemOf(error: Yaml.YAMLError, text: string, position: SourcePosition): ConfigProblem {
  if (error.code !== 'DUPLICATE_KEY') {
    return problem('TFO_ERR_CONFIG_YAML', { position, params: { reason: oneLine(error) } });
  }
  const key = /^["']?([^\s"':]+)/.exec(text.slice(error.pos[0]))?.[1] ?? '';
  return problem('TFO_ERR_CONFIG_DUPLICATE_KEY', { position, params: { key } });
}

/** `{ key: ${NAME} }`: the brace opens a map, and the error appears somewhere behind it on the line. */
function unquotedReference(text: string, position: SourcePosition): SourcePosition | undefined {
  const line = text.split('\n')[position.line - 1] ?? '';
  const match = UNQUOTED_REFERENCE.exec(line);
  const inFlow = match !== null && /[[{]/.test(line.slice(0, match.index));
  const inBlock = match !== null && /\$\{[^}"']*:\s/.test(line.slice(match.index));
  return match !== null && (inFlow || inBlock) ? { ...position, column: match.index + 1 } : undefined;
}

function oneLine(error: Error): string {
  return (error.message.split('\n')[0] ?? '').replace(/[:.]$/, '').slice(0, 200);
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return 'nested too deeply';
  return error instanceof Error ? oneLine(error) : 'the parser failed';
}
