/** Sends traces, metrics and logs to SigNoz, in the cloud or self-hosted, over OTLP. */
import { defineOtlpExporter, limitAge, transformItems, transformMetrics } from '@telemetryflow/http';
import type { ExporterDefinition } from '@telemetryflow/kernel';
import { check, endpointsOf, isCloud, properties, type SignozConfig } from './config.ts';
import { logTransforms } from './logs.ts';
import { metricTransform } from './metrics.ts';

export type { SignozConfig } from './config.ts';

const signoz: ExporterDefinition = defineOtlpExporter<SignozConfig>({
  module: import.meta.url,
  type: 'signoz',
  description: 'Sends telemetry to SigNoz over OTLP.',
  starter: { endpoint: '${SIGNOZ_ENDPOINT:-http://signoz-otel-collector:4318}' },
  config: { properties },
  check,
  limits: ({ max_age: maxAgeMs }, signal) => (signal === 'metrics' || maxAgeMs === 0 ? {} : { maxAgeMs }),
  grpc: {},
  endpoints: endpointsOf,
  headers: (config) => ({ [config.auth_header]: config.access_token ?? '' }),
  authHint:
    'access_token must be the ingestion key of Settings, Ingestion; some old gateways want auth_header: signoz-access-token',
  prepare: (config, signal, encode) => {
    const { exponential_histograms: mode, max_age: maxAge } = config;
    if (signal === 'logs') return limitAge(transformItems(encode, logTransforms(config.log_body)), maxAge);
    if (signal === 'traces') return limitAge(encode, maxAge);
    return transformMetrics(encode, metricTransform(mode === 'convert' || (mode === 'auto' && isCloud(config))));
  },
});

export default signoz;
