/** Configuration of the `otlp_http` exporter: the options of every OTLP exporter, under the Collector's names too. */
import type { OtlpConfig, OtlpExporterFields } from '@telemetryflow/http';

/** Decoded configuration. */
export type OtlpHttpConfig = OtlpConfig;

export const properties: OtlpExporterFields<OtlpHttpConfig> = {
  endpoint: {
    type: 'string',
    format: 'url',
    default: '',
    description: 'Base URL of the backend, as http://localhost:4318; /v1/traces and so on are appended.',
  },
};
