/** A strict Zipkin: what its API refuses, with its texts, and what it has stored. */
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { ITEM_ID } from '../data/attributes.ts';
import { readZipkinSpans, ZipkinRefusal, type ZipkinSpanJson } from './zipkin-spans.ts';

/** Bytes as received, compressed or not. */
const MAX_BYTES = 10 * 1024 * 1024;

/**
 * What Zipkin answers to a request, and which spans it keeps: all of them or none.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import zipkin from '@telemetryflow/exporter-zipkin';
 * import {
 *   judgeZipkin,
 *   spans,
 *   startBackend,
 *   throughPipeline,
 *   type ZipkinEndpoint,
 *   type ZipkinSpanJson,
 * } from '@telemetryflow/testkit';
 *
 * const stored: ZipkinSpanJson[] = [];
 * const backend = await startBackend((request) => {
 *   const judged = judgeZipkin(request);
 *   stored.push(...judged.stored);
 *   return judged.answer;
 * });
 * await throughPipeline(zipkin, { endpoint: backend.url }, 'traces', spans(1, { variety: 'plain' }));
 * await backend.close();
 * const endpoint: ZipkinEndpoint | undefined = stored[0]?.localEndpoint;
 * assert.deepEqual([stored[0]?.name, endpoint?.serviceName], ['operation 0', 'shop']);
 * ```
 */
export function judgeZipkin(request: RecordedRequest): {
  readonly answer: Answer;
  readonly stored: readonly ZipkinSpanJson[];
} {
  if (request.path === '/health') return { answer: { status: 200, body: { status: 'UP' } }, stored: [] };
  if (request.path === '/') return { answer: { status: 302, headers: { location: '/zipkin/' } }, stored: [] };
  if (request.method !== 'POST' || request.path !== '/api/v2/spans') return { answer: { status: 404 }, stored: [] };
  if (request.raw.length > MAX_BYTES) {
    return { answer: { status: 500, body: '413 Request Entity Too Large' }, stored: [] };
  }
  try {
    return { answer: { status: 202 }, stored: readZipkinSpans(request) };
  } catch (error) {
    if (!(error instanceof ZipkinRefusal)) throw error;
    return { answer: { status: 400, body: error.message }, stored: [] };
  }
}

/**
 * How Zipkin answers, for `exporterContract` and `runFaultMatrix`; credentials are those of a proxy before it.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import zipkin from '@telemetryflow/exporter-zipkin';
 * import { exporterContract, ZIPKIN_PROFILE } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: zipkin,
 *   config: ({ url }) => ({ endpoint: url }),
 *   backend: ZIPKIN_PROFILE,
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const ZIPKIN_PROFILE: BackendProfile = {
  decode: (request) => readZipkinSpans(request).map(({ tags }) => tags?.[ITEM_ID] ?? 'span without id'),
  success: (request) => judgeZipkin(request).answer,
  transient: () => ({ status: 503, body: 'storage is not ready' }),
  permanent: () => ({ status: 404 }),
  throttle: (_request, delayMs) => ({
    status: 429,
    ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
  }),
  auth: () => ({ status: 401 }),
  tooLarge: () => ({ status: 500, body: '413 Request Entity Too Large' }),
};

/** A running {@link fakeZipkin}. */
export interface FakeZipkin extends Backend {
  /** What it has stored, in order of arrival. */
  readonly stored: readonly ZipkinSpanJson[];
}

/**
 * Start a Zipkin that keeps what is valid and answers everything else as Zipkin does.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import zipkin from '@telemetryflow/exporter-zipkin';
 * import { type FakeZipkin, fakeZipkin, spans, throughPipeline } from '@telemetryflow/testkit';
 *
 * const server: FakeZipkin = await fakeZipkin();
 * await throughPipeline(zipkin, { endpoint: server.url }, 'traces', spans(2));
 * await server.close();
 * assert.deepEqual(
 *   server.stored.map(({ tags }) => tags?.['item.id']),
 *   ['item-0', 'item-1'],
 * );
 * ```
 */
export async function fakeZipkin(options: BackendOptions = {}): Promise<FakeZipkin> {
  const stored: ZipkinSpanJson[] = [];
  const backend = await startBackend((request) => {
    const judged = judgeZipkin(request);
    stored.push(...judged.stored);
    return judged.answer;
  }, options);
  return Object.defineProperty(backend, 'stored', { value: stored, enumerable: true }) as FakeZipkin;
}
