/** `dynatrace` before a strict environment: metric lines, where a 400 has stored the valid ones. */
import dynatrace from '@telemetryflow/exporter-dynatrace';
import { DYNATRACE_PROFILE } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: dynatrace,
  backend: DYNATRACE_PROFILE,
  signal: 'metrics',
  config: ({ url }) => ({ environment_url: url, api_token: 'dt0c01.PUBLIC.SECRET', ...SOAK_OPTIONS }),
};

export default adapter;
