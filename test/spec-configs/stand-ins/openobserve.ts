import { otlpJudge } from '../read-otlp.ts';
import { httpStandIn, must, type StandIn } from '../stand-in.ts';

const openobserve: StandIn = {
  hosts: ['openobserve:5080'],
  tls: false,
  signals: ['traces', 'metrics', 'logs'],
  env: {
    OPENOBSERVE_ENDPOINT: 'http://openobserve:5080',
    OPENOBSERVE_USERNAME: 'root@example.com',
    OPENOBSERVE_PASSWORD: 'openobserve-password',
    OPENOBSERVE_ORG: 'acme',
    OPENOBSERVE_STREAM: 'agents',
  },
  start: (tls) =>
    httpStandIn((request) => {
      // The streams of metrics are their names.
      const stream = request.path.endsWith('/v1/metrics') ? undefined : 'agents';
      must(request.headers['stream-name'] === stream, `stream-name is ${request.headers['stream-name']}`);
      return judge(request);
    }, tls),
};

const judge = otlpJudge({
  paths: { traces: '/api/acme/v1/traces', metrics: '/api/acme/v1/metrics', logs: '/api/acme/v1/logs' },
  headers: { authorization: `Basic ${Buffer.from('root@example.com:openobserve-password').toString('base64')}` },
});

export default openobserve;
