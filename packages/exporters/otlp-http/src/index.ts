/** Sends traces, metrics and logs over OTLP/HTTP, to any backend that takes OTLP. */
import { defineOtlpExporter } from '@telemetryflow/http';
import type { ExporterDefinition } from '@telemetryflow/kernel';
import { type OtlpHttpConfig, properties } from './config.ts';

export type { OtlpHttpConfig } from './config.ts';

const otlpHttp: ExporterDefinition = defineOtlpExporter<OtlpHttpConfig>({
  module: import.meta.url,
  type: 'otlp_http',
  aliases: ['otlphttp'],
  description: 'Sends traces, metrics and logs over OTLP/HTTP.',
  starter: { endpoint: '${OTLP_HTTP_ENDPOINT:-http://collector:4318}' },
  config: { properties },
});

export default otlpHttp;
