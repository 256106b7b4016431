/** Reads bulk requests as Elasticsearch does: what is wrong with the whole, and with each document. */
import { parseStrictJson } from './strict-json.ts';

/** One action with its source. */
export interface BulkDocument {
  readonly action: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly source: Readonly<Record<string, unknown>>;
  /** Why the source is no document. */
  readonly broken?: string;
}

/** A bulk request that is refused as a whole. */
export class BulkError extends Error {}

const ACTIONS: ReadonlySet<string> = new Set(['create', 'index', 'update', 'delete']);
const META: ReadonlySet<string> = new Set(['_index', '_id', 'routing', 'pipeline', 'require_alias']);

/** The documents of a body; throws a {@link BulkError} with the server's text. */
export function readBulk(body: string, { opensearch }: { readonly opensearch: boolean }): BulkDocument[] {
  if (body === '') throw new BulkError('request body is required');
  if (!body.endsWith('\n')) throw new BulkError('The bulk request must be terminated by a newline [\\n]');
  const lines = body.slice(0, -1).split('\n');
  const documents: BulkDocument[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const [action, meta] = readAction(lines[i] ?? '', i + 1, opensearch);
    const text = lines[i + 1];
    // A last action without source is passed over.
    if (text === undefined) break;
    documents.push({ action, meta, ...readSource(text) });
  }
  return documents;
}

function readAction(line: string, number: number, opensearch: boolean): [string, Readonly<Record<string, unknown>>] {
  let parsed: Record<string, unknown>;
  try {
    parsed = parseStrictJson(line) as Record<string, unknown>;
  } catch {
    throw new BulkError(`Malformed action/metadata line [${number}], expected START_OBJECT`);
  }
  const [action = ''] = Object.keys(parsed);
  const meta = parsed[action];
  if (!ACTIONS.has(action) || typeof meta !== 'object' || meta === null || Object.keys(parsed).length !== 1) {
    throw new BulkError(
      `Malformed action/metadata line [${number}], expected field [create], [delete], [index] or [update]`,
    );
  }
  for (const key of Object.keys(meta)) {
    if (META.has(key) || (!opensearch && key === 'dynamic_templates')) continue;
    throw new BulkError(`Action/metadata line [${number}] contains an unknown parameter [${key}]`);
  }
  return [action, meta as Record<string, unknown>];
}

function readSource(text: string): Pick<BulkDocument, 'source' | 'broken'> {
  try {
    const source = parseStrictJson(text);
    if (typeof source !== 'object' || source === null || Array.isArray(source)) {
      return { source: {}, broken: 'Malformed content, found extra data' };
    }
    return { source: source as Record<string, unknown> };
  } catch (error) {
    return { source: {}, broken: error instanceof Error ? error.message : String(error) };
  }
}

/** What is wrong with the name of an index. */
export function indexProblem(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return 'index is missing';
  if (name !== name.toLowerCase()) return 'must be lowercase';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what the rule is about.
  if (/[\\/*?"<>| ,#:\u0000-\u001f]/.test(name))
    return 'must not contain the following characters [ , ", *, \\, <, |, ,, >, /, ?]';
  if (/^[-_+]/.test(name)) return "must not start with '_', '-', or '+'";
  if (name === '.' || name === '..') return "must not be '.' or '..'";
  return Buffer.byteLength(name) > 255 ? 'index name is too long' : undefined;
}
