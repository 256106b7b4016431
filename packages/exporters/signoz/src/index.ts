/** Sends traces, metrics and logs to SigNoz, in the cloud or self-hosted, over OTLP. */
import { defineOtlpExporter, transformItems, transformMetrics } from '@telemetryflow/http';
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
  grpc: {},
  endpoints: endpointsOf,
  headers: (config) => ({ [config.auth_header]: config.access_token ?? '' }),
  prepare: (config, signal, encode) => {
    if (signal === 'logs') return transformItems(encode, logTransforms(config.log_body));
    if (signal === 'traces') return encode;
    const { exponential_histograms: mode } = config;
    return transformMetrics(encode, metricTransform(mode === 'convert' || (mode === 'auto' && isCloud(config))));
  },
});

export default signoz;
