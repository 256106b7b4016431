/** `otel_js` with the official exporter of traces over OTLP/HTTP, before a strict OTLP backend. */
import otelJs from '@telemetryflow/exporter-otel-js';
import { OFFICIAL_PROFILE, officialBlock } from '../../../packages/exporters/otel-js/test/official.ts';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: otelJs,
  backend: OFFICIAL_PROFILE,
  signal: 'traces',
  config: (endpoint) => ({ ...officialBlock('traces', endpoint), ...SOAK_OPTIONS }),
};

export default adapter;
