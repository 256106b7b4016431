/** A strict OTLP/HTTP backend: takes protobuf and JSON, refuses what is not valid OTLP, and knows what it took. */
import { protobufFromJson, type Signal, validate } from '@telemetryflow/otlp';
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { otlpItemIds } from './otlp-items.ts';

const PATHS: Readonly<Record<string, Signal>> = { traces: 'traces', metrics: 'metrics', logs: 'logs' };

/**
 * The signal of a request by the end of its path (`/v1/traces`).
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { logs, otlpSignal, startBackend, throughPipeline } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend();
 * await throughPipeline(otlpHttp, { endpoint: backend.url }, 'logs', logs(2));
 * await backend.close();
 * assert.deepEqual(backend.requests.map(otlpSignal), ['logs']);
 * ```
 */
export function otlpSignal(request: RecordedRequest): Signal {
  const end = /\/v1\/(traces|metrics|logs)$/.exec(request.path.split('?')[0] ?? '')?.[1] ?? '';
  const signal = PATHS[end];
  if (signal === undefined) throw new Error(`${request.method} ${request.path} is no OTLP path.`);
  return signal;
}

/**
 * The request as valid OTLP protobuf; throws a sentence about what is wrong with it.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { decode } from '@telemetryflow/otlp';
 * import { logs, otlpBody, startBackend, throughPipeline } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend();
 * await throughPipeline(
 *   otlpHttp,
 *   { endpoint: backend.url, encoding: 'json' },
 *   'logs',
 *   logs(2, { variety: 'plain' }),
 * );
 * await backend.close();
 * const records = backend.requests.flatMap((request) => decode('logs', otlpBody(request)));
 * assert.deepEqual(
 *   records.map(({ body }) => body),
 *   ['request 0 handled', 'request 1 handled'],
 * );
 * ```
 */
export function otlpBody(request: RecordedRequest): Uint8Array {
  const signal = otlpSignal(request);
  if (request.method !== 'POST') throw new Error(`${request.method} is not POST.`);
  const type = request.headers['content-type']?.split(';')[0];
  if (type === 'application/json') return protobufFromJson(signal, request.body);
  if (type !== 'application/x-protobuf') throw new Error(`The content type ${type} is not OTLP.`);
  validate(signal, request.body);
  return request.body;
}

/**
 * How an OTLP backend answers, for `exporterContract` and `runFaultMatrix`; add what a vendor does differently.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { exporterContract, OTLP_PROFILE } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: otlpHttp,
 *   config: ({ url }) => ({ endpoint: url }),
 *   // What a vendor does differently goes on top.
 *   backend: { ...OTLP_PROFILE, auth: () => ({ status: 403, body: 'no such key' }) },
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const OTLP_PROFILE: BackendProfile = {
  decode: (request) => otlpItemIds(otlpSignal(request), otlpBody(request)).map((id) => id ?? 'item without id'),
  success: (request) => answer(request, 200, Buffer.alloc(0), {}),
  transient: (request) => otlpFailure(request, 503, 'not now'),
  permanent: (request) => otlpFailure(request, 400, 'never'),
  throttle(request, delayMs) {
    const refusal = otlpFailure(request, 429, 'slow down');
    return delayMs === 0
      ? refusal
      : { ...refusal, headers: { ...refusal.headers, 'retry-after': String(delayMs / 1000) } };
  },
  partial: (request, refused) => partialSuccess(request, refused.size),
  auth: (request) => otlpFailure(request, 401, 'who are you'),
  tooLarge: (request) => otlpFailure(request, 413, 'too large'),
};

/** A running {@link fakeOtlp}. */
export interface FakeOtlp extends Backend {
  /** Ids of the items taken so far, by signal, in order of arrival. */
  readonly items: Readonly<Record<Signal, readonly string[]>>;
}

/**
 * What a vendor refuses before it looks at the data; `undefined` for what it lets in.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { fakeOtlp, logs, type OtlpGate, throughPipeline } from '@telemetryflow/testkit';
 *
 * const gate: OtlpGate = ({ headers }) => (headers['api-key'] === 'right' ? undefined : { status: 401 });
 * const backend = await fakeOtlp({ gate });
 * const block = { endpoint: backend.url, headers: { 'api-key': 'right' } };
 * await throughPipeline(otlpHttp, block, 'logs', logs(1));
 * await backend.close();
 * assert.deepEqual(backend.items.logs, ['item-0']);
 * ```
 */
export type OtlpGate = (request: RecordedRequest) => Answer | undefined;

/**
 * Start an OTLP backend that takes everything valid behind its gate and answers 400 with the reason to the rest.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { type FakeOtlp, fakeOtlp, spans, throughPipeline } from '@telemetryflow/testkit';
 *
 * const backend: FakeOtlp = await fakeOtlp();
 * await throughPipeline(otlpHttp, { endpoint: backend.url }, 'traces', spans(2));
 * const answer = await fetch(`${backend.url}/v1/traces`, {
 *   method: 'POST',
 *   headers: { 'content-type': 'application/json' },
 *   body: '{"resourceSpans":7}',
 * });
 * await backend.close();
 * assert.equal(answer.status, 400);
 * assert.deepEqual(backend.items.traces, ['item-0', 'item-1']);
 * ```
 */
export async function fakeOtlp(
  options: BackendOptions & { readonly gate?: OtlpGate | undefined } = {},
): Promise<FakeOtlp> {
  const items: Record<Signal, string[]> = { traces: [], metrics: [], logs: [] };
  const backend = await startBackend((request) => {
    const refused = options.gate?.(request);
    if (refused !== undefined) return refused;
    try {
      items[otlpSignal(request)].push(...OTLP_PROFILE.decode(request));
      return OTLP_PROFILE.success(request);
    } catch (error) {
      return otlpFailure(request, 400, error instanceof Error ? error.message : String(error));
    }
  }, options);
  return Object.defineProperty(backend, 'items', { value: items, enumerable: true }) as FakeOtlp;
}

/**
 * {@link OTLP_PROFILE} behind a gate: what the gate refuses is never taken.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { exporterContract, otlpProfile } from '@telemetryflow/testkit';
 *
 * const profile = otlpProfile(({ headers }) =>
 *   headers['api-key'] === undefined ? { status: 401 } : undefined,
 * );
 * const [first] = exporterContract({
 *   definition: otlpHttp,
 *   config: ({ url }) => ({ endpoint: url, headers: { 'api-key': 'right' } }),
 *   backend: profile,
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export function otlpProfile(gate: OtlpGate): BackendProfile {
  return { ...OTLP_PROFILE, success: (request) => gate(request) ?? OTLP_PROFILE.success(request) };
}

function isJson(request: RecordedRequest): boolean {
  return request.headers['content-type']?.startsWith('application/json') === true;
}

function answer(request: RecordedRequest, status: number, protobuf: Buffer, json: object): Answer {
  const type = isJson(request) ? 'application/json' : 'application/x-protobuf';
  return { status, headers: { 'content-type': type }, body: isJson(request) ? JSON.stringify(json) : protobuf };
}

/**
 * A refusal as OTLP servers word it: a google.rpc.Status in the encoding of the request.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { otlpFailure, startBackend } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend((request) => otlpFailure(request, 429, 'slow down', 8));
 * const answer = await fetch(`${backend.url}/v1/logs`, {
 *   method: 'POST',
 *   headers: { 'content-type': 'application/json' },
 *   body: '{}',
 * });
 * assert.deepEqual(await answer.json(), { code: 8, message: 'slow down' });
 * await backend.close();
 * ```
 */
export function otlpFailure(request: RecordedRequest, status: number, message: string, code = 2): Answer {
  const protobuf = Buffer.concat([Buffer.of(0x08), varint(code), delimited(2, Buffer.from(message))]);
  return answer(request, status, protobuf, { code, message });
}

/** Export…ServiceResponse { partial_success 1 { rejected 1, error_message 2 } }. */
function partialSuccess(request: RecordedRequest, rejected: number): Answer {
  const names: Record<Signal, string> = {
    traces: 'rejectedSpans',
    metrics: 'rejectedDataPoints',
    logs: 'rejectedLogRecords',
  };
  const message = 'some are not valid';
  const inner = Buffer.concat([Buffer.of(0x08), varint(rejected), delimited(2, Buffer.from(message))]);
  const name = names[otlpSignal(request)];
  return answer(request, 200, delimited(1, inner), {
    partialSuccess: { [name]: String(rejected), errorMessage: message },
  });
}

function delimited(field: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(field * 8 + 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}
