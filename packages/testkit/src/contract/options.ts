/** What an author tells the contract about an exporter and its backend. */
import type { ExporterDefinition } from '@telemetryflow/kernel';
import type { RecordOf, Signal } from '@telemetryflow/otlp';
import type { Answer, AnswerFault } from '../backend/answer.ts';
import type { FakeBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { Script } from '../backend/script.ts';

/** Where the exporter under test sends to. */
export interface ContractEndpoint {
  /** `http://127.0.0.1:40123`, or `https://…` where TLS is tested. */
  readonly url: string;
  /** A PEM file to be trusted (`tls.ca_file`), where there is one. */
  readonly caFile: string | undefined;
}

/**
 * How the backend speaks. The answers are pure: the contract decides when each is given, and keeps the books.
 * `Q` and `A` are its requests and answers; for HTTP they are the ones of `startBackend`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type BackendProfile, startBackend } from '@telemetryflow/testkit';
 *
 * const profile: BackendProfile = {
 *   decode: (request) => (request.json() as { id: string }[]).map(({ id }) => id),
 *   success: () => ({ status: 200 }),
 *   transient: () => ({ status: 503 }),
 *   permanent: () => ({ status: 400 }),
 *   throttle: (_request, delayMs) => ({ status: 429, headers: { 'retry-after': String(delayMs / 1000) } }),
 * };
 * const backend = await startBackend((request) => profile.success(request));
 * await fetch(backend.url, { method: 'POST', body: '[{"id":"item-0"},{"id":"item-1"}]' });
 * await backend.close();
 * assert.deepEqual(backend.requests.flatMap(profile.decode), ['item-0', 'item-1']);
 * ```
 */
export interface BackendProfile<Q = RecordedRequest, A = Answer> {
  /** The ids (attribute `item.id`) of the items that a request carries; repeats within one request are fine. */
  decode(request: Q): readonly string[];
  /** What of a request is not data: where it goes, and its headers. Default for HTTP: method, path and headers. */
  address?(request: Q): string;
  /** Everything was taken. */
  success(request: Q): A;
  /** Nothing was taken, try again (503 and the like). */
  transient(request: Q): A;
  /** Nothing was taken, never try again (400 and the like). */
  permanent(request: Q): A;
  /** Nothing was taken, try again after exactly `delayMs` (whole seconds; 0: the backend names no delay). */
  throttle?(request: Q, delayMs: number): A;
  /** `refused` items were not taken and never will be; the others were. */
  partial?(request: Q, refused: ReadonlySet<string>): A;
  /** `again` items were not taken and should be sent again; the others were taken. */
  partialRetry?(request: Q, again: ReadonlySet<string>): A;
  /** The credentials are wrong (401 and the like). */
  auth?(request: Q): A;
  /** The request is too large (413 and the like). */
  tooLarge?(request: Q): A;
  /** An answer that misbehaves; default for HTTP: the answer with that fault. */
  fault?(answer: A, fault: AnswerFault): A;
  /** An answer whose text repeats what the request held, secrets included; default for HTTP: headers and path. */
  echo?(answer: A, request: Q): A;
  /** Start the backend; default: `startBackend`, whose options of these names are meant. */
  start?(
    script: Script<Q, A>,
    options: { readonly tls: boolean; readonly forgetBodies: boolean },
  ): Promise<FakeBackend<Q>>;
}

/**
 * What an exporter cannot do, each with the reason: a sentence that names the fact of the backend.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import {
 *   type Capability,
 *   type ContractEndpoint,
 *   exporterContract,
 *   type NotApplicable,
 *   OTLP_PROFILE,
 * } from '@telemetryflow/testkit';
 *
 * const notApplicable: NotApplicable = { partialRetry: 'OTLP never asks for single items again' };
 * const config = ({ url }: ContractEndpoint) => ({ endpoint: url });
 * const options = { definition: otlpHttp, config, backend: OTLP_PROFILE, notApplicable };
 * const excused: Capability[] = ['partialRetry'];
 * const names = exporterContract(options).map(({ name }) => name);
 * assert.ok(names.some((name) => name.endsWith(`[does not apply: ${notApplicable[excused[0] ?? 'tls']}]`)));
 * ```
 */
export interface NotApplicable {
  /** The backend answers nothing: what was handed to the system counts as taken. */
  readonly answers?: string;
  /** The backend takes or refuses whole requests only. */
  readonly partial?: string;
  /** The backend never names items to send again. */
  readonly partialRetry?: string;
  /** The backend never says when to come back. */
  readonly throttle?: string;
  /** The backend never refuses credentials. */
  readonly auth?: string;
  /** The backend has no limit of size it answers with. */
  readonly tooLarge?: string;
  /** The encoder has no limit of its own for one item. */
  readonly oversize?: string;
  /** The transport has no TLS, or its TLS is tested elsewhere. */
  readonly tls?: string;
  /** The configuration holds no secret. */
  readonly secrets?: string;
  /** The transport is not HTTP: endless, huge, malformed answers and stalls cannot be scripted. */
  readonly faults?: string;
  /** A page of HTML is a success like any other, or the transport is not HTTP. Default: the reason of `faults`. */
  readonly page?: string;
}

/** All of {@link NotApplicable}. */
export type Capability = keyof NotApplicable;

/** The input of `exporterContract`. */
export interface ContractOptions<Q = RecordedRequest, A = Answer> {
  readonly definition: ExporterDefinition;
  /** The block of the exporter as a user writes it, for a backend at this endpoint. */
  readonly config: (endpoint: ContractEndpoint) => Readonly<Record<string, unknown>>;
  readonly backend: BackendProfile<Q, A>;
  /** Default: every signal of the definition. */
  readonly signals?: readonly Signal[];
  /** The secrets that `config` plants: none of them may ever be printed. */
  readonly secrets?: readonly string[];
  /** One item that alone exceeds the encoder's limit, with the given id. */
  readonly oversize?: <S extends Signal>(signal: S, item: readonly RecordOf[S][]) => readonly RecordOf[S][];
  /** Attributes by which telemetry may choose an index, tenant, topic or stream: hostile texts are planted there too. */
  readonly planted?: readonly string[];
  /** Every capability that is neither provided above nor excused here fails the contract. */
  readonly notApplicable?: NotApplicable;
  /** Most backend requests one `send` may make; default 1. */
  readonly requestsPerSend?: number;
}

/** One scenario: register it with any test runner, `for (const s of exporterContract(…)) test(s.name, s.run)`. */
export interface Scenario {
  /** A sentence; scenarios that do not apply say so and why. */
  readonly name: string;
  /** Rejects when the exporter breaks the contract. */
  readonly run: () => Promise<void>;
  /** False for a capability that the author excused. */
  readonly applies: boolean;
}
