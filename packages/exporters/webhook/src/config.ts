/** Configuration of the `webhook` exporter: a list of endpoints, or one endpoint written at the top. */
import { type HttpConfig, httpOptionsSchema } from '@telemetryflow/http';
import type { FieldSchema, ObjectSchema, Secret } from '@telemetryflow/kernel';

/** How a request body is written; the table of the README says for whom. */
export const ENCODINGS = ['json', 'otlp_json', 'otlp_proto', 'ndjson', 'json_array', 'cloudevents', 'slack'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Lowest severity to send, by name; OTLP numbers. */
export const SEVERITIES = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const;
export type MinSeverity = keyof typeof SEVERITIES;

interface RetryConfig {
  readonly enabled: boolean;
  readonly initial: number;
  readonly max: number;
  readonly multiplier: number;
  readonly jitter: number;
  readonly max_elapsed: number;
  readonly max_attempts?: number;
}

/** One endpoint, decoded and with every default; durations are milliseconds, sizes bytes. */
export interface EndpointConfig extends Omit<HttpConfig, 'endpoint'> {
  readonly url: string;
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly encoding: Encoding;
  readonly batch_size: number;
  readonly max_batch_items?: number;
  readonly flush_interval: number;
  readonly retry_attempts: number;
  readonly retry_delay?: number;
  readonly metrics: boolean;
  readonly logs: boolean;
  readonly traces: boolean;
  readonly max_request_bytes: number;
  readonly max_in_flight: number;
  readonly content_type?: string;
  readonly secret?: Secret;
  readonly secrets?: readonly Secret[];
  readonly signing: 'standard_webhooks' | 'hmac_hex';
  readonly signature_header: string;
  readonly allow_hosts?: readonly string[];
  readonly block_private: boolean;
  readonly success_codes: string;
  readonly min_severity?: MinSeverity;
  readonly disable_on_gone: boolean;
}

/** An endpoint as written in the list: what it leaves out stands at the top. */
export type ListedEndpoint = { readonly name?: string } & Partial<EndpointConfig>;

/** The whole block. After `expand` there is no list any more. */
export interface WebhookConfig extends EndpointConfig {
  readonly endpoints?: readonly ListedEndpoint[];
  readonly payload_template?: string;
  readonly retry: RetryConfig;
}

type Fields = { readonly [K in keyof EndpointConfig]-?: FieldSchema };

const { endpoint: _endpoint, ...http } = httpOptionsSchema;

const endpointFields: Fields = {
  ...http,
  url: { type: 'string', format: 'url', aliases: ['endpoint'], description: 'URL to call, taken as it is.' },
  method: { type: 'string', enum: ['POST', 'PUT', 'PATCH'], default: 'POST', description: 'Method of the request.' },
  compression: {
    description: 'Compression of request bodies of 1 KiB and more; most webhook receivers take none.',
    default: 'none',
    oneOfTypes: [
      { type: 'string', enum: ['gzip', 'zstd', 'none'], description: 'gzip, zstd or none.' },
      { type: 'boolean', description: 'gzip or none.' },
    ],
  },
  encoding: {
    type: 'string',
    enum: [...ENCODINGS],
    default: 'json',
    description: 'How the body is written: json is an envelope around OTLP/JSON.',
  },
  batch_size: { type: 'integer', minimum: 1, default: 100, description: 'Items that trigger a request.' },
  max_batch_items: { type: 'integer', minimum: 1, description: 'Most items of one request under backlog.' },
  flush_interval: { type: 'string', unit: 'duration', default: '10s', description: 'Longest wait of the first item.' },
  retry_attempts: {
    type: 'integer',
    minimum: 0,
    default: 3,
    aliases: ['retry_count'],
    description: 'Attempts after the first one.',
  },
  retry_delay: { type: 'string', unit: 'duration', description: 'First wait between attempts; over retry.initial.' },
  metrics: { type: 'boolean', default: true, description: 'Send metrics.' },
  logs: { type: 'boolean', default: true, description: 'Send logs.' },
  traces: { type: 'boolean', default: false, description: 'Send traces.' },
  max_request_bytes: {
    type: 'string',
    unit: 'size',
    default: '1000000',
    description: 'Largest request before compression; batches above it are cut.',
  },
  max_in_flight: {
    type: 'integer',
    minimum: 1,
    default: 1,
    description: 'Requests at the same time; with 1 the order of batches is kept.',
  },
  content_type: { type: 'string', description: 'Content-Type header instead of that of the encoding.' },
  secret: { type: 'string', secret: true, description: 'Key to sign requests with.' },
  secrets: {
    type: 'array',
    description: 'Several keys, while they are being rotated: each signs.',
    items: { type: 'string', secret: true, description: 'Key.' },
  },
  signing: {
    type: 'string',
    enum: ['standard_webhooks', 'hmac_hex'],
    default: 'standard_webhooks',
    description: 'How requests are signed when there is a secret.',
  },
  signature_header: {
    type: 'string',
    default: 'X-Webhook-Signature',
    description: 'Header of the signature with signing: hmac_hex.',
  },
  allow_hosts: {
    type: 'array',
    description: 'The only hosts to call (name, *.domain or address); they may be private.',
    items: { type: 'string', description: 'Host.' },
  },
  block_private: {
    type: 'boolean',
    default: false,
    description: 'Refuse private, loopback and link-local addresses, whatever name leads to them.',
  },
  success_codes: { type: 'string', default: '2xx', description: 'Statuses of success, as 2xx or 200,202,300-399.' },
  min_severity: {
    type: 'string',
    enum: Object.keys(SEVERITIES),
    description: 'Drop logs below (and those without severity); with encoding: slack the default is error.',
  },
  disable_on_gone: {
    type: 'boolean',
    default: true,
    description: 'After an answer 410 drop everything for this endpoint until the next start.',
  },
};

/** The same field without a default: left out, it is taken from the top. */
function inherited(field: FieldSchema): FieldSchema {
  const { default: _default, ...rest } = field as FieldSchema & { readonly default?: unknown };
  return rest as FieldSchema;
}

const retry: FieldSchema = {
  type: 'object',
  description: 'How often a request is sent again.',
  aliases: ['retry_on_failure'],
  present: true,
  properties: {
    enabled: { type: 'boolean', default: true, description: 'Send again after a temporary failure.' },
    initial: {
      type: 'string',
      unit: 'duration',
      default: '1s',
      aliases: ['initial_interval'],
      description: 'First wait.',
    },
    max: { type: 'string', unit: 'duration', default: '60s', aliases: ['max_interval'], description: 'Longest wait.' },
    multiplier: { type: 'number', minimum: 1, default: 2, description: 'Growth of the wait.' },
    jitter: {
      type: 'number',
      minimum: 0,
      maximum: 1,
      default: 0.5,
      aliases: ['randomization_factor'],
      description: 'Random share of the wait, both ways.',
    },
    max_elapsed: {
      type: 'string',
      unit: 'duration',
      default: '5m',
      aliases: ['max_elapsed_time'],
      description: 'Give up this long after the first attempt; 0 never does.',
    },
    max_attempts: {
      type: 'integer',
      minimum: 1,
      description: 'Give up after this many attempts; over retry_attempts.',
    },
  },
};

export const schema: ObjectSchema<WebhookConfig> = {
  type: 'object',
  properties: {
    endpoints: {
      type: 'array',
      minItems: 1,
      description: 'Endpoints, each with a queue of its own; what one leaves out stands at the top.',
      items: {
        type: 'object',
        description: 'One endpoint.',
        properties: {
          name: { type: 'string', description: 'Name in metrics and logs; default webhook-<number>.' },
          ...Object.fromEntries(Object.entries(endpointFields).map(([key, field]) => [key, inherited(field)])),
        },
      },
    },
    ...endpointFields,
    payload_template: { type: 'string', description: 'Not supported: choose an encoding.' },
    retry,
  },
};

/** Each endpoint as a configuration of its own, by instance name; `''` is the endpoint written at the top. */
export function expand(config: WebhookConfig): Readonly<Record<string, WebhookConfig>> {
  const { endpoints, ...top } = config;
  if (endpoints === undefined || endpoints.length === 0) return { '': forDelivery(top) };
  return Object.fromEntries(
    endpoints.map((endpoint, index) => {
      const { name = `webhook-${index + 1}`, ...own } = endpoint;
      return [name, forDelivery({ ...top, ...own } as WebhookConfig)];
    }),
  );
}

/** What the delivery chain obeys, under its names. */
function forDelivery(config: WebhookConfig): WebhookConfig {
  const { retry, retry_attempts, retry_delay } = config;
  const merged: WebhookConfig = {
    ...config,
    retry: {
      ...retry,
      max_attempts: retry.max_attempts ?? retry_attempts + 1,
      ...(retry_delay !== undefined && { initial: retry_delay }),
    },
  };
  return config.encoding === 'slack' ? forSlack(merged) : merged;
}

/** A chat takes one message per second: everything that comes meanwhile becomes one message. */
function forSlack(config: WebhookConfig): WebhookConfig {
  return {
    ...config,
    batch_size: Math.max(config.batch_size, SLACK_BATCH),
    flush_interval: Math.max(config.flush_interval, 1000),
    min_severity: config.min_severity ?? 'error',
  };
}

const SLACK_BATCH = 8192;
