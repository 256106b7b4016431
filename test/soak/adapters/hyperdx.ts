/** `hyperdx` before a strict HyperDX. */
import hyperdx from '@telemetryflow/exporter-hyperdx';
import { hyperdxProfile } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: hyperdx,
  backend: hyperdxProfile({ authorization: 'key' }),
  signal: 'logs',
  config: ({ url }) => ({ endpoint: url, api_key: 'key', ...SOAK_OPTIONS }),
};

export default adapter;
