/** A Collector configuration as written, with lines, anchors and merge keys. */
import { type Document, isAlias, isMap, isScalar, LineCounter, type Node, type Pair, parseDocument } from 'yaml';

export interface Source {
  readonly document: Document;
  /** The line of a node, from 1. */
  lineOf(node: unknown): number;
}

/** Why a text is no configuration. */
export class SourceError extends Error {
  readonly line: number;
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super(message);
    this.name = 'SourceError';
    this.line = line;
    this.column = column;
  }
}

/** Throws a {@link SourceError} for text that is not YAML, or whose top is no map. */
export function readSource(text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new SourceError(error.message, line, col);
  }
  if (!isMap(document.contents)) throw new SourceError('a Collector configuration is a map of sections', 1, 1);
  return {
    document,
    lineOf: (node) => lines.linePos((node as Node | null)?.range?.[0] ?? 0).line,
  };
}

/** The pairs of a map, aliases resolved and merge keys spread; none for anything else. */
export function pairsOf(source: Source, node: unknown): readonly Pair[] {
  const map = resolved(source, node);
  if (!isMap(map)) return [];
  const own = map.items.filter((pair) => keyOf(pair) !== '<<');
  const taken = new Set(own.map(keyOf));
  const merged = map.items
    .filter((pair) => keyOf(pair) === '<<')
    .flatMap((pair) => pairsOf(source, pair.value))
    .filter((pair) => !taken.has(keyOf(pair)));
  return [...own, ...merged].map((pair) => {
    const value = resolved(source, pair.value);
    if (value === pair.value) return pair;
    const copy = pair.clone();
    copy.value = value;
    return copy;
  });
}

export function keyOf(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

function resolved(source: Source, node: unknown): unknown {
  if (!isAlias(node)) return node;
  const copy = (node.resolve(source.document) as Node | undefined)?.clone() as (Node & { anchor?: string }) | undefined;
  if (copy !== undefined) delete copy.anchor;
  return copy;
}
