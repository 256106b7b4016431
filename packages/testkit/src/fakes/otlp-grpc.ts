/**
 * A strict OTLP/gRPC backend: the three Export methods, and nothing else; takes what is valid OTLP, says why not to the
 * rest, and knows what it took. {@link startGrpcBackend} reads the calls: paths, headers, framing, sizes.
 */
import { encodeStatus, type Signal, validate } from '@telemetryflow/otlp';
import {
  type GrpcAnswer,
  type GrpcBackend,
  type GrpcBackendOptions,
  type GrpcRequest,
  startGrpcBackend,
} from '../backend/grpc-backend.ts';
import { GrpcRefusal } from '../backend/grpc-message.ts';
import { answersOf, type Script } from '../backend/script.ts';
import type { BackendProfile } from '../contract/options.ts';
import { otlpItemIds } from './otlp-items.ts';

const METHODS: Readonly<Record<string, Signal>> = {
  '/opentelemetry.proto.collector.trace.v1.TraceService/Export': 'traces',
  '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export': 'metrics',
  '/opentelemetry.proto.collector.logs.v1.LogsService/Export': 'logs',
};

/** What may differ from one server to the next. */
export interface OtlpGrpcOptions extends Omit<GrpcBackendOptions, 'methods'> {
  /** Services that are registered; calls to the others are answered UNIMPLEMENTED. Default: all. */
  readonly signals?: readonly Signal[];
  /** Throws for a message that is no valid request of its signal; default: the validator of `@telemetryflow/otlp`. */
  readonly judge?: (signal: Signal, message: Uint8Array) => unknown;
  /** What a vendor refuses before it looks at the data; `undefined` for what it lets in. */
  readonly gate?: (request: GrpcRequest) => GrpcAnswer | undefined;
}

/** The signal of a call, by its method. */
export function otlpGrpcSignal({ path }: GrpcRequest): Signal {
  const signal = METHODS[path];
  if (signal === undefined) throw new Error(`${path} is no method of OTLP.`);
  return signal;
}

/**
 * The ids of the items in a call.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpGrpc from '@telemetryflow/exporter-otlp-grpc';
 * import { logs, otlpGrpcItemIds, startOtlpGrpc, throughPipeline } from '@telemetryflow/testkit';
 *
 * const backend = await startOtlpGrpc();
 * await throughPipeline(otlpGrpc, { endpoint: backend.url }, 'logs', logs(2));
 * assert.deepEqual(backend.requests.flatMap(otlpGrpcItemIds), ['item-0', 'item-1']);
 * await backend.close();
 * ```
 */
export function otlpGrpcItemIds(request: GrpcRequest): string[] {
  return otlpItemIds(otlpGrpcSignal(request), request.message).map((id) => id ?? 'item without id');
}

/**
 * `Export…ServiceResponse` whose `partial_success` rejects so many items.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpGrpc from '@telemetryflow/exporter-otlp-grpc';
 * import { logs, otlpGrpcPartial, startOtlpGrpc, throughPipeline } from '@telemetryflow/testkit';
 *
 * const backend = await startOtlpGrpc({ response: otlpGrpcPartial(1, 'one is too old') });
 * const report = await throughPipeline(otlpGrpc, { endpoint: backend.url }, 'logs', logs(3));
 * assert.deepEqual([report.delivered, report.reasons], [2, { rejected: 1 }]);
 * await backend.close();
 * ```
 */
export function otlpGrpcPartial(rejected: number, message: string): Buffer {
  const text = Buffer.from(message);
  const inner = Buffer.concat([Buffer.of(0x08, ...varint(rejected), 0x12, ...varint(text.length)), text]);
  return Buffer.concat([Buffer.of(0x0a, ...varint(inner.length)), inner]);
}

/**
 * A refusal with `RetryInfo` in its details: come back after so many ms.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { otlpGrpcDelay } from '@telemetryflow/testkit';
 *
 * // RESOURCE_EXHAUSTED, and welcome again in seven seconds.
 * const { code, details } = otlpGrpcDelay(8, 'quota', 7000);
 * assert.equal(code, 8);
 * assert.equal(Buffer.from(details ?? []).includes('google.rpc.RetryInfo'), true);
 * ```
 */
export function otlpGrpcDelay(code: number, text: string, retryDelayMs: number): GrpcAnswer {
  return { code, text, details: encodeStatus({ code, message: text, retryDelayMs }, 'proto') };
}

/**
 * Start a backend that answers valid requests by the script, and refuses the others by itself.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpGrpc from '@telemetryflow/exporter-otlp-grpc';
 * import { logs, startOtlpGrpc, throughPipeline } from '@telemetryflow/testkit';
 *
 * const backend = await startOtlpGrpc({ code: 3, text: 'no such tenant' });
 * const report = await throughPipeline(otlpGrpc, { endpoint: backend.url }, 'logs', logs(2));
 * assert.deepEqual([report.delivered, report.reasons], [0, { invalid: 2 }]);
 * await backend.close();
 * ```
 */
export function startOtlpGrpc(
  script: Script<GrpcRequest, GrpcAnswer> = {},
  { signals = ['traces', 'metrics', 'logs'], judge = validate, gate, ...options }: OtlpGrpcOptions = {},
): Promise<GrpcBackend> {
  const methods = Object.keys(METHODS).filter((path) => signals.includes(METHODS[path] as Signal));
  const answerTo = answersOf(script);
  const judged = (request: GrpcRequest): GrpcAnswer | Promise<GrpcAnswer> => {
    const refused = gate?.(request);
    if (refused !== undefined) return refused;
    try {
      judge(otlpGrpcSignal(request), request.message);
    } catch (error) {
      throw new GrpcRefusal(13, `grpc: error unmarshalling request: ${error instanceof Error ? error.message : error}`);
    }
    return answerTo(request, request.index);
  };
  return startGrpcBackend(judged, { ...options, methods });
}

/**
 * How OTLP/gRPC backends answer, for `exporterContract`, `runFaultMatrix` and `runFaults`; `rules` as for {@link startOtlpGrpc}.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpGrpc from '@telemetryflow/exporter-otlp-grpc';
 * import { exporterContract, type OtlpGrpcOptions, otlpGrpcProfile } from '@telemetryflow/testkit';
 *
 * const rules: OtlpGrpcOptions = { signals: ['traces'], maxMessage: 1_000_000 };
 * const [first] = exporterContract({
 *   definition: otlpGrpc,
 *   config: ({ url }) => ({ endpoint: url }),
 *   backend: otlpGrpcProfile(rules),
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /traces: delivers every item exactly once/);
 * ```
 */
export function otlpGrpcProfile(rules: OtlpGrpcOptions = {}): BackendProfile<GrpcRequest, GrpcAnswer> {
  return {
    start: (script, options) => startOtlpGrpc(script, { ...rules, ...options }),
    decode: otlpGrpcItemIds,
    address: ({ path, metadata }) => JSON.stringify([path, metadata]),
    success: () => ({}),
    /** UNAVAILABLE. */
    transient: () => ({ code: 14, text: 'not now' }),
    /** INVALID_ARGUMENT. */
    permanent: () => ({ code: 3, text: 'never' }),
    /** RESOURCE_EXHAUSTED means to come back only where it says when. */
    throttle: (_request, delayMs) =>
      delayMs === 0 ? { code: 14, text: 'slow down' } : otlpGrpcDelay(8, 'slow down', delayMs),
    partial: (_request, refused) => ({ response: otlpGrpcPartial(refused.size, 'some are not valid') }),
    /** UNAUTHENTICATED. */
    auth: () => ({ code: 16, text: 'who are you' }),
    tooLarge: () => ({ code: 8, text: 'grpc: received message larger than max (5000000 vs. 4194304)' }),
    fault(answer, fault) {
      if (fault !== 'reset' && fault !== 'stall') throw new Error(`A gRPC answer has no fault "${fault}".`);
      return { ...answer, fault };
    },
    echo: (answer, request) => ({ ...answer, text: `refused: ${JSON.stringify(request.metadata)}` }),
  };
}

/** A running {@link fakeOtlpGrpc}. */
export interface FakeOtlpGrpc extends GrpcBackend {
  /** Ids of the items taken so far, by signal, in order of arrival. */
  readonly items: Readonly<Record<Signal, readonly string[]>>;
}

/**
 * Start an OTLP/gRPC backend that takes everything valid behind its gate.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpGrpc from '@telemetryflow/exporter-otlp-grpc';
 * import { type FakeOtlpGrpc, fakeOtlpGrpc, spans, throughPipeline } from '@telemetryflow/testkit';
 *
 * const backend: FakeOtlpGrpc = await fakeOtlpGrpc();
 * await throughPipeline(otlpGrpc, { endpoint: backend.url }, 'traces', spans(2));
 * assert.deepEqual(backend.items.traces, ['item-0', 'item-1']);
 * assert.deepEqual(backend.refused, []);
 * await backend.close();
 * ```
 */
export async function fakeOtlpGrpc(options: OtlpGrpcOptions = {}): Promise<FakeOtlpGrpc> {
  const items: Record<Signal, string[]> = { traces: [], metrics: [], logs: [] };
  const backend = await startOtlpGrpc((request) => {
    items[otlpGrpcSignal(request)].push(...otlpGrpcItemIds(request));
    return {};
  }, options);
  return Object.defineProperty(backend, 'items', { value: items, enumerable: true }) as FakeOtlpGrpc;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}
