/** Exporters of the Collector and its contrib distribution whose backend has an exporter here. */
import { isScalar, type Node } from 'yaml';
import { below, type Rule, same, type Target } from './rule.ts';

const isTrue = (node: Node): boolean => isScalar(node) && node.value === true;

const DELIVERY: Readonly<Record<string, Target>> = {
  timeout: 'timeout',
  ...below(
    'sending_queue',
    {
      ...same('enabled', 'num_consumers', 'wait_for_result'),
      queue_size: 'max_requests',
      block_on_overflow: { to: 'on_full', value: (node) => (isTrue(node) ? 'block' : 'auto') },
    },
    'queue',
  ),
  'sending_queue.batch.flush_timeout': 'flush_interval',
  'sending_queue.batch.min_size': 'batch_size',
  'sending_queue.batch.max_size': 'max_batch_items',
  ...below(
    'retry_on_failure',
    {
      ...same('enabled', 'multiplier'),
      initial_interval: 'initial',
      max_interval: 'max',
      randomization_factor: 'jitter',
      max_elapsed_time: 'max_elapsed',
    },
    'retry',
  ),
};

const DELIVERY_ADVICE = {
  'sending_queue.storage': 'there is no durable queue yet: what waits is lost when the process ends',
  'sending_queue.sizer': 'the queue is bounded by requests and by queue.max_bytes',
  'auth.': 'authenticators are not read: set the credentials in the options of the exporter, or a header',
};

const CLIENT_TLS = below('tls', {
  ...same('ca_file', 'cert_file', 'key_file', 'min_version', 'insecure'),
  insecure_skip_verify: 'skip_verify',
  server_name_override: 'server_name',
});

const HTTP: Readonly<Record<string, Target>> = {
  ...DELIVERY,
  ...same('endpoint', 'compression', 'headers.*'),
  proxy_url: 'proxy',
  ...CLIENT_TLS,
};

/** `compression` and others of HTTP that a backend's exporter does not have. */
function without(options: Readonly<Record<string, Target>>, ...paths: readonly string[]) {
  return Object.fromEntries(Object.entries(options).filter(([path]) => !paths.includes(path)));
}

const OTLP_GRPC: Rule = {
  type: 'otlp_grpc',
  options: {
    ...HTTP,
    ...same('authority', 'balancer_name'),
    ...below('keepalive', same('time', 'timeout', 'permit_without_stream')),
  },
  advice: DELIVERY_ADVICE,
};
const OTLP_HTTP: Rule = {
  type: 'otlp_http',
  options: { ...HTTP, ...same('traces_endpoint', 'metrics_endpoint', 'logs_endpoint', 'encoding') },
  advice: DELIVERY_ADVICE,
};
const DEBUG: Rule = { type: 'debug', options: same('verbosity', 'sampling_initial', 'sampling_thereafter') };

export const EXPORTERS: Readonly<Record<string, Rule>> = {
  otlp: OTLP_GRPC,
  otlp_grpc: OTLP_GRPC,
  otlphttp: OTLP_HTTP,
  otlp_http: OTLP_HTTP,
  debug: DEBUG,
  logging: DEBUG,
  prometheusremotewrite: {
    type: 'prometheus',
    options: {
      ...without(HTTP, 'compression'),
      ...same('external_labels.*', 'namespace', 'send_metadata', 'translation_strategy'),
      'target_info.enabled': 'target_info',
      max_batch_size_bytes: 'max_request_bytes',
      'remote_write_queue.queue_size': 'queue.max_requests',
      'remote_write_queue.num_consumers': 'queue.num_consumers',
      // As a switch there it takes all attributes or none.
      'resource_to_telemetry_conversion.enabled': {
        to: 'resource_to_labels',
        value: (node) => (isTrue(node) ? 'all' : []),
      },
    },
    advice: { ...DELIVERY_ADVICE, 'wal.': 'there is no write-ahead log: what waits is lost when the process ends' },
  },
  kafka: {
    type: 'kafka',
    options: {
      ...DELIVERY,
      ...same('brokers', 'client_id', 'encoding'),
      'traces.topic': 'traces_topic',
      'traces.encoding': 'traces_encoding',
      'metrics.topic': 'metrics_topic',
      'metrics.encoding': 'metrics_encoding',
      'logs.topic': 'logs_topic',
      'logs.encoding': 'logs_encoding',
      'auth.sasl.username': 'sasl_username',
      'auth.sasl.password': 'sasl_password',
      'auth.sasl.mechanism': 'sasl_mechanism',
      ...without(CLIENT_TLS, 'tls.insecure'),
      'producer.max_message_bytes': 'max_message_bytes',
      'producer.required_acks': 'acks',
      'producer.compression': 'compression',
    },
    defaults: {
      brokers: ['localhost:9092'],
      encoding: 'otlp_proto',
      traces_topic: 'otlp_spans',
      metrics_topic: 'otlp_metrics',
      logs_topic: 'otlp_logs',
    },
    advice: {
      ...DELIVERY_ADVICE,
      topic: 'one topic for all signals: set traces_topic, metrics_topic and logs_topic',
      topic_from_attribute: 'topics are fixed here, one per signal',
      partition_traces_by_id: 'set partition_key: trace_id',
      partition_metrics_by_resource_attributes: 'set partition_key: resource',
      partition_logs_by_resource_attributes: 'set partition_key: resource',
      'metadata.': 'the client reads metadata by itself',
      protocol_version: 'the client asks the brokers',
    },
  },
  elasticsearch: {
    type: 'elasticsearch',
    options: {
      ...HTTP,
      ...same('endpoints', 'logs_index', 'metrics_index', 'traces_index', 'pipeline', 'password', 'api_key'),
      cloudid: 'cloud_id',
      user: 'username',
      'flush.interval': 'flush_interval',
      'flush.bytes': 'flush_bytes',
    },
    advice: {
      ...DELIVERY_ADVICE,
      'mapping.mode': 'set mapping to otel or ecs; the other modes are not written here',
      'retry.': 'set retry.initial, retry.max and retry.max_elapsed',
      num_workers: 'set queue.num_consumers',
      'logs_dynamic_index.': 'set data_stream.dataset and data_stream.namespace',
      'discover.': 'list all nodes under endpoints',
    },
  },
  loki: {
    type: 'loki',
    options: HTTP,
    advice: { ...DELIVERY_ADVICE, 'default_labels_enabled.': 'name the labels under label_attributes' },
  },
  datadog: {
    type: 'datadog',
    options: {
      ...DELIVERY,
      ...CLIENT_TLS,
      ...same('hostname', 'metrics.resource_attributes_as_tags', 'metrics.instrumentation_scope_metadata_as_tags'),
      'api.key': 'api_key',
      'api.site': 'site',
      'metrics.histograms.mode': 'metrics.histograms',
      'metrics.histograms.send_aggregation_metrics': 'metrics.send_aggregation_metrics',
      'metrics.summaries.mode': 'metrics.summaries',
      'metrics.endpoint': 'metrics_endpoint',
      'logs.endpoint': 'logs_endpoint',
      'traces.endpoint': 'traces_endpoint',
    },
    advice: { ...DELIVERY_ADVICE, 'host_metadata.': 'host metadata is not sent; tags may be set under tags' },
  },
  splunk_hec: {
    type: 'splunk',
    options: {
      ...without(HTTP, 'compression'),
      ...same('token', 'source', 'sourcetype', 'index'),
      disable_compression: { to: 'compression', value: (node) => !isTrue(node) },
      max_content_length_logs: 'max_content_length',
    },
    advice: DELIVERY_ADVICE,
  },
  influxdb: {
    type: 'influxdb',
    options: {
      ...HTTP,
      ...same('org', 'bucket', 'token', 'metrics_schema', 'precision'),
      'v1_compatibility.db': 'database',
      'v1_compatibility.username': 'username',
      'v1_compatibility.password': 'password',
      payload_max_bytes: 'max_request_bytes',
    },
    advice: {
      ...DELIVERY_ADVICE,
      'v1_compatibility.enabled': 'set version: 1',
      payload_max_lines: 'set max_batch_items',
      span_dimensions: 'only metrics go to InfluxDB here',
      log_record_dimensions: 'only metrics go to InfluxDB here',
    },
  },
  zipkin: {
    type: 'zipkin',
    options: { ...HTTP, ...same('format'), default_service_name: 'service_name' },
    advice: DELIVERY_ADVICE,
  },
  awscloudwatchlogs: {
    type: 'cloudwatch',
    options: {
      ...DELIVERY,
      ...same('region'),
      endpoint: 'endpoint_override',
      log_group_name: 'log_group',
      log_stream_name: 'log_stream',
      log_retention: 'retention_days',
    },
    advice: DELIVERY_ADVICE,
  },
};
