/** `datadog`, its logs, before a strict Datadog. */
import datadog from '@telemetryflow/exporter-datadog';
import { DATADOG_PROFILE } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: datadog,
  backend: DATADOG_PROFILE,
  signal: 'logs',
  config: ({ url }) => ({ api_key: '0123456789abcdef0123456789abcdef', endpoint: url, ...SOAK_OPTIONS }),
};

export default adapter;
