import { judgeInstana } from '@telemetryflow/testkit';
import { readOtlp } from '../read-otlp.ts';
import { httpStandIn, must, type Received, type StandIn } from '../stand-in.ts';

const KEY = 'instana-agent-key';

/** The block names the acceptor of spans; the OTLP acceptor beside it is derived from its region. */
const instana: StandIn = {
  hosts: ['serverless-us-west-2.instana.io:443', 'otlp-red-saas.instana.io:4318'],
  tls: true,
  signals: ['traces', 'metrics', 'logs'],
  env: { INSTANA_AGENT_KEY: KEY },
  start: (tls) =>
    httpStandIn((request) => {
      const isSpans = request.path === '/traces';
      must(isSpans === (request.headers.host === 'serverless-us-west-2.instana.io'), 'the other acceptor');
      const { answer, taken } = judgeInstana(request, { key: KEY });
      const spans = (taken.spans ?? []).map(({ d, data }): Received => {
        return { signal: 'traces', id: String(data.tags['item.id']), name: data.operation, value: d };
      });
      return { answer, received: taken.otlp === undefined ? spans : readOtlp(taken.otlp, request.body) };
    }, tls),
};

export default instana;
