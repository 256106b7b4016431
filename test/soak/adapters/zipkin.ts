/** `zipkin` before a strict Zipkin. */
import zipkin from '@telemetryflow/exporter-zipkin';
import { ZIPKIN_PROFILE } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: zipkin,
  backend: ZIPKIN_PROFILE,
  signal: 'traces',
  config: ({ url }) => ({ endpoint: url, ...SOAK_OPTIONS }),
};

export default adapter;
