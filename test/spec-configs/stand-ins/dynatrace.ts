import { type DynatraceLine, judgeDynatrace } from '@telemetryflow/testkit';
import { readOtlp } from '../read-otlp.ts';
import { httpStandIn, must, type Received, type StandIn } from '../stand-in.ts';

const TOKEN = 'dt0c01.ST2EY72KQINMH574WMNVI7YN.G3DFPBEJYMODIDAEX454M7YWBUVEFOWKPRVMWFASS64NFH52PX6BNDVFFM572RZM';

function readLine({ key, dimensions, values }: DynatraceLine): Received {
  const value = values['value'] ?? values['delta'] ?? values['sum'] ?? Number.NaN;
  return { signal: 'metrics', id: dimensions['item.id'], name: key, value };
}

const dynatrace: StandIn = {
  hosts: ['abc12345.live.dynatrace.com:443'],
  tls: true,
  signals: ['traces', 'metrics', 'logs'],
  env: { DYNATRACE_API_TOKEN: TOKEN, DYNATRACE_ENV_ID: 'abc12345' },
  start: (tls) =>
    httpStandIn((request) => {
      must(request.headers.authorization === `Api-Token ${TOKEN}`, 'no such token');
      const { answer, taken } = judgeDynatrace(request, { now: Date.now });
      if (request.path.endsWith('/otlp/v1/traces')) return { answer, received: readOtlp('traces', request.body) };
      const logs = taken.logs.map((log): Received => {
        return { signal: 'logs', id: String(log['item.id']), name: '', value: String(log['content']) };
      });
      return { answer, received: [...taken.lines.map(readLine), ...logs] };
    }, tls),
};

export default dynatrace;
