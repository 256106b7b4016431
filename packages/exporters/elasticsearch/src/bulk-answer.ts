/** The body of an answer to a bulk request: what became of each document. */

/** Of one document, in the order of the request. */
export interface DocumentResult {
  readonly status: number;
  /** `''` where the server names none. */
  readonly type: string;
  /** May quote the document. */
  readonly reason: string;
}

export interface BulkAnswer {
  /** Empty when `errors` is false: all is well. */
  readonly results: readonly DocumentResult[];
  readonly errors: boolean;
  /** Documents that the server put into its failure store. */
  readonly failureStore: number;
}

const NO_ERRORS = /^\s*\{\s*(?:"took"\s*:\s*\d+\s*,\s*)?"errors"\s*:\s*false\b/;
const FAILURE_STORE = '"failure_store":"used"';

/** Reads an answer; `undefined` when it is none, so that nothing is known. Never throws. */
export function readBulkAnswer(body: Uint8Array): BulkAnswer | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  // Without errors there is nothing to learn from the items; parsing them costs as much as writing the documents.
  if (NO_ERRORS.test(bytes.toString('latin1', 0, 64)) && /\}\s*$/.test(bytes.toString('latin1', bytes.length - 8))) {
    return { results: [], errors: false, failureStore: occurrences(bytes) };
  }
  let answer: unknown;
  try {
    answer = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isObject(answer) || typeof answer['errors'] !== 'boolean') return undefined;
  if (!answer['errors']) return { results: [], errors: false, failureStore: occurrences(bytes) };
  const items = answer['items'];
  if (!Array.isArray(items)) return undefined;
  return { results: items.map(resultOf), errors: true, failureStore: occurrences(bytes) };
}

function resultOf(item: unknown): DocumentResult {
  // The name of the action is the only key.
  const result = isObject(item) ? Object.values(item)[0] : undefined;
  if (!isObject(result)) return { status: 0, type: '', reason: '' };
  const { status, error } = result as { status?: unknown; error?: unknown };
  const { type, reason } = isObject(error)
    ? (error as { type?: unknown; reason?: unknown })
    : { type: '', reason: error };
  return {
    status: typeof status === 'number' ? status : 0,
    type: typeof type === 'string' ? type : '',
    reason: typeof reason === 'string' ? reason : '',
  };
}

function occurrences(bytes: Buffer): number {
  let found = 0;
  for (let at = bytes.indexOf(FAILURE_STORE); at >= 0; at = bytes.indexOf(FAILURE_STORE, at + 1)) found++;
  return found;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
