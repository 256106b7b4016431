import { otlpJudge } from '../read-otlp.ts';
import { httpStandIn, type StandIn } from '../stand-in.ts';

const hyperdx: StandIn = {
  hosts: ['in-otel.hyperdx.io:443'],
  tls: true,
  signals: ['traces', 'metrics', 'logs'],
  env: { HYPERDX_API_KEY: 'hyperdx-ingestion-key' },
  start: (tls) =>
    httpStandIn(
      otlpJudge({
        paths: { traces: '/v1/traces', metrics: '/v1/metrics', logs: '/v1/logs' },
        headers: { authorization: 'hyperdx-ingestion-key' },
      }),
      tls,
    ),
};

export default hyperdx;
