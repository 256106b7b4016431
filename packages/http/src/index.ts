export { Bisection } from './bisection.ts';
export { takeBody } from './body-memory.ts';
export {
  type ClassifyRule,
  type ClassifyRules,
  classify,
  describe,
  isPage,
  retryAfter,
  type Verdict,
} from './classify.ts';
export {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpRequest,
  type RequestBody,
} from './client.ts';
export { type Compression, MIN_COMPRESS_BYTES } from './compress.ts';
export {
  checkHttpExporter,
  createHttpExporter,
  defineHttpExporter,
  type HttpBody,
  type HttpEncoder,
  type HttpExporterFields,
  type HttpExporterOptions,
  type HttpMessage,
  type HttpTransport,
  isOff,
  type SentAbout,
} from './exporter.ts';
export {
  basicAuth,
  checkHeaders,
  checkOwnHeaders,
  FRAMING_HEADERS,
  type HeaderValues,
  hasHeader,
  mergeHeaders,
  userinfoOf,
} from './headers.ts';
export { JsonBody } from './json-body.ts';
export { checkHttpOptions, clientOptions, type HttpConfig, httpOptionsSchema } from './options.ts';
export * from './otlp/index.ts';
export { type ProbeOptions, probe } from './probe.ts';
export { checkProxy, type ProxyEnvironment, proxyFor } from './proxy.ts';
export { excerpt, redactUrl, secretScrubber } from './redact.ts';
export * from './result.ts';
export { MAX_RETRY_AFTER_MS, parseRetryAfter } from './retry-after.ts';
export { TextBody, type TextBodyOptions } from './text-body.ts';
export { checkTls, type TlsConfig } from './tls.ts';
export { type UdpSocket, udpSocket } from './udp.ts';
export { checkUnencrypted } from './unencrypted.ts';
export { userAgent } from './user-agent.ts';
