/** A strict Dynatrace: metric lines, the log ingest API and OTLP, with its limits, its tokens and its answers. */
import {
  AggregationTemporality,
  type DataPointRecord,
  DataPointType,
  decode,
  hrTimeToMillis,
  type RecordOf,
  type Signal,
} from '@telemetryflow/otlp';
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import { FAKE_EPOCH } from '../clock.ts';
import type { BackendProfile } from '../contract/options.ts';
import { ITEM_ID } from '../data/attributes.ts';
import { type DynatraceLine, readDynatraceLines } from './dynatrace-lines.ts';
import { OTLP_PROFILE, otlpBody, otlpSignal } from './otlp.ts';
import { parseStrictJson } from './strict-json.ts';

/** What can be set of an environment. */
export interface DynatraceRules {
  /** The environment's clock in ms since the epoch; default: where `fakeClock` starts. */
  readonly now?: () => number;
  /** The authorization header demanded; default: any `Api-Token` or `Bearer`. */
  readonly authorization?: string;
}

/** A record of the log ingest API as it came. */
export type DynatraceLog = Readonly<Record<string, unknown>>;

/** What a request brought. */
interface Taken {
  readonly lines: readonly DynatraceLine[];
  readonly logs: readonly DynatraceLog[];
  readonly items: readonly string[];
}

const NOTHING: Taken = { lines: [], logs: [], items: [] };
const MINUTE_MS = 60_000;

/**
 * What Dynatrace answers to a request, and what it keeps of it.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type DynatraceRules, judgeDynatrace, startBackend } from '@telemetryflow/testkit';
 *
 * const rules: DynatraceRules = { authorization: 'Api-Token right' };
 * const backend = await startBackend((request) => judgeDynatrace(request, rules).answer);
 * const send = (authorization: string) =>
 *   fetch(`${backend.url}/api/v2/metrics/ingest`, {
 *     method: 'POST',
 *     headers: { authorization, 'content-type': 'text/plain' },
 *     body: 'shop.orders count,delta=3',
 *   });
 * assert.deepEqual(
 *   [(await send('Api-Token right')).status, (await send('Api-Token wrong')).status],
 *   [202, 401],
 * );
 * await backend.close();
 * ```
 */
export function judgeDynatrace(
  request: RecordedRequest,
  { now = () => FAKE_EPOCH, authorization }: DynatraceRules = {},
): { readonly answer: Answer; readonly taken: Taken } {
  const refuse = (status: number, message: string): { answer: Answer; taken: Taken } => ({
    answer: envelope(status, message),
    taken: NOTHING,
  });
  const given = request.headers.authorization ?? '';
  if (authorization === undefined ? !/^(Api-Token|Bearer) \S+$/.test(given) : given !== authorization) {
    return refuse(401, 'Token Authentication failed');
  }
  if (request.method !== 'POST') return refuse(405, 'HTTP 405 Method Not Allowed');
  const type = request.headers['content-type'] ?? '';
  if (request.path.endsWith('/api/v2/metrics/ingest')) {
    if (!type.startsWith('text/plain')) return refuse(415, 'HTTP 415 Unsupported Media Type');
    return judgeLines(request.text(), now());
  }
  if (request.path.endsWith('/api/v2/logs/ingest')) {
    if (!type.startsWith('application/json')) return refuse(415, 'HTTP 415 Unsupported Media Type');
    if (request.body.length > 10_000_000) return refuse(413, 'Request Entity Too Large');
    return judgeLogs(request, now());
  }
  if (/\/api\/v2\/otlp\/v1\/(traces|metrics|logs)$/.test(request.path)) {
    if (type !== 'application/x-protobuf') return refuse(415, 'HTTP 415 Unsupported Media Type');
    try {
      return judgeOtlp(request, now());
    } catch (error) {
      return refuse(400, String(error));
    }
  }
  return refuse(404, 'HTTP 404 Not Found');
}

function judgeLines(body: string, nowMs: number): { answer: Answer; taken: Taken } {
  if (Buffer.byteLength(body) > 1_000_000) return { answer: envelope(413, 'Request too large'), taken: NOTHING };
  if (body === '' || body.split('\n').length > 1000) {
    return { answer: lines(400, 0, 0, [], 'empty request, or more than 1000 lines'), taken: NOTHING };
  }
  const read = readDynatraceLines(body, nowMs);
  const items = read.lines.map(({ dimensions }) => dimensions[ITEM_ID] ?? 'line without id');
  const taken = { ...NOTHING, lines: read.lines, items };
  const { length } = read.invalid;
  if (length === 0) return { answer: lines(202, items.length, 0, []), taken };
  return { answer: lines(400, items.length, length, read.invalid, `${length} invalid lines`), taken };
}

function judgeLogs(request: RecordedRequest, nowMs: number): { answer: Answer; taken: Taken } {
  let records: unknown;
  try {
    records = parseStrictJson(request.text());
  } catch {
    return { answer: envelope(400, 'Could not parse JSON'), taken: NOTHING };
  }
  if (!Array.isArray(records) || records.length === 0 || records.length > 50_000) {
    return { answer: envelope(400, 'Expected an array of at most 50000 records'), taken: NOTHING };
  }
  const kept = (records as DynatraceLog[]).filter((record) => isRecord(record, nowMs));
  const taken = { ...NOTHING, logs: kept, items: kept.map(idOf) };
  if (kept.length === records.length) return { answer: { status: 204 }, taken };
  const message = `${records.length - kept.length} events were not ingested because of timestamp out of correct time range`;
  return { answer: { status: 200, body: { details: { code: 200, message } } }, taken };
}

const MAX_OTLP_BYTES = { traces: 8_000_000, metrics: 4_000_000, logs: 2_000_000 };
const MAX_POINTS = 15_000;

/** Valid OTLP; items that Dynatrace refuses are counted in the answer, and none is taken of a request that is too large. */
function judgeOtlp(request: RecordedRequest, nowMs: number): { answer: Answer; taken: Taken } {
  const signal = otlpSignal(request);
  const body = otlpBody(request);
  const items = OTLP_PROFILE.decode(request);
  if (body.length > MAX_OTLP_BYTES[signal] || (signal === 'metrics' && items.length > MAX_POINTS)) {
    return { answer: envelope(413, 'OTLP_MESSAGE_MAX_SIZE_EXCEEDED'), taken: NOTHING };
  }
  const refused = new Set(decode(signal, body).flatMap((record) => refusedIds(record, nowMs)));
  const answer = refused.size === 0 ? OTLP_PROFILE.success(request) : OTLP_PROFILE.partial?.(request, refused);
  return { answer: answer ?? {}, taken: { ...NOTHING, items: items.filter((id) => !refused.has(id)) } };
}

/** Spans that ended outside of the window; points that are cumulative, no numbers, or summaries. */
function refusedIds(record: RecordOf[Signal], nowMs: number): string[] {
  if ('endTime' in record) {
    const ageMs = nowMs - hrTimeToMillis(record.endTime);
    return ageMs > 60 * MINUTE_MS || ageMs < -10 * MINUTE_MS ? [String(record.attributes[ITEM_ID])] : [];
  }
  if (!('scopeMetrics' in record)) return [];
  return record.scopeMetrics.flatMap(({ metrics }) =>
    metrics.flatMap((metric) => {
      const { dataPointType: type, aggregationTemporality: temporality } = metric;
      const isLevel = type === DataPointType.GAUGE || (type === DataPointType.SUM && !metric.isMonotonic);
      const isRefused = type === DataPointType.SUMMARY || (!isLevel && temporality !== AggregationTemporality.DELTA);
      const points = metric.dataPoints as readonly DataPointRecord<unknown>[];
      return points
        .filter(({ value }) => isRefused || (typeof value === 'number' && !Number.isFinite(value)))
        .map(({ attributes }) => String(attributes[ITEM_ID]));
    }),
  );
}

const LEVELS: ReadonlySet<string> = new Set(
  'TRACE DEBUG INFO NOTICE WARN ERROR SEVERE CRITICAL ALERT FATAL EMERGENCY NONE'.split(' '),
);

function isRecord(record: DynatraceLog, nowMs: number): boolean {
  const { content, timestamp, loglevel } = record;
  if (typeof content !== 'string' || !LEVELS.has(String(loglevel))) return false;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/.test(String(timestamp))) return false;
  if (nowMs - Date.parse(String(timestamp)) > 24 * 60 * MINUTE_MS) return false;
  return Object.entries(record).every(([key, value]) => key === 'content' || isAttribute(value));
}

/** Longer ones are cut. */
const MAX_VALUE_BYTES = 32_768;

/** Text and numbers, and arrays of one type: objects have no place in a record. */
function isAttribute(value: unknown): boolean {
  if (typeof value === 'string') return Buffer.byteLength(value) <= MAX_VALUE_BYTES;
  if (!Array.isArray(value)) return typeof value === 'number' || typeof value === 'boolean';
  return value.length <= 32 && new Set(value.map((each) => typeof each)).size <= 1;
}

function idOf(record: DynatraceLog): string {
  return String(record[ITEM_ID] ?? 'record without id');
}

function envelope(code: number, message: string): Answer {
  return { status: code, body: { error: { code, message, constraintViolations: [] } } };
}

/** The answer of the metrics API; it lists ten invalid lines at most. */
function lines(
  status: number,
  linesOk: number,
  linesInvalid: number,
  invalid: readonly { readonly line: number; readonly error: string }[],
  message = '',
): Answer {
  const error = status === 202 ? null : { code: status, message, invalidLines: invalid.slice(0, 10) };
  return { status, body: { linesOk, linesInvalid, error, warnings: null } };
}

function isMetricLines(request: RecordedRequest): boolean {
  return request.path.endsWith('/metrics/ingest');
}

function isOtlp(request: RecordedRequest): boolean {
  return request.path.includes('/otlp/');
}

/**
 * How Dynatrace answers, for `exporterContract` and `runFaultMatrix`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import dynatrace from '@telemetryflow/exporter-dynatrace';
 * import { DYNATRACE_PROFILE, exporterContract } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: dynatrace,
 *   config: ({ url }) => ({ environment_url: url, api_token: 'dt0c01.PUBLIC.SECRET' }),
 *   backend: DYNATRACE_PROFILE,
 *   signals: ['metrics'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const DYNATRACE_PROFILE: BackendProfile = {
  decode(request) {
    if (isOtlp(request)) return OTLP_PROFILE.decode(request);
    if (!isMetricLines(request)) return (parseStrictJson(request.text()) as DynatraceLog[]).map(idOf);
    const { lines: read, invalid } = readDynatraceLines(request.text(), FAKE_EPOCH);
    if (invalid.length > 0)
      throw new Error(`${invalid[0]?.error} in ${request.text().split('\n')[invalid[0]?.line ?? 0]}`);
    return read.map(({ dimensions }) => dimensions[ITEM_ID] ?? 'line without id');
  },
  // 204 has no body; with 200 the contract can break the body, too.
  success(request) {
    const { answer } = judgeDynatrace(request);
    return answer.status === 204 ? { status: 200 } : answer;
  },
  transient: () => envelope(503, 'Service unavailable'),
  permanent: () => envelope(400, 'Constraints violated'),
  throttle: (_request, delayMs) => ({
    ...envelope(429, 'Too many requests'),
    ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
  }),
  partial: (request, refused) =>
    isOtlp(request)
      ? (OTLP_PROFILE.partial?.(request, refused) ?? {})
      : lines(400, 0, refused.size, [], `${refused.size} invalid lines`),
  auth: () => envelope(401, 'Token Authentication failed'),
  tooLarge: () => envelope(413, 'Request Entity Too Large'),
};

/** A running {@link fakeDynatrace}. */
export interface FakeDynatrace extends Backend {
  /** What it has stored, in order of arrival. */
  readonly lines: readonly DynatraceLine[];
  readonly logs: readonly DynatraceLog[];
  /** Ids of all items taken. */
  readonly items: readonly string[];
}

/**
 * Start an environment that keeps what is valid and answers everything else as Dynatrace does.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import dynatrace from '@telemetryflow/exporter-dynatrace';
 * import {
 *   type DynatraceLog,
 *   type FakeDynatrace,
 *   fakeDynatrace,
 *   logs,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const server: FakeDynatrace = await fakeDynatrace({ now: Date.now });
 * const block = { environment_url: server.url, api_token: 'dt0c01.PUBLIC.SECRET' };
 * await throughPipeline(dynatrace, block, 'logs', logs(1, { variety: 'plain', startMs: Date.now() }));
 * await server.close();
 * const [log]: readonly DynatraceLog[] = server.logs;
 * assert.equal(log?.['content'], 'request 0 handled');
 * ```
 */
export async function fakeDynatrace(rules: DynatraceRules = {}, options: BackendOptions = {}): Promise<FakeDynatrace> {
  const stored = { lines: [] as DynatraceLine[], logs: [] as DynatraceLog[], items: [] as string[] };
  const backend = await startBackend((request) => {
    const { answer, taken } = judgeDynatrace(request, rules);
    stored.lines.push(...taken.lines);
    stored.logs.push(...taken.logs);
    stored.items.push(...taken.items);
    return answer;
  }, options);
  return Object.defineProperties(
    backend,
    Object.fromEntries(Object.entries(stored).map(([name, value]) => [name, { value, enumerable: true }])),
  ) as FakeDynatrace;
}
