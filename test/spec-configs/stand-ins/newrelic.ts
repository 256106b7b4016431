import { otlpJudge } from '../read-otlp.ts';
import { httpStandIn, type StandIn } from '../stand-in.ts';

const LICENSE_KEY = '0123456789abcdef0123456789abcdef0123NRAL';

const newrelic: StandIn = {
  hosts: ['otlp.nr-data.net:443'],
  tls: true,
  signals: ['traces', 'metrics', 'logs'],
  env: { NEWRELIC_LICENSE_KEY: LICENSE_KEY },
  start: (tls) =>
    httpStandIn(
      otlpJudge({
        paths: { traces: '/v1/traces', metrics: '/v1/metrics', logs: '/v1/logs' },
        headers: { 'api-key': LICENSE_KEY },
      }),
      tls,
    ),
};

export default newrelic;
