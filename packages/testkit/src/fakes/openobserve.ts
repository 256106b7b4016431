/** A strict OpenObserve: its routes, its Basic authentication, its window of time, and counts of what it refuses. */
import { decode, encodeExportResponse, hrTimeIsZero, hrTimeToMillis } from '@telemetryflow/otlp';
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import { FAKE_EPOCH } from '../clock.ts';
import type { BackendProfile } from '../contract/options.ts';
import { ITEM_ID } from '../data/attributes.ts';
import { OTLP_PROFILE, otlpBody, otlpSignal } from './otlp.ts';
import { otlpItemIds } from './otlp-items.ts';

/** What can be set in an installation. */
export interface OpenobserveRules {
  readonly username: string;
  readonly password: string;
  /** Default `default`. */
  readonly organization?: string;
  /** The server's clock in ms since the epoch; default: where `fakeClock` starts. */
  readonly now?: () => number;
}

const HOUR = 3_600_000;
const TOO_OLD =
  'Too old data, only last 5 hours data can be ingested. Data discarded. You can adjust ingestion max time by setting the environment variable ZO_INGEST_ALLOWED_UPTO=<max_hours>';

interface Judged {
  readonly answer: Answer;
  /** Ids of the items it has stored. */
  readonly stored: readonly string[];
}

/** What OpenObserve answers, and which items it keeps. */
function judge(request: RecordedRequest, rules: OpenobserveRules): Judged {
  const refuse = (status: number, message: string): Judged => ({
    answer: json(status, { code: status, message }),
    stored: [],
  });
  const basic = Buffer.from(`${rules.username}:${rules.password}`).toString('base64');
  if (request.headers['authorization'] !== `Basic ${basic}`) return refuse(401, 'Unauthorized Access');
  const [, organization, rest = ''] = /^\/api\/([^/]+)\/(.+)$/.exec(request.path) ?? [];
  if (organization !== (rules.organization ?? 'default')) return refuse(404, 'Organization not found');
  if (request.method !== 'POST') return refuse(405, 'Method not allowed');
  const now = rules.now?.() ?? FAKE_EPOCH;
  if (/^v1\/(traces|metrics|logs)$/.test(rest)) return judgeOtlp(request, now, refuse);
  const format = /^[^/]+\/_(json|multi)$/.exec(rest)?.[1];
  return format === undefined ? refuse(404, 'Not Found') : judgeRecords(request, format === 'multi', now, refuse);
}

type Refuse = (status: number, message: string) => Judged;

function judgeOtlp(request: RecordedRequest, now: number, refuse: Refuse): Judged {
  const signal = otlpSignal(request);
  const type = request.headers['content-type'] ?? '';
  // Logs are compared with the whole header: a parameter is one too many.
  if (type !== 'application/x-protobuf' && type !== 'application/json') return refuse(400, 'Bad Request');
  let body: Uint8Array;
  try {
    body = otlpBody(request);
  } catch (error) {
    return refuse(400, `Invalid proto: ${String(error)}`);
  }
  const ids = otlpItemIds(signal, body).map((id) => id ?? 'item without id');
  const times = timesOf(signal, body);
  const stored = ids.filter((_id, item) => inWindow(times[item] ?? now, now));
  const rejected = ids.length - stored.length;
  const message = rejected > 0 ? TOO_OLD : '';
  if (type === 'application/json') {
    const answer = encodeExportResponse(signal, { rejected, message }, 'json');
    return { answer: json(rejected > 0 ? 206 : 200, JSON.parse(Buffer.from(answer).toString()) as object), stored };
  }
  const answer = Buffer.from(encodeExportResponse(signal, { rejected, message }, 'proto'));
  return { answer: { status: 200, headers: { 'content-type': 'application/x-protobuf' }, body: answer }, stored };
}

/** The time by which each span or log record is judged; metrics have no window. */
function timesOf(signal: 'traces' | 'metrics' | 'logs', body: Uint8Array): number[] {
  if (signal === 'traces') return decode('traces', body).map(({ startTime }) => hrTimeToMillis(startTime));
  if (signal === 'metrics') return [];
  return decode('logs', body).map(({ hrTime, hrTimeObserved }) =>
    hrTimeToMillis(hrTimeIsZero(hrTime) ? hrTimeObserved : hrTime),
  );
}

function inWindow(time: number, now: number): boolean {
  return time >= now - 5 * HOUR && time <= now + 24 * HOUR;
}

type FlatRecord = Readonly<Record<string, unknown>>;

/** The records of a `_json` or `_multi` request. */
function readOpenobserveRecords(request: RecordedRequest, lines: boolean): FlatRecord[] {
  const parsed: unknown = lines
    ? request
        .text()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown)
    : request.json();
  const list = Array.isArray(parsed) ? parsed : [parsed];
  for (const each of list) {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) throw new Error('a record is no object');
  }
  return list as FlatRecord[];
}

function judgeRecords(request: RecordedRequest, lines: boolean, now: number, refuse: Refuse): Judged {
  let records: FlatRecord[];
  try {
    records = readOpenobserveRecords(request, lines);
  } catch (error) {
    return refuse(400, String(error));
  }
  const wide = records.find((record) => Object.keys(record).length > 1000);
  if (wide !== undefined) {
    return refuse(400, 'Got 1001 columns, but the limit is 1000. Please adjust the limit by ZO_COLS_PER_RECORD_LIMIT');
  }
  const good = records.filter((record) => {
    const time = record['_timestamp'];
    return time === undefined || (Number.isInteger(time) && inWindow(Number(time) / 1000, now));
  });
  const failed = records.length - good.length;
  const status = { name: 'default', successful: good.length, failed, ...(failed > 0 && { error: TOO_OLD }) };
  return { answer: json(200, { code: 200, status: [status] }), stored: good.map(idOf) };
}

function idOf(record: FlatRecord): string {
  return String(record[ITEM_ID] ?? 'item without id');
}

function json(status: number, body: object): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/**
 * How OpenObserve answers, for `exporterContract` and `runFaultMatrix`: OTLP and JSON records alike.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import openobserve from '@telemetryflow/exporter-openobserve';
 * import { exporterContract, openobserveProfile } from '@telemetryflow/testkit';
 *
 * const user = { username: 'root@example.com', password: 'secret' };
 * const [first] = exporterContract({
 *   definition: openobserve,
 *   config: ({ url }) => ({ endpoint: url, ...user }),
 *   backend: openobserveProfile(user),
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export function openobserveProfile(rules: OpenobserveRules): BackendProfile {
  const format = (request: RecordedRequest): string | undefined => /\/_(json|multi)$/.exec(request.path)?.[1];
  return {
    decode(request) {
      const flat = format(request);
      if (flat === undefined) return OTLP_PROFILE.decode(request);
      return readOpenobserveRecords(request, flat === 'multi').map(idOf);
    },
    success: (request) => judge(request, rules).answer,
    transient: () => json(503, { code: 503, message: 'memory circuit breaker is open' }),
    permanent: () => json(400, { code: 400, message: 'stream [default] is being deleted' }),
    throttle: (_request, delayMs) => ({
      ...json(429, { code: 429, message: 'quota exceeded' }),
      ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
    }),
    partial(request, refused) {
      if (format(request) === undefined)
        return (OTLP_PROFILE.partial as NonNullable<BackendProfile['partial']>)(request, refused);
      return json(200, {
        code: 200,
        status: [{ name: 'default', successful: 0, failed: refused.size, error: TOO_OLD }],
      });
    },
    auth: () => json(401, { code: 401, message: 'Unauthorized Access' }),
    tooLarge: () => ({ status: 413, body: 'Payload reached size limit.' }),
  };
}

/** A running {@link fakeOpenobserve}. */
export interface FakeOpenobserve extends Backend {
  /** Ids of the items it has stored, in order of arrival. */
  readonly stored: readonly string[];
}

/**
 * Start an OpenObserve that keeps what is valid and answers everything else as OpenObserve does.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import openobserve from '@telemetryflow/exporter-openobserve';
 * import {
 *   type FakeOpenobserve,
 *   fakeOpenobserve,
 *   logs,
 *   type OpenobserveRules,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const user = { username: 'root@example.com', password: 'secret' };
 * const rules: OpenobserveRules = { ...user, now: Date.now };
 * const server: FakeOpenobserve = await fakeOpenobserve(rules);
 * await throughPipeline(
 *   openobserve,
 *   { endpoint: server.url, ...user },
 *   'logs',
 *   logs(2, { startMs: Date.now() }),
 * );
 * await server.close();
 * assert.deepEqual(server.stored, ['item-0', 'item-1']);
 * ```
 */
export async function fakeOpenobserve(rules: OpenobserveRules, options: BackendOptions = {}): Promise<FakeOpenobserve> {
  const stored: string[] = [];
  const backend = await startBackend((request) => {
    const judged = judge(request, rules);
    stored.push(...judged.stored);
    return judged.answer;
  }, options);
  return Object.defineProperty(backend, 'stored', { value: stored, enumerable: true }) as FakeOpenobserve;
}
