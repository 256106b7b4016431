/** `otlp_http` before a strict OTLP backend. */
import otlpHttp from '@telemetryflow/exporter-otlp-http';
import { OTLP_PROFILE } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: otlpHttp,
  backend: OTLP_PROFILE,
  signal: 'logs',
  config: ({ url }) => ({ endpoint: url, ...SOAK_OPTIONS }),
};

export default adapter;
