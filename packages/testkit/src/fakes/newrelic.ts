/** A strict New Relic: its ingest APIs and its OTLP endpoint, with the rules of its documentation. */
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import { FAKE_EPOCH } from '../clock.ts';
import type { BackendProfile } from '../contract/options.ts';
import { ITEM_ID } from '../data/attributes.ts';
import { type NewrelicItem, newrelicKind, readNewrelicItems } from './newrelic-items.ts';
import { OTLP_PROFILE } from './otlp.ts';

/** What can be set. */
export interface NewrelicRules {
  /** The server's clock in ms since the epoch; default: where `fakeClock` starts. */
  readonly now?: () => number;
  /** The only key that is taken; default: any. */
  readonly key?: string;
}

const MAX_BYTES = 1_000_000;
const OTLP_PATH = /^\/v1\/(traces|metrics|logs)$/;

/** What New Relic answers at once, before it looks into the items. */
function judgeNewrelic(request: RecordedRequest, { key }: NewrelicRules = {}): Answer {
  const { headers, raw } = request;
  const otlp = OTLP_PATH.test(request.path);
  const kind = newrelicKind(request.path);
  if (!otlp && kind === undefined) return { status: 404 };
  if (request.method !== 'POST') return { status: 405 };
  const sent = headers['api-key'];
  if (typeof sent !== 'string' || (key !== undefined && sent !== key)) return { status: 403, body: {} };
  if (headers['content-length'] === undefined) return { status: 411 };
  if (raw.length > MAX_BYTES) return { status: 413, body: {} };
  const encoding = headers['content-encoding'] ?? 'gzip';
  if (otlp) {
    const known = encoding === 'gzip' || encoding === 'zstd';
    return { status: known && headers['content-type'] === 'application/x-protobuf' ? 200 : 415 };
  }
  if (encoding !== 'gzip' || headers['content-type'] !== 'application/json') return { status: 415 };
  const formats = ['data-format', 'data-format-version'].filter((name) => headers[name] !== undefined);
  if (formats.length === 1) return { status: 400, body: {} };
  if (kind === 'spans' && formats.length === 2 && headers['data-format'] !== 'newrelic') return { status: 400 };
  return { status: 202, body: { requestId: `00000000-0000-0000-0000-${String(request.index).padStart(12, '0')}` } };
}

/**
 * How the APIs answer, for `exporterContract` and `runFaultMatrix`. What they would drop later fails the test.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import newrelic from '@telemetryflow/exporter-newrelic';
 * import { exporterContract, NEWRELIC_PROFILE } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: newrelic,
 *   config: ({ url }) => ({
 *     endpoint: url,
 *     license_key: '0123456789abcdef0123456789abcdef0123NRAL',
 *     protocol: 'api',
 *   }),
 *   backend: NEWRELIC_PROFILE,
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const NEWRELIC_PROFILE: BackendProfile = {
  decode: (request) => itemsOf(request, FAKE_EPOCH).map(({ attributes }) => String(attributes[ITEM_ID])),
  success: (request) => {
    const answer = judgeNewrelic(request);
    if (answer.status !== 202) throw new Error(`answered ${answer.status}`);
    return answer;
  },
  transient: () => ({ status: 503 }),
  permanent: () => ({ status: 400, body: {} }),
  throttle: (_request, delayMs) => ({
    status: 429,
    ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
  }),
  auth: () => ({ status: 403, body: {} }),
  tooLarge: () => ({ status: 413, body: {} }),
};

/**
 * How the OTLP endpoint answers: without a body, and never with a partial success.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import newrelic from '@telemetryflow/exporter-newrelic';
 * import { exporterContract, NEWRELIC_OTLP_PROFILE } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: newrelic,
 *   config: ({ url }) => ({
 *     endpoint: url,
 *     license_key: '0123456789abcdef0123456789abcdef0123NRAL',
 *     protocol: 'otlp',
 *   }),
 *   backend: NEWRELIC_OTLP_PROFILE,
 *   signals: ['traces'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const NEWRELIC_OTLP_PROFILE: BackendProfile = {
  ...NEWRELIC_PROFILE,
  decode: (request) => OTLP_PROFILE.decode(request),
  success: (request) => {
    const answer = judgeNewrelic(request);
    if (answer.status !== 200) throw new Error(`answered ${answer.status}`);
    return answer;
  },
};

function itemsOf(request: RecordedRequest, nowMs: number): NewrelicItem[] {
  const kind = newrelicKind(request.path);
  if (kind === undefined) throw new Error(`${request.path} is no path of an API.`);
  return readNewrelicItems(kind, request.text(), nowMs);
}

/** A running {@link fakeNewrelic}. */
export interface FakeNewrelic extends Backend {
  /** What the APIs have stored, in order of arrival. */
  readonly stored: readonly NewrelicItem[];
  /** Item ids that came by OTLP. */
  readonly otlpIds: readonly string[];
  /** What went wrong after a 202, as in NrIntegrationError events. */
  readonly integrationErrors: readonly string[];
}

/**
 * Start a New Relic. It answers 202 to what it will not store, as the service does.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import newrelic from '@telemetryflow/exporter-newrelic';
 * import {
 *   type FakeNewrelic,
 *   fakeNewrelic,
 *   logs,
 *   type NewrelicRules,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const license_key = '0123456789abcdef0123456789abcdef0123NRAL';
 * const rules: NewrelicRules = { now: Date.now, key: license_key };
 * const service: FakeNewrelic = await fakeNewrelic(rules);
 * const block = { endpoint: service.url, license_key, protocol: 'api' };
 * await throughPipeline(newrelic, block, 'logs', logs(1, { variety: 'plain', startMs: Date.now() }));
 * await service.close();
 * assert.equal(service.stored[0]?.fields['message'], 'request 0 handled');
 * assert.deepEqual(service.integrationErrors, []);
 * ```
 */
export async function fakeNewrelic(rules: NewrelicRules = {}, options: BackendOptions = {}): Promise<FakeNewrelic> {
  const stored: NewrelicItem[] = [];
  const otlpIds: string[] = [];
  const integrationErrors: string[] = [];
  const backend = await startBackend((request) => {
    const answer = judgeNewrelic(request, rules);
    try {
      if (answer.status === 202) stored.push(...itemsOf(request, rules.now?.() ?? FAKE_EPOCH));
      if (answer.status === 200) otlpIds.push(...OTLP_PROFILE.decode(request));
    } catch (error) {
      integrationErrors.push(String(error));
    }
    return answer;
  }, options);
  const state = { stored, otlpIds, integrationErrors };
  return Object.defineProperties(
    backend,
    Object.fromEntries(Object.entries(state).map(([name, value]) => [name, { value, enumerable: true }])),
  ) as FakeNewrelic;
}
