/** `jaeger` (Thrift over HTTP) before a strict Jaeger. */
import jaeger from '@telemetryflow/exporter-jaeger';
import { JAEGER_PROFILE } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: jaeger,
  backend: JAEGER_PROFILE,
  signal: 'traces',
  config: ({ url }) => ({ endpoint: `${url}/api/traces`, protocol: 'http/thrift', ...SOAK_OPTIONS }),
};

export default adapter;
