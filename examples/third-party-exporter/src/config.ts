/** Configuration of the `acme_cloud` exporter: what Acme Cloud adds to the options of every HTTP exporter. */
import type { HttpConfig, HttpExporterFields } from '@telemetryflow/http';
import type { Secret } from '@telemetryflow/kernel';

/** Decoded configuration. */
export interface AcmeCloudConfig extends HttpConfig {
  readonly api_key?: Secret;
  readonly team: string;
}

export const properties: HttpExporterFields<AcmeCloudConfig> = {
  endpoint: { type: 'string', format: 'url', description: 'Base URL of Acme Cloud; /v2/events is added.' },
  api_key: { type: 'string', secret: true, description: 'API key, sent as Bearer token.' },
  team: { type: 'string', default: 'all', description: 'The team whose events these are.' },
};
