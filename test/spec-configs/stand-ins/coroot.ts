import { otlpJudge } from '../read-otlp.ts';
import { httpStandIn, must, type StandIn } from '../stand-in.ts';
import { readRemoteWrite } from './prometheus.ts';

const API_KEY = 'coroot-api-key';

const coroot: StandIn = {
  hosts: ['coroot:8080'],
  tls: false,
  signals: ['traces', 'metrics', 'logs'],
  env: { COROOT_ENDPOINT: 'http://coroot:8080', COROOT_API_KEY: API_KEY },
  start: (tls) =>
    httpStandIn((request) => {
      if (request.path !== '/v1/metrics') return judgeOtlp(request);
      must(request.headers['x-api-key'] === API_KEY, 'no such key');
      must(request.headers['content-encoding'] === 'snappy', 'not remote write');
      return { answer: { status: 204 }, received: readRemoteWrite(request.raw) };
    }, tls),
};

const judgeOtlp = otlpJudge({
  paths: { traces: '/v1/traces', logs: '/v1/logs' },
  headers: { 'x-api-key': API_KEY },
});

export default coroot;
