import { otlpJudge } from '../read-otlp.ts';
import { httpStandIn, type StandIn } from '../stand-in.ts';

const signoz: StandIn = {
  hosts: ['signoz:4318'],
  tls: false,
  signals: ['traces', 'metrics', 'logs'],
  // The block's default is this very agent's own port.
  env: { SIGNOZ_ENDPOINT: 'http://signoz:4318', SIGNOZ_ACCESS_TOKEN: 'signoz-token' },
  start: (tls) =>
    httpStandIn(
      otlpJudge({
        paths: { traces: '/v1/traces', metrics: '/v1/metrics', logs: '/v1/logs' },
        headers: { 'signoz-ingestion-key': 'signoz-token' },
      }),
      tls,
    ),
};

export default signoz;
