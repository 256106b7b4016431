/** `cloudwatch`, its logs, before a strict CloudWatch Logs. */
import cloudwatch from '@telemetryflow/exporter-cloudwatch';
import { CLOUDWATCH_LOGS_PROFILE } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: cloudwatch,
  backend: CLOUDWATCH_LOGS_PROFILE,
  signal: 'logs',
  config: ({ url }) => ({
    region: 'us-east-1',
    endpoint_override: url,
    access_key_id: 'AKIAIOSFODNN7EXAMPLE',
    secret_access_key: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    flush_interval: '1s',
    ...SOAK_OPTIONS,
  }),
};

export default adapter;
