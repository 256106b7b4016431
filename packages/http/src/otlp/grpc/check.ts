/** What is wrong with a configuration for OTLP/gRPC, found before anything connects. */
import type { Problem } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { checkHeaders } from '../../headers.ts';
import { checkTls } from '../../tls.ts';
import type { OtlpEndpoints } from '../endpoint.ts';
import type { OtlpConfig } from '../options.ts';
import { grpcTarget } from './target.ts';

/** Metadata that belongs to the transport. */
const RESERVED: ReadonlySet<string> = new Set(['content-type', 'host', 'te', 'user-agent', 'connection']);

/** The signal's own endpoint, else the base. */
export function grpcEndpoint(endpoints: OtlpEndpoints, signal: Signal): string {
  const own = endpoints[`${signal}_endpoint`];
  return own === undefined || own === '' ? endpoints.endpoint : own;
}

/**
 * The problems of endpoints, metadata, TLS, compression and proxy. `signals` are those that are on.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { checkGrpc, type OtlpConfig } from '@telemetryflow/http';
 *
 * const config: OtlpConfig = {
 *   endpoint: 'http://otlp.example.com:4317/v1/logs',
 *   encoding: 'proto',
 *   protocol: 'grpc',
 *   max_request_bytes: 4_000_000,
 *   timeout: 10_000,
 *   compression: 'none',
 *   tls_skip_verify: false,
 *   max_response_bytes: 4_194_304,
 * };
 * const [problem] = checkGrpc(config, config, ['logs']);
 * assert.equal(problem?.message, 'gRPC has no paths: the path /v1/logs of the endpoint is not used');
 * ```
 */
export function checkGrpc(config: OtlpConfig, endpoints: OtlpEndpoints, signals: readonly Signal[]): Problem[] {
  return [
    ...checkEndpoints(config, endpoints, signals),
    ...checkHeaders(config.headers, ['headers'], RESERVED),
    ...checkMetadata(config),
    ...checkTls(config.tls),
    ...(config.tls_skip_verify && config.tls?.skip_verify !== true
      ? checkTls({ skip_verify: true }).map((problem) => ({ ...problem, path: ['tls_skip_verify'] }))
      : []),
    ...checkTransport(config),
  ];
}

function checkEndpoints(config: OtlpConfig, endpoints: OtlpEndpoints, signals: readonly Signal[]): Problem[] {
  const problems = new Map<string, Problem>();
  for (const signal of signals) {
    const endpoint = grpcEndpoint(endpoints, signal);
    const path = [endpoint === endpoints.endpoint ? 'endpoint' : `${signal}_endpoint`];
    const target = grpcTarget(endpoint, config.tls?.insecure);
    if (target === undefined) {
      problems.set(path.join(), {
        path,
        message: endpoint === '' ? `no endpoint for ${signal}` : 'no gRPC endpoint',
        hint: 'write host:port, http://host:port, https://host:port or unix:/path',
      });
      continue;
    }
    if (target.ignored !== undefined) {
      problems.set(path.join(), {
        path,
        severity: 'warning',
        message: `gRPC has no paths: ${target.ignored} of the endpoint is not used`,
        hint: 'remove it, or use the exporter otlp_http',
      });
    }
    if (config.tls?.insecure === true && /^https:/i.test(endpoint)) {
      problems.set('insecure', {
        path: ['tls', 'insecure'],
        message: 'an https endpoint is never called without TLS',
        hint: 'write http:// in the endpoint, or skip_verify: true to take any certificate',
      });
    }
  }
  return [...problems.values()];
}

function checkMetadata(config: OtlpConfig): Problem[] {
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(config.headers ?? {})) {
    const path = ['headers', name];
    const text = value.reveal();
    if (!/^[0-9a-z_.-]+$/i.test(name)) {
      problems.push({
        path,
        message: 'not a legal name of gRPC metadata',
        hint: 'use letters, digits, dots, dashes and underscores only',
      });
    } else if (/^grpc-/i.test(name)) {
      problems.push({ path, message: 'names that start with grpc- belong to the protocol', hint: 'remove it' });
    } else if (/-bin$/i.test(name)) {
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
        problems.push({ path, message: 'the value of -bin metadata must be base64', hint: 'encode the value' });
      }
    } else if (/[\x80-\xff\t]/.test(text)) {
      problems.push({
        path,
        message: 'the value holds a character that gRPC metadata cannot carry',
        hint: 'use printable ASCII, or a name that ends in -bin and a base64 value',
      });
    }
  }
  return problems;
}

function checkTransport(config: OtlpConfig): Problem[] {
  const problems: Problem[] = [];
  if (config.compression === 'zstd') {
    problems.push({ path: ['compression'], message: 'zstd is not available over gRPC', hint: 'use gzip or none' });
  }
  const proxy = config.proxy?.reveal() ?? '';
  if (proxy !== '' && proxy !== 'none') {
    problems.push({
      path: ['proxy'],
      message: 'over gRPC a proxy is taken from the environment only',
      hint: 'set grpc_proxy or HTTPS_PROXY, or write none',
    });
  }
  return problems;
}
