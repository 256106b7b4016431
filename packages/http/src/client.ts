/**
 * The HTTP client of exporters: one request, one result. No redirects, no loops, no retries, except the one that HTTP
 * itself asks for: a kept-alive socket that the server had closed is replaced once, at once.
 */
import { ClientRequest, Agent as HttpAgent, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { type Compression, compress, MIN_COMPRESS_BYTES } from './compress.ts';
import { exchange } from './exchange.ts';
import { failureOf } from './failure.ts';
import { basicAuth, mergeHeaders, userinfoOf } from './headers.ts';
import { joinSmall, lengthOf } from './pieces.ts';
import { type ProxyEnvironment, proxyFor } from './proxy.ts';
import { redactUrl, secretScrubber } from './redact.ts';
import type { HttpResult } from './result.ts';
import { loadTls, type TlsConfig } from './tls.ts';
import { tunnelAgent } from './tunnel.ts';
import { userAgent } from './user-agent.ts';

/** What all requests of a client share. */
export interface HttpClientOptions {
  /** Sockets per host; default 4. */
  readonly concurrency?: number;
  /** Default `none`. Bodies under 1 KiB are never compressed. */
  readonly compression?: Compression;
  readonly tls?: TlsConfig | undefined;
  /** A proxy URL, `none`, or empty (the default) for HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  readonly proxy?: string | undefined;
  /** Cap of an answer after decompression; default 4 MiB. */
  readonly maxResponseBytes?: number;
  /** Largest body as it is sent, after compression: a larger one is a failure `too_large`, and not sent. Default: none. */
  readonly maxBodyBytes?: number;
  /** Sent with every request; a request's own win. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces the resolver, to refuse addresses. Not called for literal addresses, nor by a proxy. */
  readonly lookup?: LookupFunction;
  /** Default `process.env`. */
  readonly env?: ProxyEnvironment;
  /** How a URL appears in messages; default {@link redactUrl}. */
  readonly redact?: (url: string) => string;
}

/** Text in UTF-8, bytes, or bytes in pieces, which are written one after the other; only small ones are joined. */
export type RequestBody = string | Uint8Array | readonly Uint8Array[];

/** One request. */
export interface HttpRequest {
  /** Default POST. */
  readonly method?: string;
  /** Absolute; userinfo becomes Basic authentication. */
  readonly url: string;
  /** Names in lower case; they win over the client's. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: RequestBody | undefined;
  /** Set when the body is compressed already; sent as `content-encoding`. */
  readonly contentEncoding?: string | undefined;
  /** Ends the attempt, reading of the answer included. */
  readonly signal?: AbortSignal | undefined;
}

/** Sends requests over sockets of its own; made by `createHttpClient`. */
export interface HttpClient {
  /**
   * Reads TLS files and finds the proxies of these URLs, so that what is wrong with them shows at once: rejects for
   * what `checkTls` and `checkProxy` report. Implied by the first request.
   */
  start(urls?: readonly string[]): Promise<void>;
  /** Never rejects: see {@link HttpResult}. */
  request(request: HttpRequest): Promise<HttpResult>;
  /** Closes all sockets; requests in progress fail. */
  close(): void;
}

/** 4 MiB: the OTLP rule for answers, and enough for every backend but bulk indexing. */
export const DEFAULT_MAX_RESPONSE_BYTES: number = 4 * 1024 * 1024;

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpAgent;
}

interface Target {
  readonly send: (options: RequestOptions) => ReturnType<typeof httpsRequest>;
  readonly options: RequestOptions;
  readonly headers: Readonly<Record<string, string>>;
  /** Makes a connection of its own. */
  readonly fresh: HttpAgent;
  readonly label: string;
}

/** URLs remembered in parsed form; an exporter has a handful. */
const MAX_TARGETS = 64;
/**
 * The tunnel's agent takes TLS options from the request, not from its own, and tells secure requests by the call stack
 * unless told: without this it files a socket under one name, looks for it under another, and never reuses any.
 */
const TUNNELLED = { secureEndpoint: true };

/**
 * A client with its own keep-alive sockets. Does no I/O until it is started or used.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createHttpClient } from '@telemetryflow/http';
 * import type { HttpClient, HttpClientOptions, HttpRequest, RequestBody } from '@telemetryflow/http';
 * import { startBackend } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend({ status: 202, body: 'queued' });
 * const options: HttpClientOptions = { compression: 'gzip', headers: { authorization: 'Bearer 4711' } };
 * const client: HttpClient = createHttpClient(options);
 * const body: RequestBody = 'a line\n'.repeat(1000);
 * const request: HttpRequest = { url: `${backend.url}/ingest`, headers: { 'content-type': 'text/plain' }, body };
 * const result = await client.request(request);
 * assert.equal(result.kind === 'response' && Buffer.from(result.body).toString(), 'queued');
 * assert.equal(backend.requests[0]?.headers['content-encoding'], 'gzip');
 * client.close();
 * await backend.close();
 * ```
 */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  return new Client(options);
}

class Client implements HttpClient {
  readonly #options: HttpClientOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #targets = new Map<string, Target>();
  readonly #agents: Agents[] = [];
  #tls: ReturnType<typeof loadTls> | undefined;
  #directAgents: readonly [pool: Agents, fresh: Agents] | undefined;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#headers = mergeHeaders({ 'user-agent': userAgent() }, options.headers);
  }

  async start(urls: readonly string[] = []): Promise<void> {
    this.#tls ??= loadTls(this.#options.tls);
    for (const url of urls) await this.#resolve(url);
  }

  close(): void {
    for (const agents of this.#agents) {
      agents.http.destroy();
      agents.https.destroy();
    }
    this.#agents.length = 0;
    this.#targets.clear();
    this.#directAgents = undefined;
  }

  async request(request: HttpRequest): Promise<HttpResult> {
    let target: Target;
    try {
      target = this.#targets.get(request.url) ?? (await this.#resolve(request.url));
    } catch (error) {
      return failureOf(error, redactUrl(request.url));
    }
    let body = partsOf(request.body);
    let length = lengthOf(body);
    let encoding = request.contentEncoding;
    const compression = this.#options.compression ?? 'none';
    if (compression !== 'none' && encoding === undefined && length >= MIN_COMPRESS_BYTES) {
      body = await compress(body, compression);
      length = lengthOf(body);
      encoding = compression;
    }
    const { maxBodyBytes = Number.POSITIVE_INFINITY } = this.#options;
    if (length > maxBodyBytes) return tooLarge(target.label, length, maxBodyBytes);
    const headers: Record<string, string | number> = { ...target.headers, ...request.headers };
    headers['content-length'] = length;
    if (encoding !== undefined) headers['content-encoding'] = encoding;
    return exchange({
      request: target.send,
      options: { ...target.options, method: request.method ?? 'POST', headers },
      fresh: target.fresh,
      body,
      maxResponseBytes: this.#options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES,
      signal: request.signal,
      url: target.label,
      scrub: secretScrubber(headers),
    });
  }

  /** Parses a URL once, and finds its proxy and agents. */
  async #resolve(text: string): Promise<Target> {
    this.#tls ??= loadTls(this.#options.tls);
    const url = new URL(text);
    let secure = url.protocol === 'https:';
    const proxy = proxyFor(url, this.#options.proxy, this.#options.env ?? process.env);
    const label = (this.#options.redact ?? redactUrl)(text);
    const tunnelled = proxy !== undefined && secure;
    const path = `${url.pathname}${url.search}`;
    const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const own: Record<string, string> = { ...this.#headers };
    if (url.username !== '' && own['authorization'] === undefined) own['authorization'] = credentials(url);

    let options: RequestOptions = { hostname, port: url.port === '' ? (secure ? 443 : 80) : url.port, path };
    if (proxy !== undefined && !secure) {
      // A plain request to a proxy names the whole URL (RFC 9112, section 3.2.2).
      own['host'] ??= url.host;
      if (proxy.username !== '') own['proxy-authorization'] = credentials(proxy);
      secure = proxy.protocol === 'https:';
      const port = proxy.port === '' ? (secure ? 443 : 80) : proxy.port;
      options = { hostname: proxy.hostname, port, path: `${url.protocol}//${url.host}${path}` };
    }
    if (tunnelled) options = { ...options, ...TUNNELLED, ...this.#tls };
    const [pool, fresh] = tunnelled ? await this.#tunnels(proxy) : this.#direct();
    const kind = secure ? 'https' : 'http';
    const target = {
      send: tunnelled ? httpsRequest : newRequest,
      options: { ...options, protocol: `${kind}:`, agent: pool[kind] },
      headers: own,
      fresh: fresh[kind],
      label,
    };
    if (this.#targets.size >= MAX_TARGETS) this.#targets.clear();
    this.#targets.set(text, target);
    return target;
  }

  #direct(): readonly [Agents, Agents] {
    if (this.#directAgents !== undefined) return this.#directAgents;
    const make = (keepAlive: boolean): Agents => {
      const options = { ...this.#agentOptions(), keepAlive };
      const agents = { http: new HttpAgent(options), https: new HttpsAgent({ ...options, ...this.#tls }) };
      this.#agents.push(agents);
      return agents;
    };
    this.#directAgents = [make(true), make(false)];
    return this.#directAgents;
  }

  async #tunnels(proxy: URL): Promise<readonly [Agents, Agents]> {
    const make = async (keepAlive: boolean): Promise<Agents> => {
      const agent = await tunnelAgent(proxy, { ...this.#agentOptions(), keepAlive });
      const agents = { http: agent, https: agent };
      this.#agents.push(agents);
      return agents;
    };
    return [await make(true), await make(false)];
  }

  #agentOptions(): { maxSockets: number; lookup?: LookupFunction } {
    const { concurrency = 4, lookup } = this.#options;
    return { maxSockets: concurrency, ...(lookup !== undefined && { lookup }) };
  }
}

/**
 * What `request` of node:http and node:https calls. Instrumentation of a host replaces those: it makes no span of a send,
 * for tracing is suppressed, but it counts the send among the requests of the host. A tunnel's agent needs them, though.
 */
function newRequest(options: RequestOptions): ClientRequest {
  return new ClientRequest(options);
}

function tooLarge(url: string, bytes: number, maxBytes: number): HttpResult {
  const message = `not sent to ${url}: a body of ${bytes} bytes, and the backend takes ${maxBytes}`;
  return { kind: 'failure', reason: 'too_large', code: 'BODY_TOO_LARGE', message, url };
}

function credentials(url: URL): string {
  return basicAuth(...userinfoOf(url));
}

function partsOf(body: RequestBody | undefined): readonly Uint8Array[] {
  if (body === undefined) return [];
  if (typeof body === 'string') return [Buffer.from(body, 'utf8')];
  return body instanceof Uint8Array ? [body] : joinSmall(body);
}
