/** A strict Loki: the rules of its distributor, with their texts, and what it has stored. */
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import { FAKE_EPOCH } from '../clock.ts';
import type { BackendProfile } from '../contract/options.ts';
import { type LokiEntry, LokiParseError, readLokiPush } from './loki-push.ts';

/** What can be set per tenant. */
export interface LokiRules {
  /** The server's clock in ms since the epoch; default: where `fakeClock` starts. */
  readonly now?: () => number;
  /** A tenant is demanded. Default false. */
  readonly authEnabled?: boolean;
  /** Default true. */
  readonly structuredMetadata?: boolean;
  /** Entries older than a week are refused. Default true; otherwise those before 2024 fail their push. */
  readonly rejectOldSamples?: boolean;
}

const MINUTE = 60_000n * 1_000_000n;
/** Where the first period of the schema begins. */
const FIRST_PERIOD = BigInt(Date.UTC(2024, 0, 1)) * 1_000_000n;
const WEEK = 7n * 24n * 60n * MINUTE;

/**
 * What Loki answers to a push, and which entries it keeps.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import loki from '@telemetryflow/exporter-loki';
 * import { judgeLokiPush, type LokiEntry, logs, startBackend, throughPipeline } from '@telemetryflow/testkit';
 *
 * const stored: LokiEntry[] = [];
 * const backend = await startBackend((request) => {
 *   const judged = judgeLokiPush(request, { now: Date.now });
 *   stored.push(...judged.stored);
 *   return judged.answer;
 * });
 * await throughPipeline(loki, { endpoint: backend.url }, 'logs', logs(2, { startMs: Date.now() }));
 * await backend.close();
 * assert.equal(stored.length, 2);
 * ```
 */
export function judgeLokiPush(
  request: RecordedRequest,
  rules: LokiRules = {},
): { readonly answer: Answer; readonly stored: readonly LokiEntry[] } {
  const refuse = (status: number, body: string): { answer: Answer; stored: LokiEntry[] } => ({
    answer: { status, body },
    stored: [],
  });
  if (request.method !== 'POST' || !/\/loki\/api\/v1\/push$/.test(request.path))
    return refuse(404, '404 page not found');
  const tenant = request.headers['x-scope-orgid'];
  if (rules.authEnabled === true && tenant === undefined) return refuse(401, 'no org id');
  if (rules.authEnabled === true && String(tenant).includes('|')) return refuse(400, 'multiple org IDs present');
  let entries: LokiEntry[];
  try {
    entries = readLokiPush(request);
  } catch (error) {
    return refuse(400, error instanceof LokiParseError ? error.message : `invalid character: ${String(error)}`);
  }
  if (entries.length === 0) return refuse(422, 'error at least one valid stream is required for ingestion');
  for (const { metadata } of entries) {
    for (const [name] of metadata) {
      if (name === '') return refuse(500, 'label name is empty');
      if (/^_*$/.test(name.replace(/[^A-Za-z0-9_]/g, '_'))) {
        return refuse(500, `normalization for label name "${name}" resulted in invalid name "_"`);
      }
    }
  }
  const { rejectOldSamples = true } = rules;
  const before = rejectOldSamples ? undefined : entries.find(({ time }) => time < FIRST_PERIOD);
  if (before !== undefined) {
    const seconds = before.time / 1_000_000_000n;
    return refuse(500, `failed to create stream: no schema config found for time ${seconds}`);
  }
  const stored: LokiEntry[] = [];
  const errors = new Map<string, number>();
  const now = BigInt(Math.trunc(rules.now?.() ?? FAKE_EPOCH)) * 1_000_000n;
  for (const entry of entries) {
    const wrong = problemOf(entry, now, { allowed: rules.structuredMetadata ?? true, rejectOldSamples });
    if (wrong === undefined) stored.push(entry);
    else errors.set(wrong, (errors.get(wrong) ?? 0) + 1);
  }
  if (errors.size === 0) return { answer: { status: 204 }, stored };
  const text = [...errors].map(([wrong, count]) => `${count} errors like: ${wrong}`).join('; ');
  const only = [...errors];
  return { answer: { status: 400, body: only.length === 1 && only[0]?.[1] === 1 ? only[0][0] : text }, stored };
}

function problemOf(
  { labels, line, metadata, time }: LokiEntry,
  now: bigint,
  { allowed, rejectOldSamples }: { readonly allowed: boolean; readonly rejectOldSamples: boolean },
): string | undefined {
  const stream = `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`;
  const counted = Object.keys(labels).filter((name) => name !== 'service_name').length;
  if (Object.keys(labels).length === 0) return 'error at least one label pair is required per stream';
  if (counted > 15) return `entry for stream '${stream}' has ${counted} label names; limit 15`;
  for (const [name, value] of Object.entries(labels)) {
    if (name.length > 1024) return `stream '${stream}' has label name too long: '${name}'`;
    if (Buffer.byteLength(value) > 2048) return `stream '${stream}' has label value too long: '${value.slice(0, 20)}'`;
  }
  if (rejectOldSamples && time < now - WEEK)
    return `entry for stream '${stream}' has timestamp too old: ${time}, oldest acceptable timestamp is: ${now - WEEK}`;
  if (time > now + 10n * MINUTE) return `entry for stream '${stream}' has timestamp too new: ${time}`;
  const length = Buffer.byteLength(line);
  if (length > 262_144)
    return `max entry size '262144' bytes exceeded for stream '${stream}' while adding an entry with length '${length}' bytes`;
  if (metadata.length > 0 && !allowed)
    return `stream '${stream}' includes structured metadata, but this feature is disallowed. Please see the documentation`;
  const size = metadata.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (size > 65_536)
    return `stream '${stream}' has structured metadata too large: '${size}' bytes, limit: '65536' bytes`;
  if (metadata.length > 128)
    return `stream '${stream}' has too many structured metadata labels: '${metadata.length}', limit: '128'`;
  if (new Set(metadata.map(([name]) => name)).size < metadata.length)
    return 'two structured metadata pairs of one name';
  return undefined;
}

function idOf({ metadata, line }: LokiEntry): string {
  return metadata.find(([name]) => name === 'item_id')?.[1] ?? /item_id=(\S+)/.exec(line)?.[1] ?? 'entry without id';
}

/**
 * How Loki answers, for `exporterContract` and `runFaultMatrix`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import loki from '@telemetryflow/exporter-loki';
 * import { exporterContract, LOKI_PROFILE } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: loki,
 *   config: ({ url }) => ({ endpoint: url, tenant_id: 'shop' }),
 *   backend: LOKI_PROFILE,
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const LOKI_PROFILE: BackendProfile = {
  decode: (request) => readLokiPush(request).map(idOf),
  // 204 has no body; with 200 the contract can break the body, too.
  success: (request) => {
    const { answer } = judgeLokiPush(request);
    return answer.status === 204 ? { status: 200 } : answer;
  },
  transient: () => ({ status: 503, body: 'Ingester is shutting down' }),
  permanent: () => ({ status: 404, body: '404 page not found' }),
  throttle: (_request, delayMs) => ({
    status: 429,
    ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
    body: 'ingestion rate limit exceeded for user fake (limit: 4194304 bytes/sec) while attempting to ingest lines, reduce log volume',
  }),
  partial: (_request, refused) => ({
    status: 400,
    body: `${refused.size} errors like: max entry size '262144' bytes exceeded for stream '{job="x"}' while adding an entry with length '300000' bytes`,
  }),
  auth: () => ({ status: 401, body: 'no org id' }),
  tooLarge: () => ({ status: 413, body: 'request body too large' }),
};

/** A running {@link fakeLoki}. */
export interface FakeLoki extends Backend {
  /** What it has stored, in order of arrival. */
  readonly stored: readonly LokiEntry[];
}

/**
 * Start a Loki that keeps what is valid and answers everything else as Loki does.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import loki from '@telemetryflow/exporter-loki';
 * import { type FakeLoki, fakeLoki, type LokiRules, logs, throughPipeline } from '@telemetryflow/testkit';
 *
 * const rules: LokiRules = { now: Date.now, authEnabled: true };
 * const server: FakeLoki = await fakeLoki(rules);
 * const block = { endpoint: server.url, tenant_id: 'shop' };
 * await throughPipeline(loki, block, 'logs', logs(1, { variety: 'plain', startMs: Date.now() }));
 * await server.close();
 * assert.deepEqual([server.stored[0]?.tenant, server.stored[0]?.line], ['shop', 'request 0 handled']);
 * ```
 */
export async function fakeLoki(rules: LokiRules = {}, options: BackendOptions = {}): Promise<FakeLoki> {
  const stored: LokiEntry[] = [];
  const backend = await startBackend((request) => {
    const judged = judgeLokiPush(request, rules);
    stored.push(...judged.stored);
    return judged.answer;
  }, options);
  return Object.defineProperty(backend, 'stored', { value: stored, enumerable: true }) as FakeLoki;
}
