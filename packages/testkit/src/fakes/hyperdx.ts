/** A strict HyperDX: the OTLP Collector in front of it, which compares the whole authorization header with its keys. */
import type { Answer } from '../backend/answer.ts';
import type { BackendOptions } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { type FakeOtlp, fakeOtlp, otlpFailure, otlpProfile } from './otlp.ts';

/** What can be set in a HyperDX installation. */
export interface HyperdxRules {
  /** The header demanded: the ingestion key alone, or `Bearer` and a JSON web token; empty takes everything. */
  readonly authorization: string;
}

/** The refusal of a request, or `undefined` when it is let in. */
function refusalOf(request: RecordedRequest, { authorization }: HyperdxRules): Answer | undefined {
  if (!/^\/v1\/(traces|metrics|logs)$/.test(request.path)) return { status: 404, body: '404 page not found' };
  const given = request.headers['authorization'];
  if (authorization === '' || given === authorization) return undefined;
  const message =
    given === undefined
      ? 'missing or empty authorization header: Authorization'
      : 'provided authorization does not match expected scheme or token';
  return otlpFailure(request, 401, message, 16);
}

/**
 * How HyperDX answers, for `exporterContract` and `runFaultMatrix`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import hyperdx from '@telemetryflow/exporter-hyperdx';
 * import { exporterContract, hyperdxProfile } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: hyperdx,
 *   config: ({ url }) => ({ endpoint: url, api_key: 'ingestion-key' }),
 *   backend: hyperdxProfile({ authorization: 'ingestion-key' }),
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export function hyperdxProfile(rules: HyperdxRules): BackendProfile {
  return {
    ...otlpProfile((request) => refusalOf(request, rules)),
    // Images with a Collector from before February 2026 repeat what they were given.
    auth: (request) =>
      otlpFailure(request, 401, `scheme or token does not match: ${request.headers['authorization']}`, 16),
    transient: (request) => otlpFailure(request, 503, 'data refused due to high memory usage', 14),
  };
}

/**
 * Start a HyperDX that takes what is valid and refuses the rest as its Collector does.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import hyperdx from '@telemetryflow/exporter-hyperdx';
 * import { fakeHyperdx, type HyperdxRules, logs, throughPipeline } from '@telemetryflow/testkit';
 *
 * const rules: HyperdxRules = { authorization: 'ingestion-key' };
 * const server = await fakeHyperdx(rules);
 * await throughPipeline(hyperdx, { endpoint: server.url, api_key: 'ingestion-key' }, 'logs', logs(2));
 * await server.close();
 * assert.deepEqual(server.items.logs, ['item-0', 'item-1']);
 * ```
 */
export function fakeHyperdx(rules: HyperdxRules, options: BackendOptions = {}): Promise<FakeOtlp> {
  return fakeOtlp({ ...options, gate: (request) => refusalOf(request, rules) });
}
