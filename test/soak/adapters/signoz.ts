/** `signoz` before a strict OTLP backend. */
import signoz from '@telemetryflow/exporter-signoz';
import { OTLP_PROFILE } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: signoz,
  backend: OTLP_PROFILE,
  signal: 'traces',
  config: ({ url }) => ({ endpoint: url, ...SOAK_OPTIONS }),
};

export default adapter;
