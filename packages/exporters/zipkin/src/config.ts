/** Configuration of the `zipkin` exporter, and the URLs that follow from it. */
import { type HttpConfig, type HttpExporterFields, httpOptionsSchema } from '@telemetryflow/http';
import type { Secret } from '@telemetryflow/kernel';

/** Decoded; durations are milliseconds, sizes bytes. */
export interface ZipkinConfig extends HttpConfig {
  readonly service_name: string;
  readonly batch_size: number;
  readonly flush_interval: number;
  readonly format: 'json' | 'proto';
  readonly dialect: 'zipkin' | 'otelcol';
  readonly local_endpoint?: string | undefined;
  readonly resource_tags: boolean;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  readonly max_request_bytes: number;
}

const API = '/api/v2/spans';

/** Schemas of the exporter's own options, and of shared ones with other defaults. */
export const fields: HttpExporterFields<ZipkinConfig> = {
  endpoint: {
    type: 'string',
    format: 'url',
    default: `http://localhost:9411${API}`,
    description: `URL of the span API, used as it is; without a path ${API} is added.`,
  },
  service_name: {
    type: 'string',
    default: 'tfo-agent',
    description: 'Service of spans whose resource has no service.name, or only unknown_service.',
  },
  batch_size: { type: 'integer', minimum: 1, default: 100, description: 'Spans that trigger a request.' },
  flush_interval: { type: 'string', unit: 'duration', default: '1s', description: 'Longest wait of the first span.' },
  format: {
    type: 'string',
    enum: ['json', 'proto'],
    default: 'json',
    description: 'How requests are written: JSON v2, or proto3.',
  },
  dialect: {
    type: 'string',
    enum: ['zipkin', 'otelcol'],
    default: 'zipkin',
    description: 'What reads the spans: Zipkin, or the receiver of the OpenTelemetry Collector, Jaeger and others.',
  },
  local_endpoint: {
    type: 'string',
    description: 'IP address of the service, with or without a port, as 10.0.0.1:8080.',
  },
  resource_tags: {
    type: 'boolean',
    default: true,
    description: 'Write the attributes of the resource as tags of each span.',
  },
  username: { type: 'string', description: 'User for Basic authentication, before a proxy that demands it.' },
  password: { type: 'string', secret: true, description: 'Password for Basic authentication.' },
  compression: {
    ...httpOptionsSchema.compression,
    description: 'Compression of request bodies of 1 KiB and more: gzip or none (true means gzip).',
  },
  max_request_bytes: {
    type: 'string',
    unit: 'size',
    default: '5000000',
    description: 'Largest request before compression; Zipkin takes 10 MiB, the Collector 20 MiB.',
  },
};

/** Where spans go; `''` when the endpoint is no URL. */
export function spansUrl(endpoint: string): string {
  if (!URL.canParse(endpoint)) return '';
  const url = new URL(endpoint);
  if (url.pathname === '/' || url.pathname === '') url.pathname = API;
  return url.href;
}

/** The health API: at the root of the server, not below that of spans. */
export function healthUrl(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL('/health', endpoint).href : '';
}
