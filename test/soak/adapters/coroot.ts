/** `coroot` before a strict Coroot. */
import coroot from '@telemetryflow/exporter-coroot';
import { corootProfile } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: coroot,
  backend: corootProfile({ apiKey: 'key' }),
  signal: 'metrics',
  config: ({ url }) => ({ endpoint: url, api_key: 'key', ...SOAK_OPTIONS }),
};

export default adapter;
