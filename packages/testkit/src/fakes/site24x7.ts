/** A strict AppLogs of Site24x7: the upload API of its agents, and the HTTPS endpoint of a log type. */
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { parseStrictJson } from './strict-json.ts';

/** How an account is set up. */
export interface Site24x7Rules {
  /** Default: any. */
  readonly deviceKey?: string;
  /** The only log type; default: any. */
  readonly logType?: string;
  /** Token of the log type for the HTTPS endpoint; default: any. */
  readonly token?: string;
  /** What is wrong with the account: a flag of the answer, as `blocked_logtype`. */
  readonly flag?: string;
  /** Newer servers send flags with 400, older ones with 200. Default 400. */
  readonly flagStatus?: 200 | 400;
}

/** A record as AppLogs has it: flat. */
export type AppLogsRecord = Readonly<Record<string, string | number | boolean>>;

const MAX_RECORDS = 500;
const MAX_BYTES = 5_000_000;
const MAX_RECORD_BYTES = 1_000_000;
const GZIP_MAGIC = Buffer.of(0x1f, 0x8b);
const UNCOUNTED = /^(?:_zl|s247|inode)/;

class Refusal extends Error {}

function must(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Refusal(sentence);
}

/**
 * The records of a body; throws what is wrong with it.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type AppLogsRecord, FAKE_EPOCH, readAppLogs } from '@telemetryflow/testkit';
 *
 * const record: AppLogsRecord = { _zl_timestamp: FAKE_EPOCH, message: 'paid', total: 3 };
 * assert.deepEqual(readAppLogs(Buffer.from(JSON.stringify([record]))), [record]);
 * assert.throws(() => readAppLogs(Buffer.from('[{"message":"paid"}]')), /_zl_timestamp is undefined/);
 * ```
 */
export function readAppLogs(body: Buffer): AppLogsRecord[] {
  must(body.length <= MAX_BYTES, `${body.length} bytes`);
  const parsed = parseStrictJson(body.toString('utf8'));
  const records = (Array.isArray(parsed) ? parsed : [parsed]) as AppLogsRecord[];
  must(records.length > 0 && records.length <= MAX_RECORDS, `${records.length} records`);
  for (const record of records) {
    must(typeof record === 'object' && record !== null, 'a record is no object');
    const time = record['_zl_timestamp'];
    must(Number.isSafeInteger(time) && Number(time) > 1e12 && Number(time) < 1e14, `_zl_timestamp is ${time}`);
    must(Buffer.byteLength(JSON.stringify(record)) <= MAX_RECORD_BYTES, 'a record of more than 1,000,000 bytes');
    for (const [name, value] of Object.entries(record)) {
      must(/^[A-Za-z0-9_]+$/.test(name), `a field named ${name}`);
      must(['string', 'number', 'boolean'].includes(typeof value), `the field ${name} is ${typeof value}`);
    }
  }
  return records;
}

/**
 * What the header Log-Size has to say.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type AppLogsRecord, appLogsSize, FAKE_EPOCH } from '@telemetryflow/testkit';
 *
 * const record: AppLogsRecord = { _zl_timestamp: FAKE_EPOCH, message: 'paid', total: 3 };
 * assert.equal(appLogsSize([record]), 'paid3'.length);
 * ```
 */
export function appLogsSize(records: readonly AppLogsRecord[]): number {
  let size = 0;
  for (const record of records) {
    for (const [name, value] of Object.entries(record)) {
      if (!UNCOUNTED.test(name)) size += Buffer.byteLength(String(value));
    }
  }
  return size;
}

/** What Site24x7 answers, and the records where it takes them. */
function judgeSite24x7(
  request: RecordedRequest,
  rules: Site24x7Rules = {},
): { readonly answer: Answer; readonly records?: readonly AppLogsRecord[]; readonly uploadId?: string } {
  const url = new URL(request.path, 'https://logc.site24x7.com');
  try {
    must(request.method === 'POST', `${request.method} is not POST`);
    if (url.pathname === '/upload') return judgeUpload(request, rules);
    if (url.pathname !== '/event/receiver') return { answer: { status: 404 } };
    const token = url.searchParams.get('token');
    if (token === null || (rules.token ?? token) !== token) return { answer: { status: 401, body: 'invalid token' } };
    must(request.headers['content-encoding'] === undefined, 'a compressed body');
    return { answer: { status: 200, body: 'OK' }, records: readAppLogs(request.body) };
  } catch (error) {
    return { answer: { status: 400, body: error instanceof Error ? error.message : String(error) } };
  }
}

function judgeUpload(request: RecordedRequest, rules: Site24x7Rules): ReturnType<typeof judgeSite24x7> {
  const { headers, raw, body } = request;
  const { deviceKey, logType, flag, flagStatus = 400 } = rules;
  const flagged = (name: string): { readonly answer: Answer } => ({
    answer: { status: flagStatus, headers: { [name]: name === 'api_upload_enabled' ? 'False' : 'True' } },
  });
  if (flag !== undefined) return flagged(flag);
  must(headers['content-type'] === 'application/json', `content type ${headers['content-type']}`);
  must(headers['content-encoding'] === 'gzip' && raw.subarray(0, 2).equals(GZIP_MAGIC), 'a body that is not gzip');
  must(headers['x-streammode'] === '1', 'no X-StreamMode');
  if (deviceKey !== undefined && headers['x-devicekey'] !== deviceKey) return flagged('invalid_account');
  if (logType !== undefined && headers['x-logtype'] !== logType) return flagged('invalid_logtype');
  const uploadId = headers['upload-id'];
  must(typeof uploadId === 'string' && /^[\w-]+$/.test(uploadId), `upload-id ${uploadId}`);
  const records = readAppLogs(body);
  must(
    Number(headers['log-size']) === appLogsSize(records),
    `Log-Size ${headers['log-size']} of ${appLogsSize(records)}`,
  );
  return { answer: { status: 200, headers: { 'x-uploadid': uploadId } }, records, uploadId };
}

function profileOf(answers: Pick<BackendProfile, 'auth'>): BackendProfile {
  return {
    ...answers,
    decode: ({ body }) => readAppLogs(body).map((record) => String(record['item_id'])),
    success: (request) => {
      const { answer } = judgeSite24x7(request);
      if (answer.status !== 200) throw new Error(`answered ${JSON.stringify(answer)}`);
      return answer;
    },
    transient: () => ({ status: 503 }),
    permanent: () => ({ status: 400, body: 'bad request' }),
    throttle: (_request, delayMs) => ({
      status: 429,
      ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
    }),
    tooLarge: () => ({ status: 413 }),
  };
}

/**
 * How the upload API answers, for `exporterContract` and `runFaultMatrix`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import manageengine from '@telemetryflow/exporter-manageengine';
 * import { APPLOGS_UPLOAD_PROFILE, exporterContract } from '@telemetryflow/testkit';
 *
 * const product = { product: 'site24x7', api_key: 'in_0123456789abcdef0123456789abcdef' };
 * const [first] = exporterContract({
 *   definition: manageengine,
 *   config: ({ url }) => ({ ...product, logs_mode: 'applogs', log_type: 'shop', upload_domain: url }),
 *   backend: APPLOGS_UPLOAD_PROFILE,
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const APPLOGS_UPLOAD_PROFILE: BackendProfile = profileOf({ auth: () => ({ status: 403 }) });
/**
 * The same of the HTTPS endpoint.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import manageengine from '@telemetryflow/exporter-manageengine';
 * import { APPLOGS_RECEIVER_PROFILE, exporterContract } from '@telemetryflow/testkit';
 *
 * const product = { product: 'site24x7', api_key: 'in_0123456789abcdef0123456789abcdef' };
 * const [first] = exporterContract({
 *   definition: manageengine,
 *   config: ({ url }) => ({ ...product, logs_mode: 'receiver', log_token: 'token', upload_domain: url }),
 *   backend: APPLOGS_RECEIVER_PROFILE,
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const APPLOGS_RECEIVER_PROFILE: BackendProfile = profileOf({
  auth: () => ({ status: 401, body: 'invalid token' }),
});

/** A running {@link fakeSite24x7}. */
export interface FakeSite24x7 extends Backend {
  /** Records in order of arrival; those of an upload that came twice once. */
  readonly stored: readonly AppLogsRecord[];
  /** What it has refused, as it said. */
  readonly refusals: readonly string[];
}

/**
 * Start a Site24x7 that takes what its intakes take.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import manageengine from '@telemetryflow/exporter-manageengine';
 * import {
 *   type FakeSite24x7,
 *   fakeSite24x7,
 *   logs,
 *   type Site24x7Rules,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const rules: Site24x7Rules = { logType: 'shop' };
 * const server: FakeSite24x7 = await fakeSite24x7(rules);
 * const product = { product: 'site24x7', api_key: 'in_0123456789abcdef0123456789abcdef' };
 * const block = { ...product, logs_mode: 'applogs', log_type: 'shop', upload_domain: server.url };
 * await throughPipeline(manageengine, block, 'logs', logs(2, { variety: 'plain', startMs: Date.now() }));
 * await server.close();
 * assert.deepEqual([server.stored.length, server.refusals], [2, []]);
 * ```
 */
export async function fakeSite24x7(rules: Site24x7Rules = {}, options: BackendOptions = {}): Promise<FakeSite24x7> {
  const stored: AppLogsRecord[] = [];
  const refusals: string[] = [];
  const uploads = new Set<string>();
  const backend = await startBackend((request) => {
    const { answer, records = [], uploadId } = judgeSite24x7(request, rules);
    if (answer.status !== 200) refusals.push(JSON.stringify(answer));
    else if (uploadId === undefined || !uploads.has(uploadId)) stored.push(...records);
    if (uploadId !== undefined) uploads.add(uploadId);
    return answer;
  }, options);
  return Object.defineProperties(
    backend,
    Object.fromEntries(Object.entries({ stored, refusals }).map(([name, value]) => [name, { value }])),
  ) as FakeSite24x7;
}
