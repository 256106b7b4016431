/** `prometheus` (remote write 1.0) before a strict Prometheus. */
import prometheus from '@telemetryflow/exporter-prometheus';
import { prometheusProfile } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: prometheus,
  signal: 'metrics',
  // The markers at shutdown are one more request for every series, and no items.
  config: ({ url }) => ({ endpoint: url, stale_on_shutdown: false, ...SOAK_OPTIONS }),
  backend: prometheusProfile(),
};

export default adapter;
