/** One request that tells whether a backend is there and takes the credentials: for `healthcheck` of an exporter. */
import type { HealthcheckResult } from '@telemetryflow/kernel';
import { describe } from './classify.ts';
import { createHttpClient, type HttpClientOptions, type HttpRequest } from './client.ts';
import { clientOptions, type HttpConfig } from './options.ts';

/** How a backend is asked whether it is there. */
export interface ProbeOptions {
  readonly signal: AbortSignal;
  /** What differs from the options of the configuration. */
  readonly client?: HttpClientOptions;
  /** Statuses that mean all is well; default 2xx. */
  readonly ok?: (status: number) => boolean;
  /** What to do about a status, where the general hint is not enough. */
  readonly hints?: Readonly<Record<number, string>>;
}

/**
 * Sends it once. The message is what the backend answered, or why there was no answer, without secrets.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type HttpConfig, type ProbeOptions, probe } from '@telemetryflow/http';
 * import { startBackend } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend({ status: 401 });
 * const config: HttpConfig = {
 *   endpoint: backend.url,
 *   timeout: 30_000,
 *   compression: 'none',
 *   tls_skip_verify: false,
 *   max_response_bytes: 4_194_304,
 * };
 * const options: ProbeOptions = { signal: AbortSignal.timeout(10_000), hints: { 401: 'check api_key' } };
 * const { ok, message } = await probe(config, { method: 'GET', url: `${config.endpoint}/validate` }, options);
 * assert.deepEqual([ok, message], [false, `${backend.url}/validate answered 401 (check api_key)`]);
 * await backend.close();
 * ```
 */
export async function probe(
  config: HttpConfig,
  request: Omit<HttpRequest, 'signal'>,
  { signal, client: differing, ok = (status) => status >= 200 && status < 300, hints = {} }: ProbeOptions,
): Promise<HealthcheckResult> {
  const client = createHttpClient({ ...clientOptions(config), ...differing });
  try {
    const result = await client.request({ ...request, signal });
    if (result.kind === 'failure') return { ok: false, message: result.message };
    if (ok(result.status)) return { ok: true, message: `${result.url} answered ${result.status}` };
    return { ok: false, message: describe(result, hints[result.status]) };
  } finally {
    client.close();
  }
}
