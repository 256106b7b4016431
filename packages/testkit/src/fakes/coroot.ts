/**
 * A strict Coroot: exact content types, its API key, remote write for metrics, and its interface for unknown paths. Over
 * gRPC it takes traces and logs, and calls all of its own errors UNKNOWN.
 */
import { someField, someItem } from '@telemetryflow/otlp';
import type { Answer } from '../backend/answer.ts';
import type { GrpcAnswer, GrpcRequest } from '../backend/grpc-backend.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { OTLP_PROFILE } from './otlp.ts';
import { type FakeOtlpGrpc, fakeOtlpGrpc, type OtlpGrpcOptions, otlpGrpcProfile, otlpGrpcSignal } from './otlp-grpc.ts';
import { readWriteRequest, writtenItemIds } from './remote-write.ts';

/** What can be set in an installation. */
export interface CorootRules {
  /** The key of its only project. */
  readonly apiKey: string;
}

const NOT_FOUND = 'project not found (x-api-key header is missing or invalid)\n';
const ENCODINGS: ReadonlySet<string | undefined> = new Set([
  undefined,
  '',
  'gzip',
  'deflate',
  'zlib',
  'zstd',
  'snappy',
]);
const INTERFACE: Answer = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!doctype html><html><head><title>Coroot</title></head></html>',
};
const DONE: Answer = { status: 200, headers: { 'content-type': 'application/x-protobuf' }, body: '' };

/** Ids of the items in a request; throws for a body that Coroot could not read. */
function idsOf(request: RecordedRequest): readonly string[] {
  if (!request.path.endsWith('/v1/metrics')) return OTLP_PROFILE.decode(request);
  return writtenItemIds(readWriteRequest(request.raw));
}

/** What Coroot answers to a request, whatever it holds. */
function judge(request: RecordedRequest, { apiKey }: CorootRules): Answer {
  const path = /^\/v1\/(traces|logs|metrics)$/.exec(request.path)?.[1];
  if (path === undefined || request.method !== 'POST') return INTERFACE;
  if (request.headers['x-api-key'] !== apiKey) return text(404, NOT_FOUND);
  if (request.headers['content-type'] !== 'application/x-protobuf') return text(400, 'unsupported content type');
  const encoding = request.headers['content-encoding'];
  if (path === 'metrics' ? encoding !== 'snappy' : !ENCODINGS.has(encoding)) {
    return text(400, `unsupported encoding: ${encoding}`);
  }
  try {
    idsOf(request);
  } catch (error) {
    return text(400, String(error));
  }
  if (path === 'metrics') return { status: 200 };
  return hasAttributeWithoutValue(path, request.body) ? { fault: 'reset' } : DONE;
}

function text(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

/** True for a KeyValue of an item that lacks its value: the handler of Coroot panics. */
function hasAttributeWithoutValue(signal: string, body: Uint8Array): boolean {
  const attributes = signal === 'traces' ? 9 : 6;
  return someItem(body, (start, end) =>
    someField(
      body,
      start,
      end,
      (number, _type, from, to) => number === attributes && !someField(body, from, to, (field) => field === 2),
    ),
  );
}

/**
 * How Coroot answers, for `exporterContract` and `runFaultMatrix`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import coroot from '@telemetryflow/exporter-coroot';
 * import { corootProfile, runFaultMatrix } from '@telemetryflow/testkit';
 *
 * const [cell] = await runFaultMatrix({
 *   definition: coroot,
 *   config: ({ url }) => ({ endpoint: url, api_key: 'project-key' }),
 *   backend: corootProfile({ apiKey: 'project-key' }),
 *   signal: 'metrics',
 *   phases: ['response_headers'],
 *   faults: ['reset'],
 * });
 * assert.equal(cell?.outcome, 'retried');
 * ```
 */
export function corootProfile(rules: CorootRules): BackendProfile {
  return {
    decode: idsOf,
    success: (request) => judge(request, rules),
    transient: () => text(500, ''),
    permanent: () => text(400, 'unsupported content type'),
    throttle: (_request, delayMs) => ({
      status: 429,
      ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
      body: 'the Prometheus behind says: slow down',
    }),
    auth: () => text(404, NOT_FOUND),
    tooLarge: () => text(413, 'request entity too large'),
  };
}

/** A running {@link fakeCoroot}. */
export interface FakeCoroot extends Backend {
  /** Ids of the items it has taken, in order of arrival. */
  readonly stored: readonly string[];
}

/**
 * Start a Coroot that keeps what is valid and answers everything else as Coroot does.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import coroot from '@telemetryflow/exporter-coroot';
 * import {
 *   type CorootRules,
 *   type FakeCoroot,
 *   fakeCoroot,
 *   spans,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const rules: CorootRules = { apiKey: 'project-key' };
 * const server: FakeCoroot = await fakeCoroot(rules);
 * const block = { endpoint: server.url, api_key: rules.apiKey };
 * await throughPipeline(coroot, block, 'traces', spans(2));
 * await server.close();
 * assert.deepEqual(server.stored, ['item-0', 'item-1']);
 * ```
 */
export async function fakeCoroot(rules: CorootRules, options: BackendOptions = {}): Promise<FakeCoroot> {
  const stored: string[] = [];
  const backend = await startBackend((request) => {
    const answer = judge(request, rules);
    if (answer.status === 200 && answer !== INTERFACE) stored.push(...idsOf(request));
    return answer;
  }, options);
  return Object.defineProperty(backend, 'stored', { value: stored, enumerable: true }) as FakeCoroot;
}

/**
 * How its gRPC server answers: no service for metrics, no limit of size, no partial success and no delay.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import coroot from '@telemetryflow/exporter-coroot';
 * import { corootGrpcProfile, exporterContract } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: coroot,
 *   config: ({ url }) => ({ endpoint: url, protocol: 'grpc', metrics: false, api_key: 'k' }),
 *   backend: corootGrpcProfile({ apiKey: 'k' }),
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export function corootGrpcProfile(rules: CorootRules): BackendProfile<GrpcRequest, GrpcAnswer> {
  const {
    partial: _partial,
    throttle: _throttle,
    tooLarge: _tooLarge,
    ...profile
  } = otlpGrpcProfile(grpcOptions(rules));
  return { ...profile, transient: () => ({ code: 2, text: 'sql: database is closed' }), auth: () => UNKNOWN_PROJECT };
}

/**
 * Start its gRPC server, which keeps what is valid.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import coroot from '@telemetryflow/exporter-coroot';
 * import { fakeCorootGrpc, logs, throughPipeline } from '@telemetryflow/testkit';
 *
 * const server = await fakeCorootGrpc({ apiKey: 'k' });
 * const block = { endpoint: server.url, protocol: 'grpc', metrics: false, api_key: 'k' };
 * assert.equal((await throughPipeline(coroot, block, 'logs', logs(2))).delivered, 2);
 * assert.deepEqual(server.items.logs, ['item-0', 'item-1']);
 * await server.close();
 * ```
 */
export function fakeCorootGrpc(rules: CorootRules): Promise<FakeOtlpGrpc> {
  return fakeOtlpGrpc(grpcOptions(rules));
}

const UNKNOWN_PROJECT: GrpcAnswer = { code: 2, text: NOT_FOUND.trim() };

function grpcOptions({ apiKey }: CorootRules): OtlpGrpcOptions {
  return {
    signals: ['traces', 'logs'],
    maxMessage: 2 ** 31 - 1,
    gate(request) {
      if (request.metadata['x-api-key'] !== apiKey) return UNKNOWN_PROJECT;
      return hasAttributeWithoutValue(otlpGrpcSignal(request), request.message) ? { fault: 'reset' } : undefined;
    },
  };
}
