/** What the agent runs without `--config`: this host's metrics and OTLP from this host, printed. Loopback only. */
import type { BuiltIn } from '@telemetryflow/cli';

const CONFIG = {
  receivers: {
    host_metrics: { collection_interval: '10s' },
    otlp: { protocols: { http: { endpoint: '127.0.0.1:4318' }, grpc: { endpoint: '127.0.0.1:4317' } } },
  },
  exporters: { debug: { verbosity: 'normal', flush_interval: '200ms' } },
  extensions: { health_check: { endpoint: '127.0.0.1:13133' } },
  service: {
    extensions: ['health_check'],
    telemetry: { metrics: { level: 'normal', address: '127.0.0.1:8888' }, logs: { level: 'warn' } },
    pipelines: {
      metrics: { receivers: ['host_metrics', 'otlp'], exporters: ['debug'] },
      traces: { receivers: ['otlp'], exporters: ['debug'] },
      logs: { receivers: ['otlp'], exporters: ['debug'] },
    },
  },
} as const;

const WELCOME = `
TelemetryFlow is running with its built-in configuration, on this machine only:

  OTLP         http://127.0.0.1:4318 (HTTP) and 127.0.0.1:4317 (gRPC)
  Health       http://127.0.0.1:13133/
  Own metrics  http://127.0.0.1:8888/metrics

This host's metrics are printed below every 10 seconds; what applications send appears between them.

What to do next:
  Send to it       OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 node your-app.js
  Send it on       npx telemetryflow run --config telemetry.yaml
  See components   npx telemetryflow components
  Stop             Ctrl+C

`;

export const BUILT_IN: BuiltIn = { config: CONFIG, welcome: WELCOME };
