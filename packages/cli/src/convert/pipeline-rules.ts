/** Receivers, processors and extensions of the Collector that exist here. */
import { isScalar, type Node } from 'yaml';
import { below, type Rule, same } from './rule.ts';

const SERVER_TLS = below('tls', same('cert_file', 'key_file', 'client_ca_file'));
const DEVICE_FILTER = ['match_type', 'devices'];

/** A bare number there that has a unit here. */
function withUnit(unit: string): (node: Node) => string {
  return (node) => `${isScalar(node) ? node.value : node}${unit}`;
}

export const RECEIVERS: Readonly<Record<string, Rule>> = {
  otlp: {
    type: 'otlp',
    options: {
      ...below('protocols.http', {
        ...same('endpoint', 'max_request_body_size', 'traces_url_path', 'metrics_url_path', 'logs_url_path'),
        ...SERVER_TLS,
        ...below('cors', {
          ...same('allowed_origins', 'allowed_headers'),
          max_age: { to: 'max_age', value: withUnit('s') },
        }),
      }),
      ...below('protocols.grpc', {
        ...same('endpoint', 'max_concurrent_streams'),
        ...SERVER_TLS,
        max_recv_msg_size_mib: { to: 'max_recv_msg_size', value: withUnit('MiB') },
      }),
    },
    advice: {
      'protocols.http.auth': 'set auth.bearer_token of the protocol; authenticators are not read',
      'protocols.grpc.auth': 'set auth.bearer_token of the protocol; authenticators are not read',
    },
  },
  hostmetrics: {
    type: 'host_metrics',
    options: {
      ...same('collection_interval', 'initial_delay', 'root_path'),
      ...below('scrapers', {
        ...Object.fromEntries(
          ['cpu', 'load', 'memory', 'paging', 'disk', 'filesystem', 'network', 'processes'].map((scraper) => [
            `${scraper}.metrics.*`,
            `${scraper}.metrics.*`,
          ]),
        ),
        ...below('disk', { ...below('include', same(...DEVICE_FILTER)), ...below('exclude', same(...DEVICE_FILTER)) }),
        ...below('network', {
          ...below('include', same('match_type', 'interfaces')),
          ...below('exclude', same('match_type', 'interfaces')),
        }),
        ...below('filesystem', {
          ...same('include_virtual_filesystems'),
          ...below('include_devices', same(...DEVICE_FILTER)),
          ...below('exclude_devices', same(...DEVICE_FILTER)),
          ...below('include_fs_types', same('match_type', 'fs_types')),
          ...below('exclude_fs_types', same('match_type', 'fs_types')),
          ...below('include_mount_points', same('match_type', 'mount_points')),
          ...below('exclude_mount_points', same('match_type', 'mount_points')),
        }),
        ...same('cpu', 'load', 'memory', 'paging', 'disk', 'filesystem', 'network', 'processes'),
      }),
    },
    advice: { 'scrapers.process': 'metrics of single processes are not read here' },
  },
};

const MATCH = [
  'match_type',
  'services',
  'span_names',
  'span_kinds',
  'log_bodies',
  'log_severity_texts',
  'metric_names',
  'attributes',
  'resources',
  'libraries',
];

export const PROCESSORS: Readonly<Record<string, Rule>> = {
  batch: { type: 'batch', options: same('timeout', 'send_batch_size', 'send_batch_max_size') },
  memory_limiter: {
    type: 'memory_limiter',
    options: same('check_interval', 'limit_mib', 'spike_limit_mib', 'limit_percentage', 'spike_limit_percentage'),
  },
  resource: { type: 'resource', options: same('attributes') },
  attributes: {
    type: 'attributes',
    options: { ...same('actions'), ...below('include', same(...MATCH)), ...below('exclude', same(...MATCH)) },
  },
  filter: {
    type: 'filter',
    options: same(
      'error_mode',
      'traces.span',
      'traces.spanevent',
      'metrics.metric',
      'metrics.datapoint',
      'logs.log_record',
    ),
    advice: {
      'spans.': 'the form with include and exclude is not read: write OTTL conditions under traces.span',
      'logs.': 'the form with include and exclude is not read: write OTTL conditions under logs.log_record',
      'metrics.': 'the form with include and exclude is not read: write OTTL conditions under metrics.metric',
      'trace_conditions.': 'write the conditions under traces.span',
      'log_conditions.': 'write the conditions under logs.log_record',
      'metric_conditions.': 'write the conditions under metrics.metric',
    },
  },
  probabilistic_sampler: {
    type: 'probabilistic_sampler',
    options: same(
      'sampling_percentage',
      'hash_seed',
      'mode',
      'attribute_source',
      'from_attribute',
      'sampling_priority',
    ),
  },
};

export const EXTENSIONS: Readonly<Record<string, Rule>> = {
  health_check: { type: 'health_check', options: same('endpoint', 'path') },
};

/** `service.telemetry`. */
export const TELEMETRY: Rule = {
  type: 'telemetry',
  options: same('metrics.level', 'logs.level'),
  advice: {
    'metrics.readers': 'set metrics.address to the host:port on which own metrics are to be read',
    'metrics.address': 'own metrics need their address to be set here',
    'traces.': 'the pipeline does not trace itself',
  },
};
