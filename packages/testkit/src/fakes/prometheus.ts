/**
 * A strict Prometheus: what its remote write receiver refuses, with its texts, what it stores, and besides what the
 * protocol demands and Prometheus lets pass (order of labels, names, headers, one series once per request).
 */
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import { FAKE_EPOCH } from '../clock.ts';
import type { BackendProfile } from '../contract/options.ts';
import { otlpItemIds } from './otlp-items.ts';
import { judgePrometheusOtlp } from './prometheus-otlp.ts';
import {
  readWriteRequest,
  readWriteRequestV2,
  type WriteRequest,
  type WrittenHistogram,
  type WrittenSeries,
  writtenItemIds,
} from './remote-write.ts';

/** How a server was started. */
export interface PrometheusRules {
  /** The server's clock in ms since the epoch; default: where `fakeClock` starts. */
  readonly now?: () => number;
  /** The header demanded; default none. */
  readonly authorization?: string;
  /** Versions it takes; default both. Servers before 2.54 know 1.0 only. */
  readonly versions?: readonly (1 | 2)[];
  /** `--enable-feature=native-histograms`, which Prometheus 3.8 needs no more. Default true. */
  readonly nativeHistograms?: boolean;
  /** `--web.enable-otlp-receiver`. Default true. */
  readonly otlp?: boolean;
}

/** A sample or native histogram that is stored. */
export interface StoredSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly ms: number;
  /** A histogram's sum. */
  readonly value: number;
  readonly stale: boolean;
  readonly histogram?: WrittenHistogram;
}

const MAX_BYTES = 32 * 1024 * 1024;
const MAX_AHEAD_MS = 600_000;
const HEAD_MS = 3_600_000;
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const TYPES: Readonly<Record<string, 1 | 2>> = {
  'application/x-protobuf': 1,
  'application/x-protobuf;proto=prometheus.WriteRequest': 1,
  'application/x-protobuf;proto=io.prometheus.write.v2.Request': 2,
};
const VERSION_HEADERS = { 1: /^0\.1\.\d+$/, 2: /^2\.0\.\d+$/ } as const;

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * What a server has stored: the newest sample of each series decides what it takes next.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { FAKE_EPOCH, PrometheusHead, type StoredSample } from '@telemetryflow/testkit';
 *
 * const head = new PrometheusHead();
 * const sample: StoredSample = { labels: { __name__: 'orders' }, ms: FAKE_EPOCH, value: 3, stale: false };
 * head.append('orders', sample);
 * const before = { ...sample, ms: FAKE_EPOCH - 1 };
 * assert.equal(head.problem('orders', before, FAKE_EPOCH), 'out of order sample');
 * assert.deepEqual(head.samples, [sample]);
 * ```
 */
export class PrometheusHead {
  readonly #stored: StoredSample[] = [];
  readonly #newest = new Map<string, StoredSample>();
  #maxMs = Number.NEGATIVE_INFINITY;

  /** In order of arrival. */
  get samples(): readonly StoredSample[] {
    return this.#stored;
  }

  /** Why Prometheus would not append the sample; `undefined` when it does, or has it already. */
  problem(series: string, sample: StoredSample, now: number): string | undefined {
    if (sample.ms > now + MAX_AHEAD_MS) return 'out of bounds: timestamp is too far in the future';
    if (sample.ms < this.#maxMs - HEAD_MS) return 'out of bounds';
    const newest = this.#newest.get(series);
    if (newest === undefined || newest.ms < sample.ms) return undefined;
    if (newest.ms > sample.ms) return 'out of order sample';
    return same(newest, sample) ? undefined : 'duplicate sample for timestamp';
  }

  append(series: string, sample: StoredSample): void {
    if (this.#newest.get(series)?.ms === sample.ms) return;
    this.#stored.push(sample);
    this.#newest.set(series, sample);
    this.#maxMs = Math.max(this.#maxMs, sample.ms);
  }
}

function same(one: StoredSample, other: StoredSample): boolean {
  return (
    Object.is(one.value, other.value) && one.stale === other.stale && one.histogram?.count === other.histogram?.count
  );
}

/**
 * What Prometheus answers to a request; what it takes goes into the head.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import prometheus from '@telemetryflow/exporter-prometheus';
 * import {
 *   judgeRemoteWrite,
 *   metrics,
 *   PrometheusHead,
 *   type PrometheusRules,
 *   startBackend,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const rules: PrometheusRules = { now: Date.now, versions: [1] };
 * const head = new PrometheusHead();
 * const backend = await startBackend((request) => judgeRemoteWrite(request, rules, head));
 * const block = { endpoint: `${backend.url}/api/v1/write`, stale_on_shutdown: false };
 * await throughPipeline(prometheus, block, 'metrics', metrics(1, { variety: 'plain', startMs: Date.now() }));
 * await backend.close();
 * assert.ok(head.samples.some(({ labels }) => labels['__name__']?.startsWith('test_gauge')));
 * ```
 */
export function judgeRemoteWrite(
  request: RecordedRequest,
  rules: PrometheusRules = {},
  head: PrometheusHead = new PrometheusHead(),
): Answer {
  try {
    const version = versionOf(request, rules);
    const written = read(request, version);
    for (const series of written.series) checkSeries(series, rules);
    checkRepeats(written);
    return version === 1 ? appendAll(written, rules, head) : appendValid(written, rules, head);
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, body: error.message };
    throw error;
  }
}

function versionOf({ method, path, headers }: RecordedRequest, rules: PrometheusRules): 1 | 2 {
  if (path !== '/api/v1/write') throw new Refusal(404, '404 page not found');
  if (method !== 'POST') throw new Refusal(405, 'Method Not Allowed');
  if (rules.authorization !== undefined && headers.authorization !== rules.authorization) {
    throw new Refusal(401, 'Unauthorized');
  }
  const version = TYPES[String(headers['content-type']).replaceAll(' ', '')];
  if (version === undefined || rules.versions?.includes(version) === false) {
    throw new Refusal(415, `Unsupported proto version ${headers['content-type']}`);
  }
  if (headers['content-encoding'] !== 'snappy') {
    throw new Refusal(415, `${headers['content-encoding']} encoding (compression) is not accepted by this server`);
  }
  if (!VERSION_HEADERS[version].test(String(headers['x-prometheus-remote-write-version']))) {
    throw new Refusal(400, `the version header of ${version}.0 is missing or another`);
  }
  if ((headers['user-agent'] ?? '') === '') throw new Refusal(400, 'no User-Agent');
  return version;
}

function read(request: RecordedRequest, version: 1 | 2): WriteRequest {
  try {
    return version === 1 ? readWriteRequest(request.raw, MAX_BYTES) : readWriteRequestV2(request.raw, MAX_BYTES);
  } catch (error) {
    throw new Refusal(400, error instanceof Error ? error.message : String(error));
  }
}

function checkSeries({ labels, samples, histograms, exemplars }: WrittenSeries, rules: PrometheusRules): void {
  const names = labels.map(([name]) => name);
  const text = JSON.stringify(Object.fromEntries(labels));
  if (new Set(names).size !== names.length) throw new Refusal(500, `label name is not unique: invalid sample ${text}`);
  const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (sorted.join('\0') !== names.join('\0')) throw new Refusal(400, `labels are not sorted: ${text}`);
  for (const [name, value] of labels) {
    if (value === '') throw new Refusal(400, `the label ${name} is empty: ${text}`);
    const right = name === '__name__' ? NAME.test(value) : LABEL.test(name);
    if (!right) throw new Refusal(400, `invalid metric name or label names: ${text}`);
  }
  if (!names.includes('__name__')) throw new Refusal(400, `a series without metric name: ${text}`);
  if (samples.length > 0 === histograms.length > 0) throw new Refusal(400, `not either samples or histograms: ${text}`);
  for (const points of [samples, histograms]) {
    points.forEach(({ ms }, at) => {
      if (at > 0 && ms <= (points[at - 1]?.ms ?? 0))
        throw new Refusal(400, `samples are not in order of time: ${text}`);
    });
  }
  if (histograms.length > 0 && rules.nativeHistograms === false) {
    throw new Refusal(500, 'native histograms are disabled');
  }
  for (const histogram of histograms) checkHistogram(histogram);
  for (const { labels: own, ms } of exemplars) {
    const length = own.flat().reduce((sum, each) => sum + [...each].length, 0);
    if (length > 128) throw new Refusal(400, `label length ${length} of an exemplar exceeds the maximum of 128`);
    if (ms === 0) throw new Refusal(400, 'an exemplar without time');
  }
}

function checkHistogram({ schema, stale, count, sum, observed, announced, buckets }: WrittenHistogram): void {
  if (!((schema >= -4 && schema <= 8) || schema === -53)) {
    throw new Refusal(400, `histogram has an invalid schema, which must be between -4 and 8 for exponential buckets`);
  }
  if (announced !== buckets) throw new Refusal(400, `histogram has ${buckets} buckets, its spans need ${announced}`);
  if (!stale && observed !== count && !(Number.isNaN(sum) && count > observed)) {
    throw new Refusal(400, `${observed} observations found in buckets, but the Count field is ${count}`);
  }
}

function checkRepeats({ series }: WriteRequest): void {
  const seen = new Set<string>();
  for (const { labels } of series) {
    const key = JSON.stringify(labels);
    if (seen.has(key)) throw new Refusal(400, `a series twice in one request: ${key}`);
    seen.add(key);
  }
}

function* samplesOf({ series }: WriteRequest): Generator<readonly [series: string, StoredSample]> {
  for (const { labels, samples, histograms } of series) {
    const key = JSON.stringify(labels);
    const named = Object.fromEntries(labels);
    for (const sample of samples) yield [key, { ...sample, labels: named }];
    for (const histogram of histograms) {
      const { ms, sum, stale } = histogram;
      yield [key, { labels: named, ms, value: sum, stale, histogram }];
    }
  }
}

/** 1.0: one bad sample costs the whole request. */
function appendAll(written: WriteRequest, { now = epoch }: PrometheusRules, head: PrometheusHead): Answer {
  const all = [...samplesOf(written)];
  for (const [key, sample] of all) {
    const problem = head.problem(key, sample, now());
    if (problem !== undefined) return { status: 400, body: problem };
  }
  for (const [key, sample] of all) head.append(key, sample);
  return { status: 204 };
}

/** 2.0: what is valid is stored, and counted in the headers. */
function appendValid(written: WriteRequest, { now = epoch }: PrometheusRules, head: PrometheusHead): Answer {
  const counts = { samples: 0, histograms: 0 };
  const problems: string[] = [];
  for (const [key, sample] of samplesOf(written)) {
    const problem = head.problem(key, sample, now());
    if (problem !== undefined) {
      problems.push(`${problem} for series ${key}`);
      continue;
    }
    head.append(key, sample);
    counts[sample.histogram === undefined ? 'samples' : 'histograms']++;
  }
  const exemplars = written.series.reduce((sum, series) => sum + series.exemplars.length, 0);
  const headers = {
    'x-prometheus-remote-write-samples-written': String(counts.samples),
    'x-prometheus-remote-write-histograms-written': String(counts.histograms),
    'x-prometheus-remote-write-exemplars-written': String(exemplars),
  };
  return problems.length === 0 ? { status: 204, headers } : { status: 400, headers, body: problems.join('\n') };
}

function epoch(): number {
  return FAKE_EPOCH;
}

/**
 * How Prometheus answers, for `exporterContract` and `runFaultMatrix`; each request meets an empty server.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import prometheus from '@telemetryflow/exporter-prometheus';
 * import { exporterContract, prometheusProfile } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: prometheus,
 *   config: ({ url }) => ({ endpoint: url, stale_on_shutdown: false }),
 *   backend: prometheusProfile({ versions: [1] }),
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export function prometheusProfile(rules: PrometheusRules = {}): BackendProfile {
  const decode = (request: RecordedRequest): string[] => {
    const version = TYPES[String(request.headers['content-type'])] ?? 1;
    return writtenItemIds(version === 1 ? readWriteRequest(request.raw) : readWriteRequestV2(request.raw));
  };
  return {
    decode,
    success(request) {
      const answer = judgeRemoteWrite(request, rules);
      // 204 has no body; 200 lets the contract break one.
      return answer.status === 204 ? { ...answer, status: 200 } : answer;
    },
    transient: () => ({ status: 503, body: 'Service Unavailable' }),
    permanent: () => ({ status: 404, body: '404 page not found' }),
    throttle: (_request, delayMs) => ({
      status: 429,
      ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
    }),
    auth: () => ({ status: 401, body: 'Unauthorized' }),
    tooLarge: () => ({ status: 413, body: 'too large' }),
  };
}

/**
 * How the OTLP receiver of Prometheus answers, for `exporterContract` and `runFaultMatrix`; each request meets an
 * empty server.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import prometheus from '@telemetryflow/exporter-prometheus';
 * import { exporterContract, prometheusOtlpProfile } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: prometheus,
 *   config: ({ url }) => ({ endpoint: url, protocol: 'otlp' }),
 *   backend: prometheusOtlpProfile(),
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export function prometheusOtlpProfile(rules: PrometheusRules = {}): BackendProfile {
  return {
    ...prometheusProfile(rules),
    decode: ({ body }) => otlpItemIds('metrics', body).map((id) => id ?? 'item without id'),
    success: (request) => judgePrometheusOtlp(request, rules, new PrometheusHead()),
  };
}

/** A running {@link fakePrometheus}. */
export interface FakePrometheus extends Backend {
  readonly head: PrometheusHead;
}

/**
 * Start a Prometheus that stores what is valid and answers everything else as Prometheus does.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import prometheus from '@telemetryflow/exporter-prometheus';
 * import { type FakePrometheus, fakePrometheus, metrics, throughPipeline } from '@telemetryflow/testkit';
 *
 * const server: FakePrometheus = await fakePrometheus({ now: Date.now });
 * const block = { endpoint: server.url, stale_on_shutdown: false };
 * await throughPipeline(prometheus, block, 'metrics', metrics(1, { variety: 'plain', startMs: Date.now() }));
 * await server.close();
 * const sample = server.head.samples.find(({ labels }) => labels['item_id'] === 'item-0');
 * assert.equal(sample?.value, 1);
 * ```
 */
export async function fakePrometheus(
  rules: PrometheusRules = {},
  options: BackendOptions = {},
): Promise<FakePrometheus> {
  const head = new PrometheusHead();
  const backend = await startBackend((request) => {
    const judge = request.path.startsWith('/api/v1/otlp/') ? judgePrometheusOtlp : judgeRemoteWrite;
    return judge(request, rules, head);
  }, options);
  return Object.defineProperty(backend, 'head', { value: head, enumerable: true }) as FakePrometheus;
}
