/** `newrelic` before a strict New Relic, by its Log API. */
import newrelic from '@telemetryflow/exporter-newrelic';
import { NEWRELIC_PROFILE } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: newrelic,
  backend: NEWRELIC_PROFILE,
  signal: 'logs',
  config: ({ url }) => ({
    endpoint: url,
    license_key: '0123456789abcdef0123456789abcdef0123NRAL',
    protocol: 'api',
    ...SOAK_OPTIONS,
  }),
};

export default adapter;
