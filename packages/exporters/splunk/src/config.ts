/** Configuration of the `splunk` exporter, and the URLs that follow from it. */
import { type HttpConfig, type HttpExporterFields, httpOptionsSchema } from '@telemetryflow/http';
import { exporterOptionsSchema, type Secret, type SignalOptions, type UnionSchema } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';

/** Names of the attributes that choose the metadata of an event; `''` switches one off. */
export interface AttributeOverrides {
  readonly host: string;
  readonly source: string;
  readonly sourcetype: string;
  readonly index: string;
}

/** Indexer acknowledgement; times in milliseconds. */
export interface AckOptions {
  readonly mode: 'auto' | 'off' | 'require';
  readonly poll_interval: number;
  readonly timeout: number;
  readonly max_pending: number;
}

/** Decoded; durations are milliseconds, sizes bytes. */
export interface SplunkConfig extends HttpConfig {
  readonly token: Secret;
  readonly index?: string | undefined;
  readonly metrics_index?: string | undefined;
  readonly logs_index?: string | undefined;
  readonly traces_index?: string | undefined;
  readonly source: string;
  readonly source_type: string;
  readonly host?: string | undefined;
  readonly batch_size: number;
  readonly flush_interval: number;
  readonly traces: boolean | SignalOptions;
  readonly metrics_format: 'auto' | 'metric' | 'event';
  readonly multi_metric: boolean;
  readonly temporality: 'as_is' | 'cumulative';
  readonly attribute_overrides: AttributeOverrides;
  readonly max_content_length: number;
  readonly ack: AckOptions;
}

/** Schemas of the exporter's own options, and of shared ones with other defaults. */
export const fields: HttpExporterFields<SplunkConfig> = {
  endpoint: {
    type: 'string',
    format: 'url',
    aliases: ['hec_endpoint'],
    description: 'URL of the HTTP Event Collector; without a path /services/collector is added.',
  },
  token: { type: 'string', secret: true, aliases: ['hec_token'], description: 'Token of the HTTP Event Collector.' },
  index: {
    type: 'string',
    description: "Index of all signals; it must be one the token allows. Default: the token's own.",
  },
  metrics_index: { type: 'string', description: 'Index of metrics, of the datatype metrics. Default: index.' },
  logs_index: { type: 'string', description: 'Index of logs. Default: index.' },
  traces_index: { type: 'string', description: 'Index of traces. Default: index.' },
  source: { type: 'string', default: 'tfo-agent', description: 'Source of every event.' },
  source_type: {
    type: 'string',
    default: 'tfo-agent',
    aliases: ['sourcetype'],
    description: 'Source type of every event; metrics sent as events add :metrics to it.',
  },
  host: {
    type: 'string',
    description: 'Host of telemetry whose resource has no host.name. Default: the name of this host.',
  },
  batch_size: { type: 'integer', minimum: 1, default: 100, description: 'Items that trigger a request.' },
  flush_interval: { type: 'string', unit: 'duration', default: '10s', description: 'Longest wait of the first item.' },
  traces: {
    ...(exporterOptionsSchema.properties.traces as UnionSchema),
    default: false,
    description: 'Send spans, as JSON events that Splunk can search but does not know as traces.',
  },
  metrics_format: {
    type: 'string',
    enum: ['auto', 'metric', 'event'],
    default: 'auto',
    description: 'Points for a metrics index, or readable JSON events; auto: events where metrics share an index.',
  },
  multi_metric: {
    type: 'boolean',
    default: true,
    description: 'Join points of equal time and dimensions in one event; needs Splunk 8.0.',
  },
  temporality: {
    type: 'string',
    enum: ['as_is', 'cumulative'],
    default: 'as_is',
    description: 'cumulative adds delta sums and histograms up, as rate() of mstats expects.',
  },
  attribute_overrides: {
    type: 'object',
    description: 'Attributes, of the resource or of the item, that choose the metadata of an event.',
    present: true,
    properties: {
      host: { type: 'string', default: 'host.name', description: 'Attribute that names the host.' },
      source: { type: 'string', default: 'com.splunk.source', description: 'Attribute that names the source.' },
      sourcetype: {
        type: 'string',
        default: 'com.splunk.sourcetype',
        description: 'Attribute that names the source type.',
      },
      index: { type: 'string', default: 'com.splunk.index', description: 'Attribute that names the index.' },
    },
  },
  compression: {
    ...httpOptionsSchema.compression,
    description: 'Compression of request bodies of 1 KiB and more: gzip or none (true means gzip).',
  },
  max_content_length: {
    type: 'string',
    unit: 'size',
    default: '1000000',
    description: 'Largest request before compression; Splunk Cloud asks for 1 MB at most.',
  },
  ack: {
    type: 'object',
    description: 'Indexer acknowledgement: wait until Splunk has indexed a request.',
    present: true,
    properties: {
      mode: {
        type: 'string',
        enum: ['auto', 'off', 'require'],
        default: 'auto',
        description: 'auto waits where an answer asks for it; require sends more at a time, and warns without it.',
      },
      poll_interval: { type: 'string', unit: 'duration', default: '10s', description: 'Time between two polls.' },
      timeout: {
        type: 'string',
        unit: 'duration',
        default: '5m',
        description: 'Send again what is not confirmed after this time.',
      },
      max_pending: {
        type: 'integer',
        minimum: 1,
        default: 64,
        description: 'With mode require: requests that are sent or wait to be confirmed.',
      },
    },
  },
};

/** The URLs of a collector. */
export interface CollectorUrls {
  readonly event: string;
  readonly ack: string;
  readonly health: string;
  /** The endpoint named the raw API, which loses the metadata of single events. */
  readonly raw: boolean;
}

/** The URLs of an endpoint; `undefined` when it is no URL. */
export function urlsOf(endpoint: string): CollectorUrls | undefined {
  if (!URL.canParse(endpoint)) return undefined;
  const url = new URL(endpoint);
  url.search = '';
  url.hash = '';
  const path = url.pathname.replace(/\/+$/, '');
  const base = path === '' ? '/services/collector' : path.replace(/\/(?:event|raw)(?:\/1\.0)?$/, '');
  const at = (name: string): string => {
    url.pathname = `${base}/${name}`;
    return url.href;
  };
  return { event: at('event'), ack: at('ack'), health: at('health'), raw: /\/raw(?:\/1\.0)?$/.test(path) };
}

/** The index of a signal; `''` is the token's own. */
export function indexOf(config: SplunkConfig, signal: Signal): string {
  return config[`${signal}_index`] || config.index || '';
}

/** True when data points go to a metrics index; otherwise they are readable events. */
export function sendsRealMetrics(config: SplunkConfig, logsAreOff: boolean): boolean {
  if (config.metrics_format !== 'auto') return config.metrics_format === 'metric';
  return Boolean(config.metrics_index) || logsAreOff || !config.index;
}
