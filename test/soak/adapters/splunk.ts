/** `splunk` before a strict HTTP Event Collector. */
import splunk from '@telemetryflow/exporter-splunk';
import { SPLUNK_PROFILE } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: splunk,
  backend: SPLUNK_PROFILE,
  signal: 'logs',
  config: ({ url }) => ({ endpoint: url, token: 'soak', ...SOAK_OPTIONS }),
};

export default adapter;
