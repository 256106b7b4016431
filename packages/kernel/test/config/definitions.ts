/** Small definitions that stand in for packages, and a lookup over them. */
import {
  type Definition,
  defineConnector,
  defineExporter,
  defineExtension,
  defineProcessor,
  defineReceiver,
  type Exporter,
  type PluginLookup,
  type Secret,
} from '@telemetryflow/kernel';

const exporter: Exporter = {
  encode: () => [],
  send: () => Promise.resolve({}),
};
const running = { start: () => Promise.resolve(), stop: () => Promise.resolve() };

interface LokiConfig {
  readonly endpoint: string;
  readonly tenant_id?: string;
  readonly token?: Secret;
  readonly labels?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, Secret>>;
  readonly compression?: string | boolean;
  readonly level?: number;
  readonly site?: string;
  readonly tls?: { readonly ca_file?: string; readonly skip_verify: boolean };
  readonly max_response_bytes: number;
  readonly hosts?: readonly string[];
  readonly extra?: unknown;
}

export const loki: Definition = defineExporter<LokiConfig>({
  type: 'loki',
  description: 'Sends logs to Grafana Loki.',
  signals: { logs: 'stable' },
  reads: 'records',
  config: {
    type: 'object',
    required: ['endpoint'],
    properties: {
      endpoint: { type: 'string', format: 'url', description: 'URL of the push endpoint.' },
      tenant_id: { type: 'string', description: 'Value of X-Scope-OrgID.' },
      token: { type: 'string', secret: true, description: 'Bearer token.', aliases: ['bearer_token'] },
      labels: { type: 'object', values: { type: 'string', description: 'Value.' }, description: 'Stream labels.' },
      headers: {
        type: 'object',
        values: { type: 'string', secret: true, description: 'Value.' },
        description: 'Headers of every request.',
      },
      compression: {
        description: 'Name, or true for gzip.',
        oneOfTypes: [
          { type: 'boolean', description: 'gzip or none.' },
          { type: 'string', enum: ['gzip', 'zstd', 'none'], description: 'Name.' },
        ],
      },
      level: { type: 'integer', minimum: 1, maximum: 9, description: 'Compression level.' },
      site: { type: 'string', enum: ['us1', 'eu1'], default: 'us1', description: 'Site.' },
      tls: {
        type: 'object',
        description: 'TLS.',
        properties: {
          ca_file: { type: 'string', description: 'CA file.' },
          skip_verify: { type: 'boolean', default: false, description: 'Do not verify.' },
        },
      },
      max_response_bytes: { type: 'string', unit: 'size', default: '4MiB', description: 'Most bytes of an answer.' },
      hosts: {
        type: 'array',
        minItems: 1,
        items: { type: 'string', description: 'A host.' },
        description: 'Hosts.',
      },
      extra: { type: 'any', description: 'Anything.' },
    },
  },
  check: (config) =>
    config.tenant_id === 'forbidden'
      ? [{ path: ['tenant_id'], message: 'this tenant is closed', hint: 'use another' }]
      : [],
  create: () => exporter,
});

export const debug: Definition = defineExporter<{ verbosity: string }>({
  type: 'debug',
  description: 'Prints what arrives.',
  signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
  reads: 'records',
  config: {
    type: 'object',
    properties: {
      verbosity: { type: 'string', enum: ['basic', 'detailed'], default: 'basic', description: 'How much.' },
    },
  },
  create: () => exporter,
});

interface WebhookConfig {
  readonly endpoints: readonly { readonly name: string; readonly url: string; readonly traces?: boolean }[];
}

export const webhook: Definition = defineExporter<WebhookConfig>({
  type: 'webhook',
  description: 'Posts to any URL.',
  signals: { traces: 'beta', metrics: 'beta', logs: 'beta' },
  reads: 'records',
  config: {
    type: 'object',
    required: ['endpoints'],
    properties: {
      endpoints: {
        type: 'array',
        description: 'Where to post.',
        items: {
          type: 'object',
          description: 'One endpoint.',
          required: ['name', 'url'],
          properties: {
            name: { type: 'string', description: 'Name.' },
            url: { type: 'string', format: 'url', description: 'URL.' },
            traces: { type: 'boolean', description: 'Send traces.' },
          },
        },
      },
    },
  },
  expand: (config) => Object.fromEntries(config.endpoints.map((each) => [each.name, { ...config, endpoints: [each] }])),
  enabledSignals: (config) =>
    config.endpoints.some((each) => each.traces === false) ? ['metrics', 'logs'] : ['traces', 'metrics', 'logs'],
  create: () => exporter,
});

interface OtlpConfig {
  readonly protocols?: { readonly grpc?: { readonly endpoint: string }; readonly http?: { readonly endpoint: string } };
}

function protocol(endpoint: string): {
  type: 'object';
  description: string;
  properties: { endpoint: { type: 'string'; format: 'address'; default: string; description: string } };
} {
  return {
    type: 'object',
    description: 'One protocol.',
    properties: { endpoint: { type: 'string', format: 'address', default: endpoint, description: 'host:port.' } },
  };
}

export const otlp: Definition = defineReceiver<OtlpConfig>({
  type: 'otlp',
  description: 'Takes OTLP.',
  signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
  config: {
    type: 'object',
    properties: {
      protocols: {
        type: 'object',
        description: 'What to open.',
        properties: { grpc: protocol('127.0.0.1:4317'), http: protocol('127.0.0.1:4318') },
      },
    },
  },
  listens: ({ protocols }) =>
    (['grpc', 'http'] as const).flatMap((name) => {
      const address = protocols?.[name]?.endpoint;
      return address === undefined ? [] : [{ address, path: ['protocols', name, 'endpoint'] }];
    }),
  create: () => running,
});

export const hostMetrics: Definition = defineReceiver<{ collection_interval: number }>({
  type: 'host_metrics',
  description: 'Reads host metrics.',
  signals: { metrics: 'stable' },
  config: {
    type: 'object',
    properties: { collection_interval: { type: 'string', unit: 'duration', default: '10s', description: 'Interval.' } },
  },
  create: () => running,
});

export const batch: Definition = defineProcessor<object>({
  type: 'batch',
  description: 'Does nothing.',
  signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
  config: { type: 'object', properties: {} },
  create: () => ({ process: (taken) => taken }),
});

export const forward: Definition = defineConnector<object>({
  type: 'forward',
  description: 'Joins pipelines of one signal.',
  pairs: [
    ['traces', 'traces'],
    ['logs', 'logs'],
  ],
  config: { type: 'object', properties: {} },
  create: () => ({ process: () => Promise.resolve() }),
});

export const healthCheck: Definition = defineExtension<{ endpoint: string }>({
  type: 'health_check',
  description: 'Answers probes.',
  config: {
    type: 'object',
    properties: {
      endpoint: { type: 'string', format: 'address', default: '127.0.0.1:13133', description: 'host:port.' },
    },
  },
  listens: ({ endpoint }) => [{ address: endpoint, path: ['endpoint'] }],
  create: () => running,
});

export const definitions: readonly Definition[] = [
  loki,
  debug,
  webhook,
  otlp,
  hostMetrics,
  batch,
  forward,
  healthCheck,
];

/** Finds definitions in a list, and answers for others as the real lookup does. */
export function lookup(all: readonly Definition[] = definitions): PluginLookup {
  return {
    find: (kind, type) =>
      Promise.resolve(
        all.find((each) => each.kind === kind && each.type === type) ?? {
          problem: `no ${kind} "${type}" is installed`,
          hint: `npm install @telemetryflow/${kind}-${type}`,
        },
      ),
    known: (kind) => all.filter((each) => each.kind === kind).map((each) => each.type),
  };
}
