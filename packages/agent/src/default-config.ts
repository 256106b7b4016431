/** What the agent runs without `--config`: this host's metrics and OTLP from this host, printed. Loopback only. */
export const DEFAULT_CONFIG = {
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

/** Receivers for a configuration that names none: the rule is announced in one line when it applies. */
export const DEFAULT_RECEIVERS = { otlp: {}, host_metrics: { collection_interval: '10s' } } as const;
