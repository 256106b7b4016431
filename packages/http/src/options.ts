/** The options that every HTTP exporter shares, and what they mean for the client. */
import type { FieldSchema, Problem, Secret } from '@telemetryflow/kernel';
import type { HttpClientOptions } from './client.ts';
import type { Compression } from './compress.ts';
import { checkHeaders } from './headers.ts';
import { checkProxy } from './proxy.ts';
import { checkTls, type TlsConfig } from './tls.ts';

/** Decoded configuration; durations are milliseconds, sizes bytes. */
export interface HttpConfig {
  readonly endpoint: string;
  /** Per attempt; kept by the delivery chain. */
  readonly timeout: number;
  readonly headers?: Readonly<Record<string, Secret>> | undefined;
  readonly compression: Compression | boolean;
  readonly tls?: TlsConfig | undefined;
  readonly tls_skip_verify: boolean;
  readonly proxy?: Secret | undefined;
  readonly max_response_bytes: number;
}

const tls: FieldSchema = {
  type: 'object',
  description: 'TLS of the connection.',
  properties: {
    ca_file: { type: 'string', description: 'PEM file of the authorities to trust, instead of those of Node.js.' },
    cert_file: { type: 'string', description: 'PEM file of the client certificate.' },
    key_file: { type: 'string', description: 'PEM file of the key of the client certificate.' },
    server_name: {
      type: 'string',
      description: 'Name to check the certificate against, where it differs from the host of the endpoint.',
      aliases: ['server_name_override'],
    },
    min_version: { type: 'string', enum: ['1.2', '1.3'], description: 'Lowest TLS version to accept.' },
    skip_verify: {
      type: 'boolean',
      description: 'Take any certificate. For tests only.',
      aliases: ['insecure_skip_verify'],
    },
    insecure: {
      type: 'boolean',
      description: 'The Collector key for connections without TLS; over HTTP the scheme of the endpoint decides.',
    },
  },
};

/**
 * Schema of {@link HttpConfig}; a definition's own fields win over these.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type HttpConfig, httpOptionsSchema } from '@telemetryflow/http';
 * import { defineExporter, delivered } from '@telemetryflow/kernel';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * const ping = defineExporter<HttpConfig>({
 *   type: 'ping',
 *   description: 'Says that there was something.',
 *   signals: { logs: 'beta' },
 *   reads: 'records',
 *   config: { type: 'object', properties: httpOptionsSchema, required: ['endpoint'] },
 *   create: () => ({ encode: () => [], send: async () => delivered() }),
 * });
 * const { config } = await configureExporter(ping, { endpoint: 'https://logs.example.com', timeout: '5s' });
 * assert.equal((config as HttpConfig).timeout, 5000);
 * ```
 */
export const httpOptionsSchema: { readonly [K in keyof HttpConfig]-?: FieldSchema } = {
  endpoint: { type: 'string', format: 'url', description: 'URL of the backend.' },
  timeout: { type: 'string', unit: 'duration', default: '30s', description: 'Longest time of one attempt.' },
  headers: {
    type: 'object',
    description: 'Headers to send with every request; they win over the built-in ones.',
    values: { type: 'string', secret: true, description: 'Value of the header.' },
  },
  compression: {
    description: 'Compression of request bodies of 1 KiB and more: gzip, zstd or none (true means gzip).',
    default: 'gzip',
    oneOfTypes: [
      { type: 'string', enum: ['gzip', 'zstd', 'none'], description: 'gzip, zstd or none.' },
      { type: 'boolean', description: 'gzip or none.' },
    ],
  },
  tls,
  tls_skip_verify: {
    type: 'boolean',
    default: false,
    description: 'Take any certificate of the backend. For tests only.',
  },
  proxy: {
    type: 'string',
    secret: true,
    description: 'URL of a proxy, or none. By default HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the environment apply.',
  },
  max_response_bytes: {
    type: 'string',
    unit: 'size',
    default: '4MiB',
    description: 'Longest answer to read, after decompression.',
  },
};

/**
 * What is wrong with the HTTP options: files, headers, proxy. `urls` are those the exporter will use.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { checkHttpOptions, type HttpConfig } from '@telemetryflow/http';
 *
 * const config: HttpConfig = {
 *   endpoint: 'https://logs.example.com',
 *   timeout: 30_000,
 *   compression: 'gzip',
 *   tls: { insecure: true },
 *   tls_skip_verify: false,
 *   max_response_bytes: 4_194_304,
 * };
 * const [problem] = checkHttpOptions(config, [config.endpoint]);
 * assert.equal(problem?.message, 'an https endpoint is never called without TLS');
 * ```
 */
export function checkHttpOptions(config: HttpConfig, urls: readonly string[]): Problem[] {
  const problems = [
    ...checkHeaders(config.headers),
    ...checkTls(config.tls),
    ...checkProxy(config.proxy?.reveal(), urls),
  ];
  if (config.tls?.insecure === true && urls.some((url) => url.startsWith('https:'))) {
    problems.push({
      path: ['tls', 'insecure'],
      message: 'an https endpoint is never called without TLS',
      hint: 'write http:// in the endpoint, or skip_verify: true to take any certificate',
    });
  }
  if (config.tls_skip_verify && config.tls?.skip_verify !== true) {
    problems.push(...checkTls({ skip_verify: true }).map((problem) => ({ ...problem, path: ['tls_skip_verify'] })));
  }
  return problems;
}

/**
 * The client's options for a configuration.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { clientOptions, type HttpConfig, type TlsConfig } from '@telemetryflow/http';
 *
 * const tls: TlsConfig = { min_version: '1.3' };
 * const config: HttpConfig = {
 *   endpoint: 'https://logs.example.com',
 *   timeout: 30_000,
 *   compression: true,
 *   tls,
 *   tls_skip_verify: false,
 *   max_response_bytes: 4_194_304,
 * };
 * const { compression, tls: passed } = clientOptions(config);
 * assert.deepEqual([compression, passed], ['gzip', tls]);
 * ```
 */
export function clientOptions(config: HttpConfig): HttpClientOptions {
  return {
    compression: compressionOf(config.compression),
    tls: config.tls_skip_verify ? { ...config.tls, skip_verify: true } : config.tls,
    proxy: config.proxy?.reveal(),
    maxResponseBytes: config.max_response_bytes,
  };
}

function compressionOf(value: Compression | boolean): Compression {
  if (typeof value === 'string') return value;
  return value ? 'gzip' : 'none';
}
