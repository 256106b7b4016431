/** Where OTLP/HTTP requests go: a base URL with a path per signal, or a URL per signal taken as it is. */
import type { Problem } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';

/** The endpoint keys; an empty string means "derive from `endpoint`". */
export interface OtlpEndpoints {
  readonly endpoint: string;
  readonly traces_endpoint?: string | undefined;
  readonly metrics_endpoint?: string | undefined;
  readonly logs_endpoint?: string | undefined;
}

/**
 * Path of each signal under the base URL.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { OTLP_PATHS } from '@telemetryflow/http';
 *
 * const server = new URL(OTLP_PATHS.logs, 'http://localhost:4318');
 * assert.equal(server.href, 'http://localhost:4318/v1/logs');
 * ```
 */
export const OTLP_PATHS: { readonly [S in Signal]: string } = {
  traces: '/v1/traces',
  metrics: '/v1/metrics',
  logs: '/v1/logs',
};

/**
 * The URL of a signal: its own endpoint verbatim, else the base without one trailing slash plus the signal's path
 * (a query of the base stays at the end). `''` when neither is set.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type OtlpEndpoints, otlpUrl } from '@telemetryflow/http';
 *
 * const base = 'https://otlp.example.com/in/?tenant=7';
 * const endpoints: OtlpEndpoints = { endpoint: base, logs_endpoint: 'https://logs/x' };
 * assert.equal(otlpUrl(endpoints, 'traces'), 'https://otlp.example.com/in/v1/traces?tenant=7');
 * assert.equal(otlpUrl(endpoints, 'logs'), 'https://logs/x');
 * ```
 */
export function otlpUrl(endpoints: OtlpEndpoints, signal: Signal): string {
  const own = endpoints[`${signal}_endpoint`];
  if (own !== undefined && own !== '') return own;
  const { endpoint } = endpoints;
  if (endpoint === '') return '';
  const query = endpoint.search(/[?#]/);
  const base = query < 0 ? endpoint : endpoint.slice(0, query);
  return `${base.replace(/\/$/, '')}${OTLP_PATHS[signal]}${query < 0 ? '' : endpoint.slice(query)}`;
}

/**
 * Warns about a base URL that already ends in the path of a signal, the most frequent mistake.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { checkOtlpEndpoint } from '@telemetryflow/http';
 *
 * const [problem] = checkOtlpEndpoint({ endpoint: 'https://otlp.example.com/v1/traces' });
 * assert.equal(problem?.hint, 'remove /v1/traces, or name the full URL in traces_endpoint');
 * ```
 */
export function checkOtlpEndpoint(endpoints: OtlpEndpoints): Problem[] {
  const found = /\/v1\/(traces|metrics|logs)\/?$/.exec(endpoints.endpoint);
  if (found === null) return [];
  const signal = found[1] as Signal;
  return [
    {
      path: ['endpoint'],
      severity: 'warning',
      message: `the endpoint is a base URL: ${signal} will go to ${OTLP_PATHS[signal]}${OTLP_PATHS[signal]}`,
      hint: `remove ${OTLP_PATHS[signal]}, or name the full URL in ${signal}_endpoint`,
    },
  ];
}
