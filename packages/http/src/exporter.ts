/**
 * `defineHttpExporter`: what a typical exporter has to say (schema, URL, headers, encoding, exceptions of the answer
 * table), and nothing of what it shares with the others.
 */
import {
  type Batch,
  defineExporter,
  type EncodeContext,
  type Encoded,
  type Exporter,
  type ExporterContext,
  type ExporterDefinition,
  type FieldSchema,
  type ObjectSchema,
  type Outcome,
  type Payload,
  type Problem,
} from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { giveBody } from './body-memory.ts';
import { type ClassifyRules, classify } from './classify.ts';
import { createHttpClient, type HttpClientOptions, type RequestBody } from './client.ts';
import { type HeaderValues, mergeHeaders } from './headers.ts';
import { checkHttpOptions, clientOptions, type HttpConfig, httpOptionsSchema } from './options.ts';
import type { HttpResult } from './result.ts';

/** A request body with what differs from the exporter's usual request. */
export interface HttpMessage {
  readonly body: Uint8Array | string;
  /** Over the exporter's and the user's. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the exporter's. */
  readonly url?: string;
  /** Set when the body is compressed already. */
  readonly contentEncoding?: string;
}

/** What `encode` yields as the body of a payload. */
export type HttpBody = RequestBody | HttpMessage;

/** Turns a batch into payloads; see `Exporter.encode`. */
export type HttpEncoder<S extends Signal> = (batch: Batch<S>, context: EncodeContext) => Iterable<Encoded<HttpBody>>;

/** Schemas of the exporter's own fields, and of those shared ones that differ (another default, a description). */
export type HttpExporterFields<C extends HttpConfig> = {
  readonly [K in Exclude<keyof C, keyof HttpConfig>]-?: FieldSchema;
} & { readonly [K in keyof HttpConfig]?: FieldSchema };

/**
 * What `classify` may know besides the result.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { classify, type HttpConfig, type HttpResult, type SentAbout } from '@telemetryflow/http';
 * import { countItems, type Outcome, partial } from '@telemetryflow/kernel';
 *
 * // Of a backend that says in a header how many items it refused.
 * function outcomeFor(result: HttpResult, { payload }: Pick<SentAbout<HttpConfig>, 'payload'>): Outcome {
 *   const refused = result.kind === 'response' ? Number(result.headers['x-refused'] ?? 0) : 0;
 *   if (refused === 0) return classify(result);
 *   return partial({ dropped: [{ items: Math.min(refused, countItems(payload.items)), reason: 'rejected' }] });
 * }
 * const headers = { 'x-refused': '2' };
 * const answer = { kind: 'response', status: 200, headers, body: Buffer.alloc(0), url: 'https://x/' } as const;
 * const { dropped } = outcomeFor(answer, { payload: { body: '', items: { from: 0, to: 3 } } });
 * assert.deepEqual(dropped, [{ items: 2, reason: 'rejected' }]);
 * ```
 */
export interface SentAbout<C> {
  readonly config: C;
  readonly signal: Signal;
  readonly payload: Payload;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

type Passed =
  | 'module'
  | 'type'
  | 'aliases'
  | 'description'
  | 'starter'
  | 'signals'
  | 'enabledSignals'
  | 'reads'
  | 'temporality'
  | 'limits'
  | 'ordered'
  | 'concurrency'
  | 'destination'
  | 'expand'
  | 'healthcheck';

/** How a signal travels over HTTP: what `createHttpExporter` is told. */
export interface HttpTransport<C extends HttpConfig> {
  /** Where a signal goes. */
  url(config: C, signal: Signal): string;
  /** Default POST. */
  readonly method?: string | ((config: C) => string);
  /** Built-in headers, content type included; the user's `headers` win. Empty values are left out. */
  headers?(config: C, signal: Signal): HeaderValues;
  /** One encoder per instance and signal; state that belongs to the instance lives in its closure. */
  readonly encode: { readonly [S in Signal]?: (config: C) => HttpEncoder<S> };
  /** Exceptions to the default table, or a function of its own. */
  readonly classify?: ClassifyRules | ((result: HttpResult, about: SentAbout<C>) => Outcome);
  /** Headers of one attempt, as signatures that hold its time; over all others. */
  attemptHeaders?(config: C, context: ExporterContext): (message: HttpMessage) => Readonly<Record<string, string>>;
  /** What the client gets besides the configured options. */
  client?(config: C): HttpClientOptions;
  /** See `Exporter.releasesBatches`; the client reads no body after its answer. */
  readonly releasesBatches?: boolean;
}

/** What `defineHttpExporter` is told about an exporter. */
export interface HttpExporterOptions<C extends HttpConfig>
  extends Pick<ExporterDefinition<C>, Passed>,
    HttpTransport<C> {
  /** The HTTP options are added to these. */
  readonly config: {
    readonly properties: HttpExporterFields<C>;
    readonly required?: readonly (keyof C & string)[];
  };
  check?(config: C): readonly Problem[];
}

/**
 * An exporter definition over HTTP.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { defineHttpExporter } from '@telemetryflow/http';
 * import type { HttpBody, HttpConfig, HttpEncoder, HttpExporterFields } from '@telemetryflow/http';
 * import type { Secret } from '@telemetryflow/kernel';
 * import { recordsOf, startBackend, throughPipeline } from '@telemetryflow/testkit';
 *
 * interface LinesConfig extends HttpConfig {
 *   readonly token?: Secret;
 * }
 * const properties: HttpExporterFields<LinesConfig> = {
 *   token: { type: 'string', secret: true, description: 'Token of the backend.' },
 * };
 * const logs: HttpEncoder<'logs'> = function* (batch) {
 *   const texts = batch.records().map(({ body }) => `${body}`);
 *   const body: HttpBody = texts.join('\n');
 *   yield { body, items: { from: 0, to: batch.count } };
 * };
 * const lines = defineHttpExporter<LinesConfig>({
 *   type: 'lines',
 *   description: 'Sends log bodies as lines of text.',
 *   signals: { logs: 'beta' },
 *   reads: 'records',
 *   config: { properties, required: ['endpoint'] },
 *   url: ({ endpoint }) => `${endpoint}/ingest`,
 *   headers: ({ token }) => ({ 'content-type': 'text/plain', 'x-token': token ?? '' }),
 *   encode: { logs: () => logs },
 * });
 *
 * const backend = await startBackend({ status: 204 });
 * await throughPipeline(lines, { endpoint: backend.url, token: 't-4711' }, 'logs', recordsOf('logs', 3));
 * const [request] = backend.requests;
 * assert.deepEqual([request?.path, request?.headers['x-token']], ['/ingest', 't-4711']);
 * await backend.close();
 * ```
 */
export function defineHttpExporter<C extends HttpConfig>(options: HttpExporterOptions<C>): ExporterDefinition {
  const {
    config,
    url: _url,
    method: _method,
    headers: _headers,
    encode: _encode,
    classify: _classify,
    attemptHeaders: _attempt,
    client: _client,
    releasesBatches: _releases,
    ...passed
  } = options;
  const required = config.required;
  return defineExporter<C>({
    ...passed,
    config: {
      type: 'object',
      properties: { ...httpOptionsSchema, ...config.properties },
      ...(required !== undefined && { required }),
    } as ObjectSchema<C>,
    check: (decoded) => checkHttpExporter(options, decoded),
    sendsTo: (decoded, signal) => [options.url(decoded, signal)],
    create: (decoded, context) => createHttpExporter(options, decoded, context),
  });
}

/**
 * The problems of a configuration: the exporter's own, then those of URL and HTTP options.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { checkHttpExporter, type HttpConfig, type HttpExporterOptions } from '@telemetryflow/http';
 *
 * const options: HttpExporterOptions<HttpConfig> = {
 *   type: 'lines',
 *   description: 'Sends log bodies as lines of text.',
 *   signals: { logs: 'beta' },
 *   reads: 'records',
 *   config: { properties: {}, required: ['endpoint'] },
 *   url: ({ endpoint }) => `${endpoint}/ingest`,
 *   encode: { logs: () => () => [] },
 * };
 * const config: HttpConfig = {
 *   endpoint: 'logs.example.com',
 *   timeout: 30_000,
 *   compression: 'gzip',
 *   tls_skip_verify: false,
 *   max_response_bytes: 4_194_304,
 * };
 * const [problem] = checkHttpExporter(options, config);
 * assert.deepEqual([problem?.path, problem?.message], [['endpoint'], 'no usable URL for logs']);
 * ```
 */
export function checkHttpExporter<C extends HttpConfig>(
  options: HttpExporterOptions<C>,
  config: C,
): readonly Problem[] {
  const own = options.check?.(config) ?? [];
  const urls: string[] = [];
  const problems: Problem[] = [];
  for (const signal of Object.keys(options.signals) as Signal[]) {
    if (isOff(config, signal)) continue;
    const url = options.url(config, signal);
    if (URL.canParse(url)) urls.push(url);
    else if (problems.length === 0 && own.length === 0) {
      problems.push({
        path: ['endpoint'],
        message: `no usable URL for ${signal}`,
        hint: `set it to the http(s) URL of the backend, or ${signal}: false`,
      });
    }
  }
  return [...own, ...problems, ...checkHttpOptions(config, urls)];
}

/**
 * The kernel's switches: `logs: false`, `logs: { enabled: false }`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { isOff } from '@telemetryflow/http';
 *
 * assert.ok(isOff({ logs: false }, 'logs'));
 * assert.ok(isOff({ logs: { enabled: false } }, 'logs'));
 * assert.ok(!isOff({ logs: { enabled: true } }, 'logs'));
 * ```
 */
export function isOff(config: object, signal: Signal): boolean {
  const value = (config as Readonly<Record<string, unknown>>)[signal];
  return value === false || (typeof value === 'object' && (value as { enabled?: unknown } | null)?.enabled === false);
}

/**
 * One exporter instance for one signal, for definitions that choose their transport themselves.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createHttpExporter, type HttpConfig, type HttpTransport, httpOptionsSchema } from '@telemetryflow/http';
 * import { defineExporter } from '@telemetryflow/kernel';
 * import { recordsOf, startBackend, throughPipeline } from '@telemetryflow/testkit';
 *
 * const transport: HttpTransport<HttpConfig> = {
 *   url: ({ endpoint }) => endpoint,
 *   encode: { logs: () => (batch) => [{ body: `${batch.count}`, items: { from: 0, to: batch.count } }] },
 * };
 * const ping = defineExporter<HttpConfig>({
 *   type: 'ping',
 *   description: 'Says that there was something.',
 *   signals: { logs: 'beta' },
 *   reads: 'records',
 *   config: { type: 'object', properties: httpOptionsSchema },
 *   create: (config, context) => createHttpExporter(transport, config, context),
 * });
 * const backend = await startBackend({ status: 204 });
 * await throughPipeline(ping, { endpoint: backend.url }, 'logs', recordsOf('logs', 3));
 * assert.equal(backend.requests[0]?.body.toString(), '3');
 * await backend.close();
 * ```
 */
export function createHttpExporter<C extends HttpConfig>(
  transport: HttpTransport<C>,
  config: C,
  context: ExporterContext,
): Exporter<Signal, HttpBody> {
  const signal = context.dataSignal;
  const makeEncoder = transport.encode[signal] as ((config: C) => HttpEncoder<Signal>) | undefined;
  if (makeEncoder === undefined) throw new TypeError(`the exporter ${context.id} does not encode ${signal}`);
  const url = transport.url(config, signal);
  const method = typeof transport.method === 'function' ? transport.method(config) : (transport.method ?? 'POST');
  const rules = transport.classify;
  const attemptHeaders = transport.attemptHeaders?.(config, context);
  const client = createHttpClient({
    ...clientOptions(config),
    headers: mergeHeaders(transport.headers?.(config, signal), config.headers),
    ...transport.client?.(config),
  });
  return {
    encode: makeEncoder(config),
    start: () => client.start([url]),
    stop: async () => client.close(),
    releasesBatches: transport.releasesBatches === true,
    release: ({ body }) => giveBody(isMessage(body) ? body.body : body),
    send: async (payload, send) => {
      const pieces = attemptHeaders === undefined && Array.isArray(payload.body);
      const message = pieces ? WITHOUT_BODY : messageOf(payload.body);
      const result = await client.request({
        method,
        url: message.url ?? url,
        headers: attemptHeaders === undefined ? message.headers : { ...message.headers, ...attemptHeaders(message) },
        body: pieces ? (payload.body as readonly Uint8Array[]) : message.body,
        contentEncoding: message.contentEncoding,
        signal: send.signal,
      });
      return typeof rules === 'function'
        ? rules(result, { config, signal, payload, attempt: send.attempt })
        : classify(result, rules);
    },
  };
}

const WITHOUT_BODY: HttpMessage = { body: '' };

/** A body in pieces is joined only for those who look at it before it is sent. */
function messageOf(body: HttpBody): HttpMessage {
  if (typeof body === 'string' || body instanceof Uint8Array) return { body };
  return isMessage(body) ? body : { body: Buffer.concat(body) };
}

function isMessage(body: HttpBody): body is HttpMessage {
  return typeof body === 'object' && 'body' in body;
}
