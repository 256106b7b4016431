/** `loki` before a strict Loki. */
import loki from '@telemetryflow/exporter-loki';
import { LOKI_PROFILE } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: loki,
  backend: LOKI_PROFILE,
  signal: 'logs',
  config: ({ url }) => ({ endpoint: url, ...SOAK_OPTIONS }),
};

export default adapter;
