/** Sends logs to Acme Cloud. */
import { defineHttpExporter } from '@telemetryflow/http';
import type { ExporterDefinition, Secret } from '@telemetryflow/kernel';
import { classifyAnswer } from './classify.ts';
import { type AcmeCloudConfig, properties } from './config.ts';
import { logsEncoder } from './encode-logs.ts';

export type { AcmeCloudConfig } from './config.ts';

const acmeCloud: ExporterDefinition = defineHttpExporter<AcmeCloudConfig>({
  module: import.meta.url,
  type: 'acme_cloud',
  description: 'Sends logs to Acme Cloud.',
  signals: { logs: 'alpha' },
  reads: 'records',
  config: { properties, required: ['endpoint'] },
  url: (config) => `${config.endpoint?.replace(/\/+$/, '')}/v2/events`,
  headers: (config) => ({
    'content-type': 'application/x-ndjson',
    'x-team': config.team,
    authorization: bearer(config.api_key),
  }),
  encode: { logs: logsEncoder },
  classify: classifyAnswer,
});

export default acmeCloud;

/** Empty, which means no such header, without a key. */
function bearer(key: Secret | undefined): string {
  return key === undefined || key.empty ? '' : `Bearer ${key.reveal()}`;
}
