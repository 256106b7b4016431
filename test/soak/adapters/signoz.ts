/** `signoz` before a strict SigNoz. */
import signoz from '@telemetryflow/exporter-signoz';
import { signozProfile } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: signoz,
  backend: signozProfile({ key: 'key' }),
  signal: 'traces',
  config: ({ url }) => ({ endpoint: url, access_token: 'key', ...SOAK_OPTIONS }),
};

export default adapter;
