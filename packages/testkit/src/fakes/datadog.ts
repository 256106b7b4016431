/** A strict Datadog: the intakes for series, sketches and logs and for OTLP, refusing what the service refuses. */
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import { FAKE_EPOCH } from '../clock.ts';
import type { BackendProfile } from '../contract/options.ts';
import { ITEM_ID } from '../data/attributes.ts';
import { type DatadogPoint, datadogJsonSeries, datadogProtoSeries, datadogSketches } from './datadog-metrics.ts';
import { OTLP_PROFILE, otlpBody, otlpSignal } from './otlp.ts';

/** One log as it was sent. */
export type DatadogLog = Readonly<Record<string, unknown>>;

/** What one request held. */
interface DatadogRequest {
  readonly points: readonly DatadogPoint[];
  readonly logs: readonly DatadogLog[];
}

const HOUR_MS = 3_600_000;
const SERIES_LIMITS = { raw: 512_000, body: 5_242_880 };
const SKETCH_LIMITS = { raw: 3_200_000, body: 62_914_560 };

/** Refused for its size. */
class TooLarge extends Error {}
/** Refused for its key. */
class Forbidden extends Error {}

/** Reads a request to one of the native intakes; throws a sentence about what Datadog would refuse. */
function readDatadogRequest(request: RecordedRequest, nowMs: number): DatadogRequest {
  if (String(request.headers['dd-api-key'] ?? '') === '') throw new Forbidden('Forbidden');
  if (request.headers['dd-application-key'] !== undefined) throw new Error('An application key is not for sending.');
  const path = request.path.split('?')[0] ?? '';
  if (request.method !== 'POST') throw new Error(`${request.method} is not POST.`);
  if (path.endsWith('/api/v2/logs')) return { points: [], logs: logsOf(request, nowMs) };
  const points = pointsOf(request, path);
  for (const { timestamp } of points) {
    if (timestamp * 1000 < nowMs - HOUR_MS || timestamp * 1000 > nowMs + 10 * 60_000) {
      throw new Error('A timestamp that is too far from now.');
    }
  }
  return { points, logs: [] };
}

function pointsOf(request: RecordedRequest, path: string): DatadogPoint[] {
  const type = request.headers['content-type'];
  if (path.endsWith('/api/beta/sketches')) {
    limit(request, SKETCH_LIMITS);
    if (type !== 'application/x-protobuf') throw new Error(`The content type ${type} is no sketch.`);
    if (!/^\d+\.\d+\.\d+$/.test(String(request.headers['dd-agent-payload']))) throw new Error('No payload version.');
    return datadogSketches(request.body);
  }
  const version = /\/api\/(v[12])\/series$/.exec(path)?.[1];
  if (version !== 'v1' && version !== 'v2') throw new Error(`${path} is no intake.`);
  limit(request, SERIES_LIMITS);
  if (version === 'v2' && type === 'application/x-protobuf') return datadogProtoSeries(request.body);
  if (type !== (version === 'v1' ? 'text/json' : 'application/json'))
    throw new Error(`The content type ${type} is no series.`);
  return datadogJsonSeries(request.json(), version);
}

function limit(request: RecordedRequest, limits: { readonly raw: number; readonly body: number }): void {
  if (request.raw.length > limits.raw || request.body.length > limits.body) throw new TooLarge('Payload too big');
}

function logsOf(request: RecordedRequest, nowMs: number): DatadogLog[] {
  if (request.body.length > 5_000_000) throw new TooLarge('Payload too big');
  if (request.headers['content-type'] !== 'application/json') throw new Error('The content type is not JSON.');
  const logs = request.json();
  if (!Array.isArray(logs) || logs.length > 1000) throw new Error('Not a list of at most 1000 logs.');
  for (const log of logs as DatadogLog[]) {
    const { message, ddtags, '@timestamp': time } = log;
    if (typeof message !== 'string' || typeof ddtags !== 'string') throw new Error('A log without message or ddtags.');
    if (Buffer.byteLength(JSON.stringify(log)) > 1_000_000) throw new Error('A log that would be cut.');
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(time)))
      throw new Error(`The time ${time} is not valid.`);
    if (Date.parse(String(time)) < nowMs - 18 * HOUR_MS) throw new Error('A log that is too old.');
  }
  return logs as DatadogLog[];
}

/** The id of a point: its tag; tags hold no character that ids do. */
function idOfPoint({ tags }: DatadogPoint): string {
  const prefix = `${ITEM_ID}:`;
  return tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length) ?? 'point without id';
}

/** How Datadog says no. */
function datadogErrors(status: number, ...errors: readonly string[]): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ errors }) };
}

/**
 * How the native intakes answer, for `exporterContract` and `runFaultMatrix`; what is refused is never named.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import datadog from '@telemetryflow/exporter-datadog';
 * import { DATADOG_PROFILE, exporterContract } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: datadog,
 *   config: ({ url }) => ({ api_key: '0123456789abcdef0123456789abcdef', endpoint: url }),
 *   backend: DATADOG_PROFILE,
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const DATADOG_PROFILE: BackendProfile = {
  decode(request) {
    const { points, logs } = readDatadogRequest(request, FAKE_EPOCH);
    return [...points.map(idOfPoint), ...logs.map((log) => String(log[ITEM_ID] ?? 'log without id'))];
  },
  success: (request) => ({
    status: 202,
    headers: { 'content-type': 'application/json' },
    body: request.path.endsWith('/logs') ? '{}' : '{"errors":[]}',
  }),
  transient: () => datadogErrors(503, 'Service Unavailable'),
  permanent: () => datadogErrors(415, 'Unsupported Media Type'),
  throttle: (_request, delayMs) => ({
    ...datadogErrors(429, 'Too many requests'),
    ...(delayMs > 0 && { headers: { 'x-ratelimit-reset': String(delayMs / 1000) } }),
  }),
  partial: (_request, refused) => datadogErrors(202, ...[...refused].map(() => 'one of them is not valid')),
  auth: () => datadogErrors(403, 'Forbidden'),
  tooLarge: () => datadogErrors(413, 'Payload too big'),
};

/**
 * How the OTLP intake answers: like any, but that it wants a key, and trace metrics to be asked for.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import datadog from '@telemetryflow/exporter-datadog';
 * import { DATADOG_OTLP_PROFILE, exporterContract } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: datadog,
 *   config: ({ url }) => ({ api_key: '0123456789abcdef0123456789abcdef', endpoint: url, traces: true }),
 *   backend: DATADOG_OTLP_PROFILE,
 *   signals: ['traces'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const DATADOG_OTLP_PROFILE: BackendProfile = {
  ...OTLP_PROFILE,
  decode(request) {
    checkOtlp(request);
    return OTLP_PROFILE.decode(request);
  },
  success: () => ({ status: 202 }),
  auth: () => datadogErrors(403, 'Forbidden'),
};

function checkOtlp(request: RecordedRequest): void {
  if (String(request.headers['dd-api-key'] ?? '') === '') throw new Forbidden('Forbidden');
  otlpBody(request);
  const signal = otlpSignal(request);
  if (signal === 'traces' && request.headers['compute_stats'] !== 'true') throw new Error('No trace metrics.');
  if (signal === 'metrics') JSON.parse(String(request.headers['dd-otel-metric-config']));
}

/** A running {@link fakeDatadog}. */
export interface FakeDatadog extends Backend {
  /** Points taken so far, in order of arrival. */
  readonly points: readonly DatadogPoint[];
  /** Logs taken so far, in order of arrival. */
  readonly logs: readonly DatadogLog[];
  /** Bodies taken by the OTLP intake, by path. */
  readonly otlp: readonly { readonly path: string; readonly body: Buffer }[];
}

/**
 * Start a Datadog whose clock stands at `nowMs`, and that takes this key only.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import datadog from '@telemetryflow/exporter-datadog';
 * import {
 *   type DatadogLog,
 *   type DatadogPoint,
 *   type DatadogSketch,
 *   type FakeDatadog,
 *   fakeDatadog,
 *   logs,
 *   metrics,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const api_key = '0123456789abcdef0123456789abcdef';
 * const service: FakeDatadog = await fakeDatadog(Date.now, api_key);
 * const block = { api_key, endpoint: service.url };
 * const made = { variety: 'plain', startMs: Date.now() } as const;
 * await throughPipeline(datadog, block, 'logs', logs(1, made));
 * const kinds = { kinds: ['histogram'], temporality: 'delta' } as const;
 * await throughPipeline(datadog, block, 'metrics', metrics(1, { ...made, ...kinds }));
 * await service.close();
 * const log: DatadogLog | undefined = service.logs[0];
 * assert.equal(log?.['message'], 'request 0 handled');
 * const point: DatadogPoint | undefined = service.points.find(({ type }) => type === 'distribution');
 * const sketch: DatadogSketch | undefined = point?.sketch;
 * assert.equal(sketch?.count, 6);
 * ```
 */
export async function fakeDatadog(
  nowMs: () => number,
  key: string,
  options: BackendOptions = {},
): Promise<FakeDatadog> {
  const points: DatadogPoint[] = [];
  const logs: DatadogLog[] = [];
  const otlp: { path: string; body: Buffer }[] = [];
  const backend = await startBackend((request) => {
    if (request.headers['dd-api-key'] !== key) return datadogErrors(403, 'Forbidden');
    if (request.method === 'GET' && request.path === '/api/v1/validate') return { body: { valid: true } };
    try {
      if (/^\/v1\/(traces|metrics|logs)$/.test(request.path)) {
        checkOtlp(request);
        otlp.push({ path: request.path, body: request.body });
        return { status: 202 };
      }
      const taken = readDatadogRequest(request, nowMs());
      points.push(...taken.points);
      logs.push(...taken.logs);
      return DATADOG_PROFILE.success(request);
    } catch (error) {
      if (error instanceof TooLarge) return datadogErrors(413, error.message);
      return datadogErrors(400, error instanceof Error ? error.message : String(error));
    }
  }, options);
  return Object.defineProperties(backend, {
    points: { value: points, enumerable: true },
    logs: { value: logs, enumerable: true },
    otlp: { value: otlp, enumerable: true },
  }) as FakeDatadog;
}
